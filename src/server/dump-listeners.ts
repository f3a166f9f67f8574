/** Listeners and route tables as `/config_dump` shows them: with the tables back in their place. */
import { INLINE } from "../resources/lift-route-tables.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import type { RouteConfiguration, ScopedRouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import type { HttpConnectionManager } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import type { LiveResource } from "./admin-state.ts";

/** Undoes `liftRouteTables`. */
export function withInlineTables(listener: Listener, tableOf: (name: string) => RouteConfiguration | undefined): Listener {
  const { filter_chains: chains } = listener;
  if (chains === undefined) return listener;
  return {
    ...listener,
    filter_chains: chains.map((chain) => (chain.filters === undefined ? chain : {
      ...chain,
      filters: chain.filters.map((filter) => {
        if (filter.typed_config === undefined) return filter;
        const { rds, ...manager } = withScopedTables(filter.typed_config as HttpConnectionManager, tableOf);
        const name = rds?.route_config_name ?? "";
        if (!name.startsWith(INLINE)) return { ...filter, typed_config: { ...manager, ...(rds === undefined ? {} : { rds }) } as never };
        return { ...filter, typed_config: { ...manager, route_config: tableOf(name) ?? {} } as never };
      }),
    })),
  };
}

function withScopedTables(manager: HttpConnectionManager, tableOf: (name: string) => RouteConfiguration | undefined): HttpConnectionManager {
  const list = manager.scoped_routes?.scoped_route_configurations_list;
  if (list === undefined) return manager;
  const scopes = list.scoped_route_configurations;
  const whole = scopes === undefined ? {} : { scoped_route_configurations: withTables(scopes, tableOf) };
  return { ...manager, scoped_routes: { ...manager.scoped_routes, scoped_route_configurations_list: { ...list, ...whole } } };
}

/** Scopes with the tables that they brought. */
export function withTables(scopes: readonly ScopedRouteConfiguration[], tableOf: (name: string) => RouteConfiguration | undefined): ScopedRouteConfiguration[] {
  return scopes.map((scope) => {
    const { route_configuration_name: name = "", ...rest } = scope;
    return name.startsWith(INLINE) ? { ...rest, route_configuration: tableOf(name) ?? {} } : scope;
  });
}

/** It was written into its listener. */
export function isInlineTable({ resource }: LiveResource): boolean {
  return resource.type === "route" && resource.name.startsWith(INLINE);
}
