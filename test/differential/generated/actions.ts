/** Random route actions and header mutations. */
import type { HeaderValueOption } from "../../../src/schema/generated/envoy/config/core/v3.ts";
import type { ClusterSpecifierPlugin, RedirectAction, Route, RouteAction, WeightedCluster_ClusterWeight } from "../../../src/schema/generated/envoy/config/route/v3.ts";
import type { Dice } from "../../support/random.ts";
import { asType, chance, CLUSTERS, HEADER_NAMES, maybe, several } from "./draft.ts";
import type { Specifier } from "./matches.ts";

/** What a header mutation may print of a request: facts that are equal on both sides. */
const FORMATS = [
  "plain", "%REQ(:path)%", "%REQ(:authority)%|%REQ(x-env)%", "%REQ(x-none?x-team)%", "%REQ(:method):2%", "%PROTOCOL%", "%ROUTE_NAME%", "%UPSTREAM_CLUSTER%", "a%%b", "%DYNAMIC_METADATA(f:k)%", "%REQ(x-none)%", "",
  "%RESPONSE_CODE%", "%RESP(x-up)%", "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", "%VIRTUAL_CLUSTER_NAME%", "%PATH(NQ:PATH)%", "%QUERY_PARAM(q)%", "%PATH(WQ:ORIG)%", "%FILTER_STATE(none)%", "%REQUESTED_SERVER_NAME%", "%REQ(x-envoy-original-path?:path)%",
  "%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%", "%UPSTREAM_METADATA(a:b)%", "%ENVIRONMENT(NOT_THERE)%", "%REQ(x-list)%", "%REQ(user-agent)%", "%METADATA(ROUTE:a:b)%", "%METADATA(VIRTUAL_HOST:a)%", "%STREAM_INFO_REQ(x-env):3%", "%REQ(X-Envoy-Original-Host)%", "%RESPONSE_FLAGS%", "%DYNAMIC_METADATA(f)%",
  "%REQ(:scheme)%://%REQ(:authority)%", "%QUERY_PARAMS%", "%PATH(WQ)%",
] as const;
const ADDED = ["x-a", "x-b", "x-env", "x-list", "x-up", "x-multi", "user-agent", "x-forwarded-host", "server", "keep-alive", "x-request-id", "accept"] as const;
const ACTIONS = ["APPEND_IF_EXISTS_OR_ADD", "ADD_IF_ABSENT", "OVERWRITE_IF_EXISTS_OR_ADD", "OVERWRITE_IF_EXISTS"] as const;

function headerOption(dice: Dice): HeaderValueOption {
  return {
    header: { key: dice.pick(ADDED), value: dice.pick(FORMATS) }, ...maybe(dice, 70, () => ({ append_action: dice.pick(ACTIONS) })), ...maybe(dice, 20, () => ({ keep_empty_value: true })),
  };
}

export interface Mutations {
  readonly request_headers_to_add?: readonly HeaderValueOption[];
  readonly request_headers_to_remove?: readonly string[];
  readonly response_headers_to_add?: readonly HeaderValueOption[];
  readonly response_headers_to_remove?: readonly string[];
}

export function mutations(dice: Dice, percent: number): Mutations {
  return {
    ...maybe(dice, percent, () => ({ request_headers_to_add: several(dice, 3, () => headerOption(dice)) })),
    ...maybe(dice, percent / 2, () => ({ request_headers_to_remove: several(dice, 2, () => dice.pick([...HEADER_NAMES, ...ADDED])) })),
    ...maybe(dice, percent, () => ({ response_headers_to_add: several(dice, 3, () => headerOption(dice)) })),
    ...maybe(dice, percent / 2, () => ({ response_headers_to_remove: several(dice, 2, () => dice.pick(["x-up", "x-multi", "x-a", "server", "keep-alive", "date"])) })),
  };
}

/** Per-filter configuration of the header_mutation filter: its value names the level it came from. */
export function filterConfig(dice: Dice, level: string, percent: number): { readonly typed_per_filter_config?: Record<string, { readonly "@type": string }> } {
  const append = { header: { key: "x-filter", value: `${level}:%REQ(:path)%` }, append_action: dice.pick(ACTIONS) };
  const config = asType("envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute", { mutations: { request_mutations: [{ append }], response_mutations: [{ append }] } });
  const wrapped = dice.pick([config, asType("envoy.config.route.v3.FilterConfig", { config }), asType("envoy.config.route.v3.FilterConfig", { disabled: true })]);
  return maybe(dice, percent, () => ({ typed_per_filter_config: { mutate: wrapped } }));
}

const REGEX_REWRITES = [["^/([^/]+)(.*)$", "/r/\\1\\2"], ["a", "\\0\\0"], ["[0-9]+", ""], ["/x", "/\\\\y"], ["(.)/(.)", "\\2/\\1"], ["^", "/p"], ["b*", "-"], ["(a)", "\\2"], [".*", "/all"], ["/$", ""]] as const;

function regexRewrite(dice: Dice): { readonly pattern: { readonly regex: string }; readonly substitution: string } {
  const [regex, substitution] = dice.pick(REGEX_REWRITES);
  return { pattern: { regex }, substitution };
}

function pathRewrite(dice: Dice, kind: Specifier): Partial<RouteAction> {
  switch (dice.below(3)) {
    case 0: return kind === "template" ? {} : { prefix_rewrite: dice.pick(["/", "/new", "/new/", "/q?x=1"]) };
    case 1: return { regex_rewrite: regexRewrite(dice) };
    default: return { path_rewrite: dice.pick(["/f%REQ(x-env)%", "%PATH(NQ:PATH)%/z", "/%REQ(:method)%", "%REQ(x-none)%"]) };
  }
}

function hostRewrite(dice: Dice): Partial<RouteAction> {
  switch (dice.below(4)) {
    case 0: return { host_rewrite_literal: dice.pick(["new.host", "new.host:81"]) };
    case 1: return { host_rewrite_header: dice.pick(["x-env", "x-none", "x-a"]) };
    case 2: return { host_rewrite_path_regex: { pattern: { regex: "^/([^/]+).*$" }, substitution: "\\1.host" } };
    default: return { host_rewrite: dice.pick(["%REQ(x-env)%.host", "fixed.host", "%REQ(x-none)%"]) };
  }
}

function weight(dice: Dice, i: number): WeightedCluster_ClusterWeight {
  return {
    ...(chance(dice, 15) ? { cluster_header: "x-cluster" } : { name: dice.pick(CLUSTERS) }), weight: i === 0 ? 10 : dice.pick([0, 1, 30, 60]),
    ...mutations(dice, 25), ...maybe(dice, 15, () => ({ host_rewrite_literal: `w${i}.host` })), ...filterConfig(dice, `weight${i}`, 15),
  };
}

/** A cluster specifier plugin, in its place or by the name of one of {@link PLUGINS}. */
function plugin(dice: Dice): Partial<RouteAction> {
  return dice.pick<Partial<RouteAction>>([
    ...PLUGINS.map(({ extension }) => ({ cluster_specifier_plugin: extension?.name ?? "" })), ...PLUGINS.map((inline) => ({ inline_cluster_specifier_plugin: inline })),
  ]);
}

const by = (header_name: string): object => ({ name: "input", typed_config: asType("envoy.type.matcher.v3.HttpRequestHeaderMatchInput", { header_name }) });
const to = (cluster: string): object => ({ action: { name: "to", typed_config: asType("envoy.extensions.router.cluster_specifiers.matcher.v3.ClusterAction", { cluster }) } });

/** Of the table. */
export const PLUGINS: readonly ClusterSpecifierPlugin[] = [
  { matcher_tree: { input: by("x-env"), exact_match_map: { map: { prod: to("ca"), "1": to("cb"), "2": to("none") } } }, on_no_match: to("cc") },
  { matcher_tree: { input: by(":path"), prefix_match_map: { map: { "/a": to("ca"), "/a/b": to("cb"), "/v1": to("cd") } } } },
].map((cluster_matcher, i) => ({ extension: { name: `tree${i}`, typed_config: asType("envoy.extensions.router.cluster_specifiers.matcher.v3.MatcherClusterSpecifier", { cluster_matcher }) } }))
  .concat([{
    extension: {
      name: "groups",
      typed_config: asType("envoy.extensions.router.cluster_specifiers.priority_group.v3.PriorityGroupClusterSpecifier", {
        header_name: "x-draw", priority_groups: [{ name: "first", clusters: [{ cluster_name: "ca", weight: 30 }, { cluster_name: "cd", weight: 10 }] }, { name: "second", clusters: [{ cluster_name: "cb", weight: 1 }] }],
      }),
    },
  }]);

/** The client's address at the end makes sure that there is a hash. */
function hashPolicy(dice: Dice): NonNullable<RouteAction["hash_policy"]> {
  const methods = several<NonNullable<RouteAction["hash_policy"]>[number]>(dice, 3, () => ({
    ...dice.pick([
      { header: { header_name: dice.pick(HEADER_NAMES) } }, { header: { header_name: "x-env", regex_rewrite: { pattern: { regex: "[a-z]+" }, substitution: "-" } } }, { cookie: { name: "c" } },
      { query_parameter: { name: "q" } }, { filter_state: { key: "none" } },
    ]),
    ...maybe(dice, 30, () => ({ terminal: true })),
  }));
  return [...methods, { connection_properties: { source_ip: true } }];
}

/** `random`: a weighted choice may be left to chance. */
function clusterChoice(dice: Dice, random: boolean): Partial<RouteAction> {
  if (chance(dice, 12)) return plugin(dice);
  if (chance(dice, 12)) return { cluster_header: dice.pick(["x-cluster", "x-env"]) };
  if (chance(dice, 25)) {
    const clusters = Array.from({ length: 1 + dice.below(3) }, (_, i) => ({ ...weight(dice, i), ...(random ? { weight: 40 } : {}) }));
    const rest = maybe(dice, 20, () => ({ runtime_key_prefix: "weights" }));
    if (random) return { weighted_clusters: { clusters, ...rest } };
    if (chance(dice, 60)) return { weighted_clusters: { clusters, header_name: "x-draw", ...rest } };
    return { weighted_clusters: { clusters, use_hash_policy: true, ...rest }, hash_policy: hashPolicy(dice) };
  }
  return { cluster: dice.pick(CLUSTERS) };
}

function forward(dice: Dice, kind: Specifier, random: boolean): RouteAction {
  return {
    ...clusterChoice(dice, random), ...maybe(dice, 45, () => pathRewrite(dice, kind)), ...maybe(dice, 30, () => hostRewrite(dice)), ...maybe(dice, 20, () => ({ append_x_forwarded_host: true })),
    ...maybe(dice, 15, () => ({ cluster_not_found_response_code: dice.pick(["NOT_FOUND", "SERVICE_UNAVAILABLE", "INTERNAL_SERVER_ERROR"] as const) })), ...maybe(dice, 15, () => ({ timeout: dice.pick(["3s", "0s", "0.25s", "1.5s"]) as never })),
    ...maybe(dice, 10, () => ({ retry_policy: { retry_on: "5xx", per_try_timeout: "2s" as never } })), ...maybe(dice, 8, () => ({ max_stream_duration: { max_stream_duration: "9s" as never } })),
  };
}

function redirect(dice: Dice, kind: Specifier): RedirectAction {
  const path = dice.pick<RedirectAction>([
    {}, { path_redirect: "/to" }, { path_redirect: "to?x=1" }, { path_redirect: "/to#f" }, ...(kind === "template" ? [] : [{ prefix_rewrite: dice.pick(["/", "/new", "/new?y=2"]) }]), { regex_rewrite: regexRewrite(dice) }, { path_rewrite: dice.pick(["/f%REQ(x-env)%", "%REQ(x-none)%"]) },
  ]);
  return {
    ...path, ...maybe(dice, 30, () => dice.pick([{ https_redirect: true }, { scheme_redirect: "ftp" }, { scheme_redirect: "http" }])), ...maybe(dice, 35, () => ({ host_redirect: dice.pick(["other.test", "other.test:99"]) })),
    ...maybe(dice, 25, () => ({ port_redirect: dice.pick([8443, 80, 443]) })), ...maybe(dice, 25, () => ({ strip_query: true })),
    ...maybe(dice, 40, () => ({ response_code: dice.pick(["FOUND", "SEE_OTHER", "TEMPORARY_REDIRECT", "PERMANENT_REDIRECT"] as const) })),
  };
}

function direct(dice: Dice): NonNullable<Route["direct_response"]> {
  const body = dice.pick([{}, { body: { inline_string: "hello %ROUTE_NAME%" } }, { body: { inline_bytes: "aGk=" } }, { body: { inline_string: "" } }]);
  const format = dice.pick([{}, {}, { body_format: { text_format_source: { inline_string: "[%LOCAL_REPLY_BODY%] %REQ(:path)%" } } }, { body_format: { json_format: { b: "%LOCAL_REPLY_BODY%", r: "%ROUTE_NAME%" } as never } }]);
  return { status: dice.pick([200, 201, 204, 302, 304, 404, 418, 503]), ...body, ...format };
}

export function action(dice: Dice, kind: Specifier, random: boolean): Partial<Route> {
  const roll = dice.below(20);
  if (roll < 3) return { redirect: redirect(dice, kind) };
  if (roll < 6) return { direct_response: direct(dice) };
  if (roll === 6) return { non_forwarding_action: {} };
  return { route: forward(dice, kind, random) };
}
