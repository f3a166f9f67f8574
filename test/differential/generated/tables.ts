/** Random connection managers with a route table each, and requests for them. */
import type { Route, RouteConfiguration, VirtualHost } from "../../../src/schema/generated/envoy/config/route/v3.ts";
import type { Sent } from "../../support/keep-alive-client.ts";
import type { Dice } from "../../support/random.ts";
import { action, filterConfig, mutations, PLUGINS } from "./actions.ts";
import { chance, CLUSTERS, type Draft, type Generated, HEADER_NAMES, HOSTS, maybe, several, somePath, VALUES } from "./draft.ts";
import { headerMatcher, routeMatch } from "./matches.ts";
import { matcherTree } from "./trees.ts";

export interface GeneratedTable {
  readonly config: RouteConfiguration;
  /** Fields of the connection manager besides. */
  readonly manager: object;
  /** Chance has a say: answers are compared as sets. */
  readonly random: boolean;
  request(): Sent;
}

function route(dice: Dice, name: string, random: boolean): Generated<Route> {
  const match = routeMatch(dice, random);
  const config: Route = {
    name, match: match.config, ...action(dice, match.kind, random), ...mutations(dice, 25), ...filterConfig(dice, "route", 10),
    ...maybe(dice, 5, () => ({ stat_prefix: "sp" })), ...maybe(dice, 5, () => ({ decorator: { operation: "op" }, tracing: { random_sampling: { numerator: 10 } } })), ...maybe(dice, 5, () => ({ metadata: { filter_metadata: { a: { b: "c" } } } })),
  };
  return { config, satisfy: match.satisfy };
}

const DOMAINS = ["a.test", "b.test", "*.test", "*.b.test", "*-v1.test", "svc.*", "svc.local:8080", "10.*", "[::1]:80", "[::1]", "*.a.b.test", "a.*"] as const;

interface Host {
  readonly config: VirtualHost;
  readonly routes: readonly Generated<Route>[];
}

function virtualHost(dice: Dice, i: number, domains: readonly string[], random: boolean): Host {
  const size = dice.pick([3, 12, 40, 80]);
  const routes = Array.from({ length: size }, (_, r) => route(dice, `h${i}r${r}`, random));
  const tree = chance(dice, 20) ? matcherTree(dice, routes.map((one) => one.config)) : undefined;
  const config: VirtualHost = {
    name: `h${i}`, domains, ...(tree === undefined ? { routes: routes.map((one) => one.config) } : { matcher: tree }),
    ...maybe(dice, 10, () => ({ require_tls: dice.pick(["ALL", "EXTERNAL_ONLY"] as const) })), ...mutations(dice, 25), ...filterConfig(dice, "host", 15),
    ...maybe(dice, 30, () => ({ virtual_clusters: several(dice, 2, () => ({ name: dice.pick(["vc1", "vc2"]), headers: [headerMatcher(dice).config] })) })),
    ...maybe(dice, 20, () => ({ metadata: { filter_metadata: { a: { host: i } } } })), ...maybe(dice, 15, () => ({ include_request_attempt_count: true })), ...maybe(dice, 15, () => ({ include_attempt_count_in_response: true })),
  };
  return { config, routes };
}

function hosts(dice: Dice, random: boolean): Host[] {
  const domains = DOMAINS.filter(() => chance(dice, 50));
  const groups: string[][] = [["*"]];
  for (const domain of domains) (chance(dice, 40) ? groups[dice.below(groups.length)] : groups[groups.push([]) - 1])?.push(domain);
  return groups.map((group, i) => virtualHost(dice, i, group, random));
}

/** Answers tell what was chosen. */
const TELLING = [["x-route", "%ROUTE_NAME%"], ["x-cluster", "%UPSTREAM_CLUSTER%"], ["x-virtual", "%VIRTUAL_CLUSTER_NAME%"], ["x-flags", "%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%"]]
  .map(([key, value]) => ({ header: { key: key ?? "", value: value ?? "" } }));

function manager(dice: Dice): object {
  return {
    ...maybe(dice, 40, () => ({ normalize_path: true })), ...maybe(dice, 30, () => ({ merge_slashes: true })),
    ...maybe(dice, 30, () => ({ path_with_escaped_slashes_action: dice.pick(["KEEP_UNCHANGED", "REJECT_REQUEST", "UNESCAPE_AND_REDIRECT", "UNESCAPE_AND_FORWARD"]) })),
    ...dice.pick([{}, {}, { strip_any_host_port: true }, { strip_matching_host_port: true }]), ...maybe(dice, 20, () => ({ strip_trailing_host_dot: true })),
    ...dice.pick([{}, { use_remote_address: true }, { use_remote_address: true, internal_address_config: { cidr_ranges: [{ address_prefix: "127.0.0.0", prefix_len: 8 }] } }, { xff_num_trusted_hops: 1 }]),
    ...maybe(dice, 20, () => ({ via: "legate" })), ...maybe(dice, 15, () => ({ server_header_transformation: dice.pick(["APPEND_IF_ABSENT", "PASS_THROUGH"]) })),
    ...maybe(dice, 15, () => ({ scheme_header_transformation: { scheme_to_overwrite: "https" } })), ...maybe(dice, 20, () => ({ append_x_forwarded_port: true })),
    ...maybe(dice, 60, () => ({ generate_request_id: false })), ...maybe(dice, 15, () => ({ always_set_request_id_in_response: true })),
  };
}

/** Makes a table of `dice`; its requests come of the same dice. */
export function generateTable(dice: Dice): GeneratedTable {
  const random = chance(dice, 15);
  const virtualHosts = hosts(dice, random);
  const own = mutations(dice, 40);
  const config: RouteConfiguration = {
    name: "generated", virtual_hosts: virtualHosts.map((host) => host.config), ...own,
    response_headers_to_add: [...TELLING, ...(own.response_headers_to_add ?? [])],
    ...maybe(dice, 30, () => ({ most_specific_header_mutations_wins: true })), ...maybe(dice, 25, () => ({ ignore_path_parameters_in_path_matching: true })),
    ...maybe(dice, 25, () => ({ ignore_port_in_host_matching: true })), ...maybe(dice, 10, () => ({ vhost_header: "x-vhost" })), ...maybe(dice, 20, () => ({ internal_only_headers: ["x-team"] })),
    ...filterConfig(dice, "table", 15), validate_clusters: false, cluster_specifier_plugins: PLUGINS,
  };
  const routes = virtualHosts.flatMap((host) => host.routes.map((one) => ({ one, domains: host.config.domains ?? [] })));
  return { config, manager: manager(dice), random, request: () => rendered(draftFor(dice, dice.pick(routes)), dice) };
}

function hostOf(dice: Dice, domains: readonly string[]): string {
  if (chance(dice, 20)) return dice.pick(HOSTS);
  const host = dice.pick(domains).replace(/^\*(?=.)/, dice.pick(["x", "x.y", ""])).replace(/\*$/, dice.pick(["x", "local", ""]));
  return (host === "" ? "any.test" : host) + dice.pick(["", "", "", ".", ":80", ":x", ":8080"]);
}

function draftFor(dice: Dice, { one, domains }: { readonly one: Generated<Route>; readonly domains: readonly string[] }): Draft {
  const draft: Draft = { method: dice.pick(["GET", "GET", "GET", "HEAD", "POST", "DELETE", "OPTIONS"]), host: hostOf(dice, domains), path: somePath(dice), query: [], headers: [], cookies: [] };
  if (chance(dice, 90)) one.satisfy(draft);
  if (chance(dice, 15)) draft.path += dice.pick(["/", "/..", "/./a", "//b", "%2fx", ";p=1", "%5Cx", "/a/../b", "%00", "/é"]);
  if (chance(dice, 25)) draft.query.push(dice.pick(["q=1", "q", "q=prod&q=1", "id=42", "=x", "", "a%20b=1", "x?y", "q=/../"]));
  for (const name of HEADER_NAMES) if (chance(dice, 12)) draft.headers.push([name, dice.pick(VALUES)]);
  draft.headers.push(["x-draw", String(dice.below(200))]);
  if (chance(dice, 30)) draft.headers.push(["x-ip", dice.pick(["10.0.0.1", "10.1.2.3", "10.1.9.9", "192.0.2.1", "::1", "fe80::1", "no address", "10.1.2.3:80"])]);
  if (chance(dice, 60)) draft.headers.push(["x-cluster", dice.pick([...CLUSTERS, "none"])]);
  if (chance(dice, 15)) draft.headers.push(["x-vhost", dice.pick(HOSTS)]);
  if (chance(dice, 15)) draft.headers.push(["x-forwarded-proto", dice.pick(["https", "http", "HTTPS", ""])]);
  if (chance(dice, 10)) draft.headers.push(dice.pick<[string, string]>([["x-envoy-internal", "true"], ["x-forwarded-for", "1.2.3.4, 10.0.0.1"], ["x-envoy-upstream-rq-timeout-ms", "1234"], ["x-envoy-original-path", "/o"], ["te", "trailers"], ["x-envoy-max-retries", "3"], ["x-forwarded-port", "99"]]));
  if (chance(dice, 10)) draft.cookies.push(dice.pick(["c=1", "d=2; c=prod", " c = x", 'c="42"', "c"]));
  return draft;
}

function rendered({ method, host, path, query, headers, cookies }: Draft, dice: Dice): Sent {
  const target = path + (query.length > 0 ? `?${query.join("&")}` : "") + (chance(dice, 2) ? "#frag" : "");
  const origin = chance(dice, 3) ? `${dice.pick(["http", "https", "HTTP"])}://${dice.pick(HOSTS)}` : "";
  const lines = [`${method} ${origin}${wire(target).replaceAll(" ", "%20")} HTTP/1.1`, `host: ${host}`, ...headers.map(([name, value]) => `${name}: ${wire(value)}`), ...(cookies.length > 0 ? [`cookie: ${cookies.join("; ")}`] : [])];
  if (method === "POST") lines.push("content-length: 0");
  return { method, text: `${lines.join("\r\n")}\r\n\r\n` };
}

function wire(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
