/** Notes this proxy in `cdn-loop` (RFC 8586) and refuses requests that have passed it too often. */
import { defineExtension } from "../../contract/extension.ts";
import { Continue, StopIteration } from "../../contract/http-filter.ts";
import { CDN_LOOP } from "../../http/names.ts";
import { toWire } from "../../base/wire-text.ts";
import type { CdnLoopConfig } from "../../schema/generated/envoy/extensions/filters/http/cdn_loop/v3.ts";

const TYPE = "envoy.extensions.filters.http.cdn_loop.v3.CdnLoopConfig";
const TOKEN = "[-A-Za-z0-9_!#$%&'*+.^`|~]+";
const CDN_ID = new RegExp(`(?:\\[[0-9A-Fa-f:.]*\\]|${TOKEN})(?::[0-9]*)?`, "y");
const PARAMETER = new RegExp(`;[ \\t]*${TOKEN}=(?:${TOKEN}|"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*")[ \\t]*`, "y");
const SPACE = /[ \t]*/y;

/** How often an id stands in a list; null if it is no list of CDN infos. */
function occurrences(list: string, id: string): number | null {
  let at = 0;
  let count = 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(list)?.[0] ?? null;
    at += found?.length ?? 0;
    return found;
  };
  for (take(SPACE); at < list.length; take(SPACE)) {
    if (list[at] === ",") {
      at++;
      continue;
    }
    const found = take(CDN_ID);
    if (found === null) return null;
    if (found === id) count++;
    take(SPACE);
    while (list[at] === ";") if (take(PARAMETER) === null) return null;
    if (at < list.length && list[at] !== ",") return null;
    at++;
  }
  return count;
}

export const cdnLoop = defineExtension<"envoy.filters.http", CdnLoopConfig>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.cdn_loop",
  config: TYPE,
  offline: true,
  honours: { [TYPE]: ["cdn_id", "max_allowed_occurrences"] },
  compile(config, { diagnostics }) {
    const id = toWire(config.cdn_id ?? "");
    const most = config.max_allowed_occurrences ?? 0;
    CDN_ID.lastIndex = 0;
    if (CDN_ID.exec(id)?.[0] !== id || id === "") diagnostics.report({ code: "LGT0406", at: config, key: "cdn_id", message: `'${config.cdn_id ?? ""}' is not a CDN identifier (RFC 8586)` });
    return {
      open: () => (handle) => ({
        decodeHeaders(headers) {
          const list = headers.get(CDN_LOOP);
          const count = list === null ? 0 : occurrences(list, id);
          if (count === null) handle.localReply({ status: 400, body: "Invalid CDN-Loop header in request.", details: "invalid_cdn_loop_header" });
          else if (count > most) handle.localReply({ status: 502, body: "The server has detected a loop between CDNs.", details: "cdn_loop_detected" });
          if (count === null || count > most) return StopIteration;
          headers.appendAny(CDN_LOOP, id);
          return Continue;
        },
      }),
    };
  },
});
