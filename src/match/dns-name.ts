/** DNS names of certificates, which may have wildcards. */

/** A wildcard stands for part of the first label, of names that are no A-labels (RFC 6125 6.4.3). */
export function dnsNameMatches(wanted: string, pattern: string): boolean {
  const name = wanted.toLowerCase();
  const lower = pattern.toLowerCase();
  if (name === lower) return true;
  const [nameDot, patternDot] = [name.indexOf("."), lower.indexOf(".")];
  if (nameDot < 0 || patternDot < 0) return false;
  const [label, first] = [name.slice(0, nameDot), lower.slice(0, patternDot)];
  const star = first.indexOf("*");
  const rest = lower.slice(patternDot);
  if (star < 0 || first.indexOf("*", star + 1) >= 0 || rest.includes("*") || first.startsWith("xn--") || rest !== name.slice(nameDot)) return false;
  return label.length >= first.length - 1 && label.startsWith(first.slice(0, star)) && label.endsWith(first.slice(star + 1));
}
