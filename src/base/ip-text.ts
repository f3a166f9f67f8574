/** IP addresses as text: recognised and brought into one form, without the machine's help. */

const V4 = /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

/** The canonical text of an IPv4 or IPv6 address (RFC 5952), or null when `text` is none (a port or brackets make it none). */
export function canonicalIp(text: string): string | null {
  if (V4.test(text)) return text;
  if (!text.includes(":")) return null;
  const groups = ipv6Groups(text);
  return groups === null ? null : formatIpv6(groups);
}

/** The eight 16-bit groups of an IPv6 text (`::` and a dotted tail allowed, no zone), or null. */
export function ipv6Groups(text: string): number[] | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] as string, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] as string, true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

/** The canonical text of an address given as 16-bit words: two for IPv4, eight for IPv6. */
export function ipOfWords(words: readonly number[]): string {
  return words.length === 2 ? dotted(words[0] as number, words[1] as number) : formatIpv6(words);
}

function parseGroups(text: string, dottedAllowed: boolean): number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else if (dottedAllowed && i === parts.length - 1 && V4.test(part)) {
      const [a, b, c, d] = part.split(".").map(Number) as [number, number, number, number];
      groups.push(a * 256 + b, c * 256 + d);
    } else return null;
  }
  return groups;
}

/** Canonical text of eight groups (RFC 5952). */
export function formatIpv6(groups: readonly number[]): string {
  const [start, length] = longestZeros(groups);
  const hex = groups.map((g) => g.toString(16));
  const mapped = groups.slice(0, 5).every((g) => g === 0) && groups[5] === 0xffff;
  if (mapped) return `::ffff:${dotted(groups[6] as number, groups[7] as number)}`;
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

function dotted(high: number, low: number): string {
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

function longestZeros(groups: readonly number[]): [number, number] {
  let best: [number, number] = [0, 0];
  let start = -1;
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) {
      if (start < 0) start = i;
    } else if (start >= 0) {
      if (i - start > best[1]) best = [start, i - start];
      start = -1;
    }
  }
  return best;
}
