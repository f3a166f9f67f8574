/**
 * Access logs with one request a line: Envoy's default text format (and those that begin and end like it, such as Istio's) and
 * nginx's combined format.
 *
 *   [2026-01-02T03:04:05.678Z] "GET /a HTTP/1.1" 200 - 0 12 3 2 "10.0.0.9" "curl/8" "6f1f..." "shop.example.com" "10.1.2.3:80"
 *   192.0.2.7 - - [02/Jan/2026:03:04:05 +0000] "GET /a HTTP/1.1" 200 12 "https://ref.example/" "curl/8"
 */
import { canonicalIp } from "../../base/ip-text.ts";
import { fromWire, toWire } from "../../base/wire-text.ts";
import { type TrafficDefaults, TrafficRequest } from "./traffic-request.ts";

/** The request of a line, or why there is none; null: a line that is none and need not be one. */
export type LineRequest = TrafficRequest | string | null;

/** A line of Envoy's own log, which often goes to the same place as its access log. */
export const OWN_LINE = /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\]\[\d+\]\[/;

/** How Envoy's default format begins. */
export const ENVOY_LINE = /^\[\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)\] "/;
/** How nginx's combined format begins. */
export const NGINX_LINE = /^\S+ \S+ \S.* \[\d\d\/[A-Z][a-z]{2}\/\d{4}:[\d:]+ [+-]\d{4}\] "/;

/** `GET /path HTTP/1.1` cut at its first and last space; undefined if it is no request line. */
function requestLine(text: string): { readonly method: string; readonly path: string } | undefined {
  const first = text.indexOf(" ");
  const last = text.lastIndexOf(" ");
  if (first <= 0 || last === first || !text.startsWith("HTTP/", last + 1)) return undefined;
  return { method: text.slice(0, first), path: text.slice(first + 1, last) };
}

function lastAddress(list: string): string | null {
  return canonicalIp(list.slice(list.lastIndexOf(",") + 1).trim());
}

/** Text between quotes, found from the back: `at` is the closing quote. */
interface Quoted {
  text: string;
  /** Where the quote opens; -1: there is none. */
  from: number;
}

function quotedBefore(line: string, close: number, into: Quoted): Quoted {
  into.from = close < 0 ? -1 : line.lastIndexOf('"', close - 1);
  into.text = into.from < 0 ? "-" : line.slice(into.from + 1, close);
  return into;
}

const scratch: Quoted = { text: "", from: 0 };

/** Quotes are not escaped in this format: the request is looked for from the front, host and id from the back. */
export function envoyLine(line: string, defaults: TrafficDefaults): LineRequest {
  if (line.charCodeAt(11) === 0x20 && OWN_LINE.test(line)) return null;
  const open = line.indexOf('"');
  const close = line.indexOf('"', open + 1);
  const target = close < 0 ? undefined : requestLine(line.slice(open + 1, close));
  if (target === undefined) return close < 0 || !line.startsWith("[") ? "this is no line of Envoy's default access log format" : `${JSON.stringify(line.slice(open + 1, close))} is no request line`;
  if (target.method === "-" || target.path === "-") return "the line tells of a request that was never read";
  let back = line.lastIndexOf('"');
  back = line.lastIndexOf('"', quotedBefore(line, back, scratch).from - 1);
  const { text: host, from: hostAt } = quotedBefore(line, back, scratch);
  back = line.lastIndexOf('"', hostAt - 1);
  const { text: id, from: idAt } = quotedBefore(line, back, scratch);
  back = line.lastIndexOf('"', idAt - 1);
  const { text: agent, from: agentAt } = quotedBefore(line, back, scratch);
  back = line.lastIndexOf('"', agentAt - 1);
  const { text: forwarded, from: forwardedAt } = quotedBefore(line, back, scratch);
  if (forwardedAt <= close) return "this is no line of Envoy's default access log format";
  const plain = line.indexOf('"', close + 1) === forwardedAt ? undefined : plainFormat(line, close, idAt);
  if (plain !== undefined) return logged(target, host, headersOf(plain.forwarded, plain.agent, id), plain.forwarded, defaults);
  return logged(target, host, headersOf(forwarded, agent, id), forwarded, defaults);
}

/** In the plain default format (six words before it) the client's addresses come first, and what follows up to the id is the user agent, quotes and all. */
function plainFormat(line: string, close: number, idAt: number): { readonly forwarded: string; readonly agent: string } | undefined {
  const forwardedAt = line.indexOf('"', close + 1);
  let spaces = 0;
  for (let at = line.indexOf(" ", close); at >= 0 && at < forwardedAt; at = line.indexOf(" ", at + 1)) spaces++;
  if (spaces !== 7) return undefined;
  const end = line.indexOf('"', forwardedAt + 1);
  return { forwarded: line.slice(forwardedAt + 1, end), agent: line.slice(end + 3, idAt - 2) };
}

function headersOf(forwarded: string, agent: string, id: string): (readonly [string, string])[] {
  const headers: (readonly [string, string])[] = [];
  if (forwarded !== "-") headers.push(["x-forwarded-for", forwarded]);
  if (agent !== "-") headers.push(["user-agent", agent]);
  if (id !== "-") headers.push(["x-request-id", id]);
  return headers;
}

function logged(target: { readonly method: string; readonly path: string }, host: string, headers: readonly (readonly [string, string])[], forwarded: string, defaults: TrafficDefaults): TrafficRequest {
  const request = new TrafficRequest({ method: target.method, path: target.path, scheme: undefined, host: host === "-" ? "" : host, port: undefined }, headers, defaults);
  request.logged = true;
  request.sourceIp = (forwarded === "-" ? null : lastAddress(forwarded)) ?? defaults.sourceIp;
  return request;
}

const ESCAPE = /\\x([\dA-Fa-f]{2})|\\(["\\])/g;

/** nginx writes quotes, backslashes and control characters as `\xHH`. */
function unescaped(text: string): string {
  return text.includes("\\") ? fromWire(toWire(text).replace(ESCAPE, (_all, hex: string | undefined, plain: string | undefined) => (hex === undefined ? plain ?? "" : String.fromCharCode(parseInt(hex, 16))))) : text;
}

export function nginxLine(line: string, defaults: TrafficDefaults): LineRequest {
  const open = line.indexOf('"');
  const close = line.indexOf('"', open + 1);
  const refererAt = line.indexOf('"', close + 1);
  const refererEnd = line.indexOf('"', refererAt + 1);
  const agentAt = line.indexOf('"', refererEnd + 1);
  const agentEnd = line.indexOf('"', agentAt + 1);
  if (agentEnd < 0 || agentAt < 0 || refererEnd < 0 || refererAt < 0 || line.startsWith("[")) return "this is no line of nginx's combined log format";
  const asked = unescaped(line.slice(open + 1, close));
  const target = requestLine(asked);
  if (target === undefined) return `${JSON.stringify(asked)} is no request line`;
  const headers: [string, string][] = [];
  const [referer, agent] = [line.slice(refererAt + 1, refererEnd), line.slice(agentAt + 1, agentEnd)];
  if (referer !== "-" && referer !== "") headers.push(["referer", unescaped(referer)]);
  if (agent !== "-" && agent !== "") headers.push(["user-agent", unescaped(agent)]);
  const request = new TrafficRequest({ method: target.method, path: target.path, scheme: undefined, host: "", port: undefined }, headers, defaults);
  request.sourceIp = canonicalIp(line.slice(0, line.indexOf(" "))) ?? defaults.sourceIp;
  return request;
}
