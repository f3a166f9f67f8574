/**
 * Files of raw HTTP/1 requests, one after the other: as captured (bodies by their content-length) or as editors keep them
 * (`###` between requests, absolute URLs, the protocol may be missing).
 */
import type { Source } from "../../diagnostics/source.ts";
import { readUrl } from "../simulated-request.ts";
import { type TrafficDefaults, TrafficRequest } from "./traffic-request.ts";

export const REQUEST_LINE = /^([A-Za-z!#$%&'*+.^_`|~-]+) (\S+)(?: HTTP\/(\d(?:\.\d)?))?$/;

export interface RawRequest {
  readonly start: number;
  readonly request: TrafficRequest | string;
}

interface Line {
  readonly text: string;
  readonly start: number;
  /** Where the next line begins. */
  readonly next: number;
}

function lineAt(text: string, start: number): Line {
  const feed = text.indexOf("\n", start);
  const end = feed < 0 ? text.length : feed;
  return { text: text.slice(start, text.charCodeAt(end - 1) === 0x0d && end > start ? end - 1 : end), start, next: end + 1 };
}

/** Separators and comments of editors, and blank lines, stand between requests. */
function isBetween(text: string): boolean {
  return text.trim() === "" || text.startsWith("#") || text.startsWith("//");
}

export function* rawRequests({ text }: Source, defaults: TrafficDefaults): Iterable<RawRequest> {
  for (let at = 0; at < text.length;) {
    const line = lineAt(text, at);
    at = line.next;
    if (isBetween(line.text)) continue;
    const start = REQUEST_LINE.exec(line.text);
    if (start === null) {
      yield { start: line.start, request: `${JSON.stringify(line.text.slice(0, 60))} is no request line` };
      at = afterNonsense(text, at);
      continue;
    }
    const { headers, problem, next, problemAt } = headersAt(text, at);
    at = afterBody(text, next, headers);
    yield problem === undefined ? { start: line.start, request: requestOf(start, headers, defaults) } : { start: problemAt, request: problem };
  }
}

interface Head {
  readonly headers: readonly (readonly [string, string])[];
  readonly problem: string | undefined;
  readonly problemAt: number;
  readonly next: number;
}

function headersAt(text: string, from: number): Head {
  const headers: [string, string][] = [];
  let problem: string | undefined;
  let problemAt = from;
  let at = from;
  while (at < text.length) {
    const line = lineAt(text, at);
    if (line.text.startsWith("###")) break;
    at = line.next;
    if (line.text === "") break;
    const [, name, value = ""] = /^([^\s:]+):[ \t]*(.*?)[ \t]*$/.exec(line.text) ?? [];
    if (name !== undefined) headers.push([name, value]);
    else if (problem === undefined) {
      problem = /^[ \t]/.test(line.text) ? "a header line begins with white space (obs-fold), which Envoy does not take" : `${JSON.stringify(line.text.slice(0, 60))} is no header line`;
      problemAt = line.start;
    }
  }
  return { headers, problem, problemAt, next: at };
}

/** Where the next request may begin: behind as many bytes as the content-length says, or before the next separator or request line. */
function afterBody(text: string, from: number, headers: readonly (readonly [string, string])[]): number {
  const length = headers.find(([name]) => name.toLowerCase() === "content-length")?.[1];
  if (length !== undefined && /^\d+$/.test(length)) return Math.min(text.length, from + Number(length));
  return afterNonsense(text, from);
}

function afterNonsense(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const line = lineAt(text, at);
    if (line.text.startsWith("###") || (REQUEST_LINE.exec(line.text)?.[3] !== undefined)) return at;
    at = line.next;
  }
  return at;
}

/**
 * An absolute target is where an editor's request goes; in a line with its version and beside a Host header it is a target that a proxy
 * gets, as the request came over the wire.
 */
function requestOf([, method = "", target = "", version]: RegExpExecArray, headers: readonly (readonly [string, string])[], defaults: TrafficDefaults): TrafficRequest | string {
  const named = headers.find(([name]) => name.toLowerCase() === "host")?.[1];
  const rest = headers.filter(([name]) => name.toLowerCase() !== "host");
  if (method === "CONNECT" && !target.startsWith("/")) return new TrafficRequest({ method, scheme: undefined, host: target, path: "", port: undefined }, rest, defaults);
  if (target === "*" && method !== "OPTIONS") return new TrafficRequest({ method, scheme: undefined, host: named ?? "", path: target, port: undefined, target }, rest, defaults);
  if (target.startsWith("/") || target === "*") return new TrafficRequest({ method, scheme: undefined, host: named ?? "", path: target, port: undefined }, rest, defaults);
  if (version !== undefined && named !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(target)) return new TrafficRequest({ method, scheme: undefined, host: named, path: target, port: undefined, target }, rest, defaults);
  const url = readUrl(target);
  if (url === undefined) return `${JSON.stringify(target)} is neither a path nor an http:// or https:// URL`;
  return new TrafficRequest({ method, scheme: url.scheme, host: url.host === "" ? named ?? "" : url.host, path: url.path, port: url.port }, rest, defaults);
}
