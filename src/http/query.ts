/**
 * The first value of a query parameter in a `:path`, null if it is not there. As Envoy reads them: nothing is decoded,
 * `+` stays, a fragment is not cut off, `?a` is an empty value, names are case-sensitive (envoy-semantics 4.4).
 */
export function queryParameter(path: string, name: string): string | null {
  let at = path.indexOf("?") + 1;
  while (at > 0) {
    const next = path.indexOf("&", at);
    const end = next < 0 ? path.length : next;
    if (path.startsWith(name, at)) {
      const after = at + name.length;
      if (after === end) return "";
      if (path[after] === "=" && after < end && !name.includes("=")) return path.slice(after + 1, end);
    }
    at = next + 1;
  }
  return null;
}

/** Every parameter with its values, in order of appearance. */
export function queryParameters(path: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const start = path.indexOf("?");
  if (start < 0) return found;
  for (const part of path.slice(start + 1).split("&")) {
    const equals = part.indexOf("=");
    const name = equals < 0 ? part : part.slice(0, equals);
    const values = found.get(name);
    const value = equals < 0 ? "" : part.slice(equals + 1);
    if (values === undefined) found.set(name, [value]);
    else values.push(value);
  }
  return found;
}

/** The path without query and fragment. */
export function withoutQueryAndFragment(path: string): string {
  const end = path.search(/[?#]/);
  return end < 0 ? path : path.slice(0, end);
}
