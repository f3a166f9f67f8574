/** A compiled route: its conditions, its action, and the mutations of all its levels in the order in which they run. */
import type { Route as RouteFace } from "../contract/route.ts";
import type { Route as RouteMessage } from "../schema/generated/envoy/config/route/v3.ts";
import type { WeightedEntry } from "./cluster-choice.ts";
import { compileDirectResponse } from "./direct-response.ts";
import type { DirectResponsePlan } from "./direct-response.ts";
import { compileFilterConfigs } from "./filter-configs.ts";
import type { FilterConfigs } from "./filter-configs.ts";
import { compileForward } from "./forward-plan.ts";
import type { ForwardPlan } from "./forward-plan.ts";
import { compileRequestMutations, compileResponseMutations } from "./header-mutations.ts";
import type { HeaderMutations } from "./header-mutations.ts";
import { bytes, type HostLevel } from "./host-level.ts";
import { compileRedirect } from "./redirect.ts";
import type { RedirectPlan } from "./redirect.ts";
import { compileRouteConditions } from "./route-conditions.ts";
import type { RouteConditions } from "./route-conditions.ts";
import { weighsByRuntime, WeightCondition } from "./weight-condition.ts";
import type { RouteContext } from "./route-context.ts";

export const honours = {
  "envoy.config.route.v3.Route": [
    "name", "match", "route", "redirect", "direct_response", "non_forwarding_action", "filter_action", "metadata", "decorator", "tracing", "request_headers_to_add", "request_headers_to_remove",
    "response_headers_to_add", "response_headers_to_remove", "typed_per_filter_config", "stat_prefix", "request_body_buffer_limit", "per_request_buffer_limit_bytes",
  ],
  "envoy.config.route.v3.NonForwardingAction": [],
  "envoy.config.route.v3.FilterAction": ["action"],
  // these say how spans look: without a tracer, which the connection manager would name, there are none
  "envoy.config.route.v3.Decorator": ["operation", "propagate"],
  "envoy.config.route.v3.Tracing": ["client_sampling", "random_sampling", "overall_sampling", "custom_tags", "operation", "upstream_operation"],
} as const;

export type RouteKind = "forward" | "redirect" | "direct";

export interface Route {
  readonly kind: RouteKind;
  /** The message this was compiled from: origins and explanations point at it. */
  readonly message: RouteMessage;
  readonly name: string;
  readonly host: HostLevel;
  readonly conditions: RouteConditions;
  readonly forward: ForwardPlan | undefined;
  readonly redirect: RedirectPlan | undefined;
  readonly direct: DirectResponsePlan | undefined;
  readonly requestMutations: readonly HeaderMutations[];
  readonly responseMutations: readonly HeaderMutations[];
  /** Bytes of a request's body that may be held; `undefined`: the connection's limit. */
  readonly bodyBufferLimit: number | undefined;
  /** Least specific first: table, virtual host, route. */
  readonly filterConfigs: readonly FilterConfigs[];
}

/**
 * What routing gives for one request. A TLS redirect has no route. `cluster` is `""` unless the route forwards to one; `entry` is the
 * chosen member of a weighted choice.
 */
export interface RouteChoice {
  readonly kind: RouteKind;
  readonly host: HostLevel;
  readonly route: Route | undefined;
  readonly cluster: string;
  readonly entry: WeightedEntry | undefined;
}

/** The per-filter configurations in force, least specific first. A redirect of require_tls has none, not even its host's. */
export function filterLevels({ route, entry }: RouteChoice): readonly FilterConfigs[] {
  const levels = route?.filterConfigs ?? [];
  return entry === undefined ? levels : [...levels, entry.filterConfigs];
}

const NONE: readonly HeaderMutations[] = [];

function ordered(own: HeaderMutations, host: HeaderMutations, table: HeaderMutations, mostSpecificWins: boolean): readonly HeaderMutations[] {
  if (own.isEmpty && host.isEmpty && table.isEmpty) return NONE;
  const list = mostSpecificWins ? [table, host, own] : [own, host, table];
  return list.filter((mutations) => !mutations.isEmpty);
}

function kindOf(message: RouteMessage): RouteKind {
  if (message.redirect !== undefined) return "redirect";
  return message.direct_response === undefined ? "forward" : "direct";
}

function checkClusters(message: RouteMessage, { forward }: Pick<Route, "forward">, { hasCluster, diagnostics }: RouteContext): void {
  const action = message.route;
  if (action === undefined || forward === undefined || hasCluster === undefined) return;
  if (action.cluster !== undefined && action.cluster !== "" && !hasCluster(action.cluster)) {
    diagnostics.report({ code: "LGT0502", at: action, key: "cluster", message: `route: unknown cluster '${action.cluster}'` });
  }
  for (const entry of action.weighted_clusters?.clusters ?? []) {
    if (!entry.name || hasCluster(entry.name)) continue;
    diagnostics.report({ code: "LGT0502", at: entry, key: "name", message: `route: unknown weighted cluster '${entry.name}'` });
  }
  for (const { cluster, message: mirror } of forward.mirrors) {
    if (cluster === "" || hasCluster(mirror.cluster ?? "")) continue;
    diagnostics.report({ code: "LGT0502", at: mirror, key: "cluster", message: `route: unknown shadow cluster '${mirror.cluster ?? ""}'` });
  }
}

/** Compiles a route. `checked`: whether its clusters must exist. What is wrong is reported; what is left works as far as it can. */
export function compileRoute(message: RouteMessage, host: HostLevel, checked: boolean, context: RouteContext): Route {
  const { diagnostics } = context;
  const { table } = host;
  const kind = kindOf(message);
  const name = message.name ?? "";
  const matched = compileRouteConditions(message.match ?? {}, table.ignorePathParameters, diagnostics);
  const weighted = message.route?.weighted_clusters;
  const conditions = weighted !== undefined && weighsByRuntime(message.route) ? matched.and(new WeightCondition(weighted)) : matched;
  if (kind === "forward" && message.route === undefined && message.non_forwarding_action === undefined && message.filter_action === undefined) {
    diagnostics.report({ code: "LGT0520", at: message, message: "the route has no action" });
  }
  const redirect = message.redirect === undefined ? undefined : compileRedirect(message.redirect, conditions.path, diagnostics);
  const direct = message.direct_response === undefined ? undefined : compileDirectResponse(message.direct_response, table.bodyLimit, context.sources, diagnostics);
  const forward = kind === "forward" ? compileForward(message.route ?? {}, name, conditions.path, host, diagnostics) : undefined;
  const route: Route = {
    kind, message, name, host, conditions, redirect, direct, forward,
    bodyBufferLimit: bytes(message.request_body_buffer_limit) ?? host.bodyBufferLimit ?? message.per_request_buffer_limit_bytes ?? host.perRequestBufferLimit,
    requestMutations: ordered(compileRequestMutations(message, diagnostics), host.requestMutations, table.requestMutations, table.mostSpecificWins),
    responseMutations: ordered(compileResponseMutations(message, diagnostics), host.responseMutations, table.responseMutations, table.mostSpecificWins),
    filterConfigs: [table.filterConfigs, host.filterConfigs, compileFilterConfigs(message.typed_per_filter_config, diagnostics)],
  };
  if (checked && table.validateClusters) checkClusters(message, route, context);
  return route;
}

/**
 * Where a filter's configuration stands in its table, the same in every worker: `table/host/route index/cluster of the member`, as far down as the level
 * that carries `config`. The table itself where none does.
 */
export function placeOfFilterConfig(choice: RouteChoice | null, filter: string, config: object): string {
  if (choice === null) return "";
  const { host, route, entry } = choice;
  const names = [host.table.name, host.message.name ?? "", String(route === undefined ? -1 : (host.message.routes ?? []).indexOf(route.message)), entry?.cluster ?? ""];
  const level = filterLevels(choice).findLastIndex((configs) => (configs.get(filter)?.config as object | undefined) === config);
  return names.slice(0, level + 1).join("/");
}

/** A route as handed through filters is always a choice of this router. */
export function choiceOf(route: RouteFace | null): RouteChoice | null {
  return route as RouteChoice | null;
}
