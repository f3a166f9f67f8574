/** Where clients put their keys: reading them, and taking them out again before the request goes on. */
import type { HeaderBlock } from "./header-block.ts";
import { COOKIE } from "./names.ts";

/** Undoes %XX; what is no escape stays (Envoy's PercentEncoding::decode). */
export function percentDecoded(text: string): string {
  return text.includes("%") ? text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) : text;
}

/** The decoded value of the first query parameter with this decoded name, null if there is none. */
export function decodedParameter(path: string, name: string): string | null {
  const mark = path.indexOf("?");
  if (mark < 0) return null;
  for (const part of path.slice(mark + 1).split("&")) {
    const equals = part.indexOf("=");
    if (percentDecoded(equals < 0 ? part : part.slice(0, equals)) === name) return equals < 0 ? "" : percentDecoded(part.slice(equals + 1));
  }
  return null;
}

/**
 * The path without a parameter. As in Envoy, the others are sorted by name and decoded; but what cannot stand in a path when it is decoded (control characters, spaces) stays
 * as it was written.
 */
export function withoutParameter(path: string, name: string): string {
  const mark = path.indexOf("?");
  if (mark < 0) return path;
  const rest: { readonly name: string; readonly text: string }[] = [];
  for (const part of path.slice(mark + 1).replace(/&$/, "").split("&")) {
    const equals = part.indexOf("=");
    const [key, value] = equals < 0 ? [part, ""] : [part.slice(0, equals), part.slice(equals + 1)];
    if (percentDecoded(key) !== name) rest.push({ name: percentDecoded(key), text: `${pathSafe(key)}=${pathSafe(value)}` });
  }
  const query = rest.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)).map(({ text }) => text).join("&");
  return path.slice(0, mark) + (rest.length === 0 ? "" : `?${query}`);
}

function pathSafe(text: string): string {
  const decoded = percentDecoded(text);
  return /[\x00-\x20\x7f]/.test(decoded) ? text : decoded;
}

/** Takes a cookie out; the others are joined into one line. */
export function removeCookie(headers: HeaderBlock, name: string): void {
  const rest: string[] = [];
  for (const line of headers.getAll(COOKIE)) {
    for (const part of line.split(";")) {
      const equals = part.indexOf("=");
      const key = part.slice(0, Math.max(equals, 0)).replace(/^[ \t\n\v\f\r]+/, "");
      const value = part.slice(equals + 1);
      if (equals >= 0 && key !== name) rest.push(`${key}=${value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value}`);
    }
  }
  headers.remove(COOKIE);
  if (rest.length > 0) headers.set(COOKIE, rest.join("; "));
}
