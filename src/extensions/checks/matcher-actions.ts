/** Matcher trees of extensions: what they look at and what they lead to must be of the extension's kind. */
import { type MessageCheck, type Refuse, refusals } from "../../contract/message-check.ts";
import { extensionByType } from "../../schema/extensions.ts";
import type { Matcher, Matcher_MatcherList_Predicate, Matcher_OnMatch } from "../../schema/generated/xds/type/matcher/v3.ts";
import { typeOf } from "../../schema/table.ts";

/** What may stand in a tree. */
interface Fit {
  readonly inputs: readonly string[];
  readonly actions: readonly string[];
}

interface Carrier {
  readonly name?: string;
  readonly typed_config?: { readonly "@type"?: string };
}

const COMMON = "envoy.matching.common_inputs";
const HTTP = ["envoy.matching.http.input", COMMON];
const NETWORK = ["envoy.matching.network.input", COMMON];
const WRAPPED = /\.TypedStruct$/;

function typeIn(carrier: Carrier): string {
  return typeOf(carrier.typed_config?.["@type"] ?? "") ?? "";
}

function checkInput(input: Carrier | undefined, { inputs }: Fit, refuse: Refuse): void {
  if (input === undefined) return;
  const type = typeIn(input);
  if (type !== "" && !WRAPPED.test(type) && !inputs.some((category) => extensionByType(category, type) !== undefined)) refuse(input, "typed_config", `${type} is not an input of this matcher`);
}

function checkPredicate(predicate: Matcher_MatcherList_Predicate | undefined, fit: Fit, refuse: Refuse): void {
  if (predicate === undefined) return;
  checkInput(predicate.single_predicate?.input, fit, refuse);
  for (const part of [...(predicate.or_matcher?.predicate ?? []), ...(predicate.and_matcher?.predicate ?? []), predicate.not_matcher]) checkPredicate(part, fit, refuse);
}

function checkMatch(match: Matcher_OnMatch | undefined, fit: Fit, refuse: Refuse): void {
  const type = match?.action === undefined ? "" : typeIn(match.action);
  if (type !== "" && !WRAPPED.test(type) && !fit.actions.includes(type)) refuse(match?.action as object, "typed_config", `${type} is not an action of this matcher`);
  if (match?.matcher !== undefined) checkTree(match.matcher, fit, refuse);
}

function checkTree(tree: Matcher | undefined, fit: Fit, refuse: Refuse): void {
  if (tree === undefined) return;
  for (const { predicate, on_match: match } of tree.matcher_list?.matchers ?? []) {
    checkPredicate(predicate, fit, refuse);
    checkMatch(match, fit, refuse);
  }
  checkInput(tree.matcher_tree?.input, fit, refuse);
  for (const map of [tree.matcher_tree?.exact_match_map, tree.matcher_tree?.prefix_match_map]) for (const match of Object.values(map?.map ?? {})) checkMatch(match, fit, refuse);
  checkMatch(tree.on_no_match, fit, refuse);
}

const EXT = "envoy.extensions";
const QUOTA: Fit = { inputs: HTTP, actions: [`${EXT}.filters.http.rate_limit_quota.v3.RateLimitQuotaBucketSettings`] };
const RBAC = ["envoy.config.rbac.v3.Action"];
const RESPONSES: Fit = { inputs: HTTP, actions: [`${EXT}.http.custom_response.local_response_policy.v3.LocalResponsePolicy`, `${EXT}.http.custom_response.redirect_policy.v3.RedirectPolicy`] };

/** Filters within a filter: skipped, or chosen by the composite filter. */
const DELEGATED: Fit = { inputs: [...HTTP, "envoy.matching.network.input"], actions: [`${EXT}.filters.common.matcher.action.v3.SkipFilter`, `${EXT}.filters.http.composite.v3.ExecuteFilterAction`] };
const SOCKETS: Fit = { inputs: [...NETWORK, "envoy.matching.transport_socket.input"], actions: [`${EXT}.matching.common_inputs.transport_socket.v3.TransportSocketNameAction`] };

export const MATCHER_ACTIONS_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", `${EXT}.filters.http.rate_limit_quota.v3.RateLimitQuotaFilterConfig`, (config, refuse) => checkTree(config.bucket_matchers, QUOTA, refuse)),
  refusals("LGT0406", `${EXT}.filters.http.custom_response.v3.CustomResponse`, (config, refuse) => checkTree(config.custom_response_matcher, RESPONSES, refuse)),
  refusals("LGT0406", `${EXT}.common.matching.v3.ExtensionWithMatcher`, (config, refuse) => checkTree(config.xds_matcher, DELEGATED, refuse)),
  refusals("LGT0406", `${EXT}.common.matching.v3.ExtensionWithMatcherPerRoute`, (config, refuse) => checkTree(config.xds_matcher, DELEGATED, refuse)),
  refusals("LGT0406", `${EXT}.filters.http.composite.v3.Composite`, (config, refuse) => checkTree(config.matcher, DELEGATED, refuse)),
  refusals("LGT0406", "envoy.config.cluster.v3.Cluster", (cluster, refuse) => checkTree(cluster.transport_socket_matcher, SOCKETS, refuse)),
  refusals("LGT0406", `${EXT}.filters.http.rbac.v3.RBAC`, (config, refuse) => {
    for (const tree of [config.matcher, config.shadow_matcher]) checkTree(tree, { inputs: HTTP, actions: RBAC }, refuse);
  }),
  refusals("LGT0406", `${EXT}.filters.network.rbac.v3.RBAC`, (config, refuse) => {
    for (const tree of [config.matcher, config.shadow_matcher]) checkTree(tree, { inputs: NETWORK, actions: RBAC }, refuse);
  }),
  refusals("LGT0406", `${EXT}.filters.udp.udp_proxy.v3.UdpProxyConfig`, (config, refuse) => checkTree(config.matcher, { inputs: NETWORK, actions: [`${EXT}.filters.udp.udp_proxy.v3.Route`] }, refuse)),
  refusals("LGT0406", `${EXT}.filters.network.generic_proxy.v3.VirtualHost`, (host, refuse) => {
    checkTree(host.routes, { inputs: ["envoy.matching.generic_proxy_request_input.input", COMMON], actions: [`${EXT}.filters.network.generic_proxy.action.v3.RouteAction`] }, refuse);
  }),
];
