/** HTTP archives (HAR 1.2), as browsers save them. */
import type { Diagnostics } from "../../diagnostics/finding.ts";
import { isRawMap, type RawMap, type RawValue } from "../../diagnostics/raw.ts";
import { readUrl } from "../simulated-request.ts";
import { type TrafficDefaults, TrafficRequest } from "./traffic-request.ts";

export interface HarRequest {
  /** The entry's `request`, for its place. */
  readonly at: RawMap;
  readonly request: TrafficRequest;
}

/** The list of entries of a document; undefined if it is no archive. */
export function harEntries(root: RawValue): RawValue[] | undefined {
  const log = isRawMap(root) ? root["log"] : undefined;
  const entries = isRawMap(log) ? log["entries"] : undefined;
  return Array.isArray(entries) ? entries : undefined;
}

/** The requests in order. What is none of http and https (data:, blob:, ws:) is left out with a note, what cannot be read with an error. */
export function harRequests(entries: RawValue[], defaults: TrafficDefaults, diagnostics: Diagnostics): HarRequest[] {
  return entries.flatMap((entry, index) => {
    const at = isRawMap(entry) ? entry["request"] : undefined;
    if (!isRawMap(at)) {
      diagnostics.report({ code: "LGT0009", at: entries, key: index, message: "The entry has no request." });
      return [];
    }
    const { method, url } = at;
    if (typeof method !== "string" || typeof url !== "string") {
      diagnostics.report({ code: "LGT0009", at, message: `The request has no ${typeof method === "string" ? "url" : "method"}.` });
      return [];
    }
    const target = readUrl(url.replace(/^ws(s?):/i, "http$1:"));
    if (target === undefined) {
      diagnostics.report({ code: "LGT0009", at, key: "url", message: `${JSON.stringify(url.slice(0, 60))} is neither http:// nor https://: it never reaches a proxy.`, severity: "note" });
      return [];
    }
    const headers = listOf(at["headers"]).flatMap((header) => pair(header));
    const host = headers.find(([name]) => name.toLowerCase() === "host")?.[1] ?? target.host;
    return [{ at, request: new TrafficRequest({ method, host, path: target.path, scheme: target.scheme, port: target.port }, headers.filter(([name]) => !/^(?::.*|host)$/i.test(name)), defaults) }];
  });
}

function listOf(value: RawValue | undefined): readonly RawValue[] {
  return Array.isArray(value) ? value : [];
}

function pair(header: RawValue): (readonly [string, string])[] {
  if (!isRawMap(header)) return [];
  const { name, value } = header;
  return typeof name === "string" && typeof value === "string" ? [[name, value]] : [];
}
