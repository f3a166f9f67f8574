/** Access logs of JSON lines: what stands for method, path and host is found by the usual names of the keys, at any depth. */
import { canonicalIp } from "../../base/ip-text.ts";
import { type LineRequest, OWN_LINE } from "./access-log.ts";
import { type TrafficDefaults, TrafficRequest } from "./traffic-request.ts";

/** Letters and digits of a key, by what it says; the earlier wins. Of nested keys the whole way counts, then the key itself. */
const NAMES = {
  method: ["method", "requestmethod", "reqmethod", "httpmethod", "httprequestmethod", "verb"],
  path: ["xenvoyoriginalpath", "originalpath", "path", "requestpath", "reqpath", "requesturi", "uri", "httppath", "urlpath", "urloriginal", "url"],
  host: ["authority", "requestauthority", "reqauthority", "host", "requesthost", "httphost", "vhost", "urldomain", "domain"],
  scheme: ["scheme", "requestscheme", "xforwardedproto", "urlscheme"],
  forwarded: ["xforwardedfor", "xff", "forwardedfor"],
  agent: ["useragent", "requestuseragent", "httpuseragent", "useragentoriginal"],
  id: ["requestid", "xrequestid"],
  source: ["downstreamdirectremoteaddress", "downstreamremoteaddress", "remoteaddress", "remoteaddr", "clientip"],
} as const;

type Said = keyof typeof NAMES;

/** Keys of logs are few and come again on every line. */
const letters = new Map<string, string>();
const MOST_KEPT = 10_000;

function lettersOf(key: string): string {
  const known = letters.get(key);
  if (known !== undefined) return known;
  const name = key.toLowerCase().replace(/[^a-z0-9]/g, "");
  if (letters.size < MOST_KEPT) letters.set(key, name);
  return name;
}

const WANTED = new Set<string>(Object.values(NAMES).flat());

function flattened(value: object, way: string, found: Map<string, string>): void {
  for (const key in value) {
    const each = (value as Record<string, unknown>)[key];
    if (typeof each === "string") {
      const name = lettersOf(key);
      if (each === "" || each === "-") continue;
      if (way !== "" && WANTED.has(way + name)) found.set(way + name, each);
      if (WANTED.has(name) && (way === "" || !found.has(name))) found.set(name, each);
    } else if (typeof each === "object" && each !== null) flattened(each, way + lettersOf(key), found);
  }
}

export function jsonLine(line: string, defaults: TrafficDefaults): LineRequest {
  if (OWN_LINE.test(line)) return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return `the line is not JSON: ${(error as Error).message}`;
  }
  if (typeof value !== "object" || value === null) return "the line is no JSON object";
  const found = new Map<string, string>();
  flattened(value, "", found);
  const said = (what: Said): string | undefined => {
    for (const name of NAMES[what]) if (found.has(name)) return found.get(name);
    return undefined;
  };
  return requestOf(said, defaults);
}

function requestOf(said: (what: Said) => string | undefined, defaults: TrafficDefaults): LineRequest {
  const [method, target] = [said("method"), said("path")];
  if (method === undefined || target === undefined) return `the line has no ${method === undefined ? "method" : "path"} under any of the names ${NAMES[method === undefined ? "method" : "path"].join(", ")}`;
  const [, scheme, authority, rest] = /^(https?):\/\/([^/?#]*)(.*)$/s.exec(target) ?? [];
  const path = scheme === undefined ? target : rest === "" ? "/" : rest ?? "/";
  const protocol = scheme ?? said("scheme");
  const headers = ([["x-forwarded-for", said("forwarded")], ["user-agent", said("agent")], ["x-request-id", said("id")]] as const)
    .flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]));
  const request = new TrafficRequest({ method, path, host: authority ?? said("host") ?? "", scheme: protocol === "https" || protocol === "http" ? protocol : undefined, port: undefined }, headers, defaults);
  request.logged = true;
  request.sourceIp = canonicalIp((said("source") ?? "").replace(/:\d+$/, "").replace(/^\[|\]$/g, "")) ?? defaults.sourceIp;
  return request;
}
