/** Scoped routes as `/config_dump` shows them: the scopes that stand in a connection manager, whole. */
import { SCOPE } from "../resources/lift-route-tables.ts";
import { encodeMessage } from "../schema/encode.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import type { HttpConnectionManager, ScopedRoutes } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import type { LiveResource } from "./admin-state.ts";
import { withInlineTables } from "./dump-listeners.ts";

const SCOPED = "envoy.config.route.v3.ScopedRouteConfiguration";

/** The inline scoped routes of a listener, each with its name and its scopes. */
export function inlineScopes(listener: Listener, tableOf: (name: string) => RouteConfiguration | undefined): { readonly name: string; readonly scoped_route_configs: readonly object[] }[] {
  const filters = (withInlineTables(listener, tableOf).filter_chains ?? []).flatMap((chain) => chain.filters ?? []);
  const all = filters.map((filter) => (filter.typed_config as HttpConnectionManager | undefined)?.scoped_routes).filter((scoped): scoped is ScopedRoutes => scoped !== undefined);
  return all.map((scoped) => ({
    name: scoped.name ?? "",
    scoped_route_configs: (scoped.scoped_route_configurations_list?.scoped_route_configurations ?? [])
      .map((scope) => ({ "@type": `type.googleapis.com/${SCOPED}`, ...encodeMessage(SCOPED, scope, { redact: true, byNumber: true }) })),
  }));
}

/** The table of a scope: it is shown there. */
export function isScopeTable({ resource }: LiveResource): boolean {
  return resource.type === "route" && resource.name.includes(SCOPE);
}
