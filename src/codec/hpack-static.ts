/** The fields that every HPACK decoder knows (RFC 7541 appendix A); the first has the index 1. */
import { HpackField } from "./hpack-field.ts";

const FIELDS: readonly string[] = [
  ":authority", ":method: GET", ":method: POST", ":path: /", ":path: /index.html", ":scheme: http", ":scheme: https", ":status: 200",
  ":status: 204", ":status: 206", ":status: 304", ":status: 400", ":status: 404", ":status: 500", "accept-charset",
  "accept-encoding: gzip, deflate", "accept-language", "accept-ranges", "accept", "access-control-allow-origin", "age", "allow",
  "authorization", "cache-control", "content-disposition", "content-encoding", "content-language", "content-length", "content-location",
  "content-range", "content-type", "cookie", "date", "etag", "expect", "expires", "from", "host", "if-match", "if-modified-since",
  "if-none-match", "if-range", "if-unmodified-since", "last-modified", "link", "location", "max-forwards", "proxy-authenticate",
  "proxy-authorization", "range", "referer", "refresh", "retry-after", "server", "set-cookie", "strict-transport-security",
  "transfer-encoding", "user-agent", "vary", "via", "www-authenticate",
];

function fieldOf(text: string): HpackField {
  const at = text.indexOf(": ");
  return at < 0 ? new HpackField(text, "") : new HpackField(text.slice(0, at), text.slice(at + 2));
}

export const STATIC_FIELDS: readonly HpackField[] = FIELDS.map(fieldOf);
export const STATIC_COUNT: number = STATIC_FIELDS.length;

/** The lowest index of each name. */
export const STATIC_NAMES: ReadonlyMap<string, number> = new Map(STATIC_FIELDS.map((field, i): [string, number] => [field.name, i + 1]).toReversed());
