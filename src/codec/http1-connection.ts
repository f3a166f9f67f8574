/** The Connection header of HTTP/1: nominated headers, upgrades. */
import type { HeaderBlock } from "../http/header-block.ts";
import { CONNECTION, HTTP2_SETTINGS, PROXY_CONNECTION, TE, UPGRADE } from "../http/names.ts";

const MOST_NOMINATED = 10;
const MOST_TE = 256;

/** Whether a comma-separated list has this token (lower case), in any case. */
export function hasToken(list: string | null, token: string): boolean {
  if (list === null || list.length < token.length) return false;
  if (list === "keep-alive") return token === "keep-alive"; // what nearly all say
  if (list.length === token.length) return list.toLowerCase() === token;
  if (!list.includes(",")) return list.trim().toLowerCase() === token;
  return list.toLowerCase().split(",").some((part) => part.trim() === token);
}

/** Whether the sender of this head will close, or wants the connection closed, after the exchange. */
export function wantsClose(head: HeaderBlock, http10: boolean): boolean {
  if (!http10 && head.says(CONNECTION, "keep-alive")) return hasToken(head.get(PROXY_CONNECTION), "close");
  const connection = head.get(CONNECTION);
  if (http10 ? !hasToken(connection, "keep-alive") : hasToken(connection, "close")) return true;
  return hasToken(head.get(PROXY_CONNECTION), "close");
}

/** Whether the message asks for, or agrees to, an upgrade: an upgrade header, and `upgrade` among the connection's tokens. */
export function isUpgrade(head: HeaderBlock): boolean {
  return head.has(UPGRADE) && hasToken(head.get(CONNECTION), "upgrade");
}

/** Takes an offer of h2c out of a message; Envoy does not take it up. */
export function dropH2cUpgrade(head: HeaderBlock): void {
  if (head.get(UPGRADE)?.toLowerCase() !== "h2c") return;
  head.remove(UPGRADE);
  keepTokens(head, (token) => token !== "upgrade" && token !== "http2-settings");
  head.remove(HTTP2_SETTINGS);
}

/**
 * Removes the headers that Connection nominates, and their tokens. False: the request is refused, because it nominates ten
 * or more, or one that says where the request came from. `te: trailers` stays.
 */
export function sanitizeConnection(head: HeaderBlock): boolean {
  const value = head.get(CONNECTION);
  if (value === null || isHarmless(value)) return true;
  const tokens = value.split(",").filter((token) => token !== "");
  if (tokens.length >= MOST_NOMINATED) return false;
  const gone = new Set<string>();
  for (const token of tokens) {
    const name = token.trim().toLowerCase();
    if (name === "close" || name === "http2-settings" || name === "keep-alive" || name === "upgrade") continue;
    if (name === "x-forwarded-for" || name === "x-forwarded-host" || name === "x-forwarded-proto" || name.startsWith(":")) return false;
    if (name === "te") {
      const te = head.get(TE);
      if (te !== null && te.length >= MOST_TE) return false;
      if (hasToken(te, "trailers")) {
        head.set(TE, "trailers");
        continue;
      }
    }
    if (name !== "connection" && name !== "") head.removeNamed(name);
    gone.add(name);
  }
  if (gone.size > 0) keepTokens(head, (token) => !gone.has(token));
  return true;
}

function isHarmless(value: string): boolean {
  return value === "keep-alive" || value === "close" || value === "Upgrade" || value === "upgrade";
}

/** Keeps the tokens of Connection (judged in lower case) for which `keep` holds; without any the header goes. */
function keepTokens(head: HeaderBlock, keep: (token: string) => boolean): void {
  const value = head.get(CONNECTION);
  if (value === null) return;
  const kept = value.split(",").map((token) => token.trim()).filter((token) => token !== "" && keep(token.toLowerCase()));
  if (kept.length === 0) head.remove(CONNECTION);
  else head.set(CONNECTION, kept.join(","));
}
