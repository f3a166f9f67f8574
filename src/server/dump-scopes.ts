/** Scoped routes as `/config_dump` shows them: the scopes that stand in a connection manager, or that it discovers, whole. */
import { SCOPE } from "../resources/lift-route-tables.ts";
import { scopesResource } from "../router/scoped-routes.ts";
import { encodeMessage } from "../schema/encode.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import type { HttpConnectionManager, ScopedRouteConfigurationsList, ScopedRoutes } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import type { LiveResource } from "./admin-state.ts";
import { withInlineTables, withTables } from "./dump-listeners.ts";

const SCOPED = "envoy.config.route.v3.ScopedRouteConfiguration";

interface DumpedScopes {
  readonly name: string;
  readonly scoped_route_configs: readonly object[];
}

type TableOf = (name: string) => RouteConfiguration | undefined;

/** The inline scoped routes of a listener, each with its name and its scopes. */
export function inlineScopes(listener: Listener, tableOf: TableOf): DumpedScopes[] {
  const inline = scopedRoutesOf(withInlineTables(listener, tableOf)).filter((scoped) => scoped.scoped_rds === undefined);
  return inline.map((scoped) => dumped(scoped, scoped.scoped_route_configurations_list));
}

/** The discovered scopes of a listener, by their names, and the resource that holds them. */
export function discoveredScopes(listener: Listener, scopesOf: (resource: string) => LiveResource | undefined, tableOf: TableOf): (DumpedScopes & { readonly from: LiveResource })[] {
  return scopedRoutesOf(listener).flatMap((scoped) => {
    const from = scopesOf(scopesResource(scoped) ?? "");
    if (from === undefined) return [];
    const { scoped_route_configurations: scopes } = JSON.parse(from.resource.text) as ScopedRouteConfigurationsList;
    const whole = withTables(scopes ?? [], tableOf).sort((a, b) => ((a.name ?? "") < (b.name ?? "") ? -1 : 1));
    return [{ ...dumped(scoped, { scoped_route_configurations: whole }), from }];
  });
}

function scopedRoutesOf(listener: Listener): ScopedRoutes[] {
  const filters = (listener.filter_chains ?? []).flatMap((chain) => chain.filters ?? []);
  return filters.flatMap((filter) => (filter.typed_config as HttpConnectionManager | undefined)?.scoped_routes ?? []);
}

function dumped({ name }: ScopedRoutes, list: ScopedRouteConfigurationsList | undefined): DumpedScopes {
  const scopes = list?.scoped_route_configurations ?? [];
  return { name: name ?? "", scoped_route_configs: scopes.map((scope) => ({ "@type": `type.googleapis.com/${SCOPED}`, ...encodeMessage(SCOPED, scope, { redact: true, byNumber: true }) })) };
}

/** The table of a scope: it is shown there. */
export function isScopeTable({ resource }: LiveResource): boolean {
  return resource.type === "route" && resource.name.includes(SCOPE);
}
