/** What a request with no route came closest to, and what would have helped. Every hint is tried on the table itself. */
import { fromWire } from "../base/wire-text.ts";
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import type { RequestView } from "../contract/request-view.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { METHOD, X_FORWARDED_PROTO } from "../http/names.ts";
import { normalizePath } from "../http/path.ts";
import { barePath } from "../match/path-matcher.ts";
import type { Candidate, Explanation } from "../router/explain.ts";
import { portStart } from "../router/host-lookup.ts";
import type { Route } from "../router/route.ts";
import type { RouteTable } from "../router/route-table.ts";

/** Only for a request that got no route. Texts are in plain words; the first is the likeliest. */
export function hintsFor(table: RouteTable, view: RequestView, { host, virtualHost, gate }: Explanation): string[] {
  if (virtualHost === undefined) return hostHints(table, view, host);
  if (gate === "no x-forwarded-proto") return ["without x-forwarded-proto Envoy finds no route; the connection manager sets it, so the request lost it on its way"];
  const hints = VARIANTS.flatMap(([change, hint]) => {
    const route = routeWith(table, view, change);
    return route === undefined ? [] : [hint(route)];
  });
  const port = host === null ? undefined : portHint(table, view, host);
  if (port !== undefined) hints.push(port);
  const others = table.hosts.filter((other) => other !== virtualHost && other.match(view) !== null).map((other) => other.level.name);
  if (others.length > 0) hints.push(`virtual host ${others.slice(0, 3).join(", ")} has a route for it, but its domains do not fit the host; Envoy never tries a second virtual host`);
  return hints;
}

const named = ({ name }: Route): string => (name === "" ? "a route" : `route ${name}`);

const DOTS_ONLY = { normalizePath: true, mergeSlashes: false, escapedSlashes: "KEEP_UNCHANGED" } as const;

/** A change of the request, and what it says if it finds a route. */
const VARIANTS: readonly (readonly [(headers: HeaderBlock) => boolean, (route: Route) => string])[] = [
  [(headers) => rewrite(headers, (path) => (bareEndsWithSlash(path) ? path.replace(/\/(?=$|\?)/, "") : path.replace(/(?=\?|$)/, "/"))), (route) => `${named(route)} would match with the slash at the end of the path changed: paths are compared as they are`],
  [(headers) => rewrite(headers, (path) => path.toLowerCase()), (route) => `${named(route)} would match the path in lower case: paths are compared with case unless case_sensitive is false`],
  [(headers) => rewrite(headers, (path) => path.replace(/\/{2,}/g, "/")), (route) => `${named(route)} would match without doubled slashes: merge_slashes is off`],
  [(headers) => rewrite(headers, (path) => normalizePath(path, DOTS_ONLY).path), (route) => `${named(route)} would match with /./ and /../ resolved: normalize_path is off`],
  [(headers) => rewrite(headers, decoded), (route) => `${named(route)} would match the decoded path: escapes are not decoded before routes are asked`],
  [(headers) => other(headers, METHOD, headers.method === "GET" ? "POST" : "GET"), (route) => `${named(route)} would match with another method`],
  [(headers) => other(headers, X_FORWARDED_PROTO, headers.get(X_FORWARDED_PROTO) === "https" ? "http" : "https"), (route) => `${named(route)} would match with the other x-forwarded-proto`],
];

function bareEndsWithSlash(path: string): boolean {
  return barePath(path).endsWith("/");
}

function decoded(path: string): string {
  const bare = barePath(path);
  return bare.replace(/%[\da-fA-F]{2}/g, (escape) => String.fromCharCode(parseInt(escape.slice(1), 16))) + path.slice(bare.length);
}

function rewrite(headers: HeaderBlock, change: (path: string) => string): boolean {
  const { path } = headers;
  if (path === null) return false;
  headers.path = change(path);
  return headers.path !== path;
}

function other(headers: HeaderBlock, id: number, value: string): boolean {
  headers.set(id, value);
  return true;
}

function routeWith(table: RouteTable, view: RequestView, change: (headers: HeaderBlock) => boolean): Route | undefined {
  const headers = new HeaderBlock();
  headers.copyFrom(view.headers);
  if (!change(headers)) return undefined;
  const { random, runtime, peer, remoteIp, metadata, filterState } = view;
  return table.match({ headers, random, runtime, peer, remoteIp: remoteIp ?? "", metadata, filterState })?.route;
}

function hostHints(table: RouteTable, view: RequestView, host: string | null): string[] {
  const { vhost_header: header } = table.level.message;
  if (host === null) return [`the request has no header ${header ?? "host"}, by which virtual hosts are looked up`];
  const bare = portHint(table, view, host);
  if (bare !== undefined) return [bare];
  const dotless = dotHint(table, view, host);
  if (dotless !== undefined) return [dotless];
  const domains = table.hosts.flatMap((each) => each.level.message.domains ?? []);
  const near = didYouMean(fromWire(host), domains);
  const wildcard = domains.find((domain) => domain.startsWith("*.") && domain.slice(2).toLowerCase() === host);
  return [
    ...(wildcard === undefined ? [] : [`the domain ${wildcard} does not stand for ${fromWire(host)} itself: the * is at least one character`]),
    ...(near === undefined ? [] : [`the nearest domain is ${near}`]),
    ...(domains.length === 0 ? ["the route table has no virtual hosts"] : [`the domains are ${domains.slice(0, 6).join(", ")}${domains.length > 6 ? ` and ${domains.length - 6} more` : ""}`]),
  ];
}

/** Says so if the host would belong to another virtual host but for its port. */
export function portHint(table: RouteTable, view: RequestView, host: string): string | undefined {
  const port = portStart(host);
  if (port < 0 || table.level.message.vhost_header) return undefined;
  const headers = new HeaderBlock();
  headers.copyFrom(view.headers);
  headers.authority = host.slice(0, port);
  const bare = table.virtualHost(headers);
  if (bare === undefined || bare === table.virtualHost(view.headers)) return undefined;
  return `virtual host ${bare.level.name} would be chosen without the port ${host.slice(port)}: domains are compared with the port, unless ignore_port_in_host_matching, strip_any_host_port or strip_matching_host_port is set`;
}

/** Says so if the host would belong to a virtual host but for the dot at its end. */
function dotHint(table: RouteTable, view: RequestView, host: string): string | undefined {
  if (table.level.message.vhost_header || !/\.(?::\d+)?$/.test(host)) return undefined;
  const headers = new HeaderBlock();
  headers.copyFrom(view.headers);
  headers.authority = host.replace(/\.(?=:\d+$|$)/, "");
  const found = table.virtualHost(headers);
  return found === undefined ? undefined : `virtual host ${found.level.name} would be chosen without the dot at the end of the host: strip_trailing_host_dot is off`;
}

/** The candidate that came nearest, if one came near at all. */
export function nearestMiss(candidates: readonly Candidate[], view: RequestView): Candidate | undefined {
  let best: { candidate: Candidate; score: number } | undefined;
  for (const candidate of candidates) {
    const score = nearness(candidate.route, view);
    if (score > 0 && (best === undefined || score > best.score)) best = { candidate, score };
  }
  return best?.candidate;
}

/** By how much of the path is right; a path that fits counts a little more, each other condition that fails a little less. */
function nearness({ conditions }: Route, view: RequestView): number {
  const failing = conditions.others.filter((condition) => !condition.matches(view)).length;
  const common = commonPrefix(conditions.path.text, view.headers.path ?? "") * 10;
  if (conditions.path.matches(view)) return Math.max(1, common + 15 - failing);
  return common > 10 ? common - failing : 0;
}

function commonPrefix(a: string, b: string): number {
  let at = 0;
  while (at < a.length && at < b.length && a[at]?.toLowerCase() === b[at]?.toLowerCase()) at++;
  return at;
}

/** What is odd about a path condition that failed, whatever the request. */
export function conditionHint(route: Route): string | undefined {
  const { kind, text } = route.conditions.path;
  if ((kind === "path" || kind === "prefix") && text.includes("?")) return "a path condition with a ? never matches: the query is cut off before paths are compared; use query_parameters";
  if (kind === "safe_regex" && !text.endsWith("*") && !text.endsWith("$")) return "safe_regex must match the whole path, not a part of it";
  return undefined;
}
