import type { HeaderBlock } from "./header-block.ts";
import { COOKIE } from "./names.ts";

/**
 * The value of a request cookie, null if it is not there. As Envoy reads them (envoy-semantics 4.5): all `cookie` lines,
 * the first of the name; spaces before the name are dropped, those after the value stay; one pair of quotes around it goes.
 */
export function requestCookie(headers: HeaderBlock, name: string): string | null {
  if (!headers.has(COOKIE)) return null;
  for (const line of headers.getAll(COOKIE)) {
    for (const part of line.split(";")) {
      const equals = part.indexOf("=");
      if (equals >= 0 && part.slice(0, equals).replace(/^[ \t\n\v\f\r]+/, "") === name) return unquote(part.slice(equals + 1));
    }
  }
  return null;
}

function unquote(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}
