/** The kinds of files that requests are replayed from, and how each is recognised. */
import { isRawMap, type RawValue } from "../../diagnostics/raw.ts";
import { ENVOY_LINE, NGINX_LINE, OWN_LINE } from "./access-log.ts";
import { harEntries } from "./har.ts";
import { REQUEST_LINE } from "./raw-http.ts";

export const TRAFFIC_KINDS = ["requests", "router-check", "har", "curl", "envoy-log", "json-log", "nginx-log", "http"] as const;
export type TrafficKind = (typeof TRAFFIC_KINDS)[number];

/** What each is, for messages. */
export const KIND_WORDS: Readonly<Record<TrafficKind, string>> = {
  requests: "a list of requests", "router-check": "a file of router_check_tool", har: "a HAR file", curl: "curl command lines", "envoy-log": "an Envoy access log in the default format",
  "json-log": "an access log of JSON lines", "nginx-log": "an nginx access log in the combined format", http: "raw HTTP requests",
};

/** Of texts that are no document: by their first line that says something. Undefined: it is a document, or nothing known. */
export function kindOfLines(text: string): TrafficKind | undefined {
  const [, first = ""] = /^(?:[ \t]*(?:#[^\n]*|\/\/[^\n]*)?\r?\n)*([^\r\n]*)/.exec(text) ?? [];
  if (/^\s*curl(\.exe)?\s/.test(first)) return "curl";
  if (ENVOY_LINE.test(first)) return "envoy-log";
  if (NGINX_LINE.test(first)) return "nginx-log";
  const request = REQUEST_LINE.exec(first);
  if (request !== null && (request[3] !== undefined || /^(?:\/|https?:\/\/)/.test(request[2] ?? ""))) return "http";
  if (OWN_LINE.test(first)) return kindOfMixed(text);
  return /^\s*\{.*\}\s*$/.test(first) ? kindOfObject(first, text) : kindOfLater(text);
}

/** A log may begin in the middle of a line, or with something else: no document has lines like those of logs. */
function kindOfLater(text: string): TrafficKind | undefined {
  const found = text.split("\n", MOST_LINES).map((line) => line.replace(/\r$/, "")).find((line) => ENVOY_LINE.test(line) || NGINX_LINE.test(line));
  if (found === undefined) return undefined;
  return ENVOY_LINE.test(found) ? "envoy-log" : "nginx-log";
}

const MOST_LINES = 50;

/** Envoy's own log comes first: the first line that is none of it says what else there is. */
function kindOfMixed(text: string): TrafficKind {
  const other = text.split("\n").find((line) => line.trim() !== "" && !OWN_LINE.test(line)) ?? "";
  return /^\s*\{/.test(other) ? "json-log" : "envoy-log";
}

/** A first line that is an object: JSON lines, unless it is all there is and a document of its own. */
function kindOfObject(line: string, text: string): TrafficKind | undefined {
  if (/^\s*\{\s*["']?(?:tests|requests|log)["']?\s*:/.test(line)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    if (/"(?:url|expect)"\s*:/.test(line)) return "requests";
    return /\n\s*\{/.test(text.trim()) ? "json-log" : undefined;
  }
  if (!isRawMap(value) || value["tests"] !== undefined || Array.isArray(value["requests"]) || value["log"] !== undefined) return undefined;
  return isListItem(value) ? "requests" : "json-log";
}

/** An item of legate's own list says `url`, and none of what logs say. */
function isListItem(value: object): boolean {
  const keys = new Set(Object.keys(value));
  return keys.has("expect") || (keys.has("url") && ![...keys].some((key) => /status|response|duration|time|code/i.test(key)));
}

export function kindOfDocument(root: RawValue): TrafficKind | undefined {
  if (harEntries(root) !== undefined) return "har";
  if (isRawMap(root) && root["tests"] !== undefined) return "router-check";
  return Array.isArray(root) || (isRawMap(root) && Array.isArray(root["requests"])) ? "requests" : undefined;
}
