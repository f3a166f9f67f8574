/** Every route table compiled for its findings, with what only the whole configuration knows: which clusters there are. */
import type { CompileContext } from "../contract/extension.ts";
import { messageCheck, type MessageCheck } from "../contract/message-check.ts";
import { type BodySources, NO_SOURCES } from "../router/direct-response.ts";
import { compileRouteTable } from "../router/route-table.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import { checkRouteExtensions } from "./check-route-extensions.ts";
import { INLINE } from "./lift-route-tables.ts";
import type { Resource } from "./resource.ts";

export function checkRouteTables(resources: readonly Resource[], context: CompileContext, sources: BodySources = NO_SOURCES): void {
  const { diagnostics } = context;
  const clusters = new Set(resources.filter((resource) => resource.type === "cluster").map((resource) => resource.name));
  for (const resource of resources) {
    if (resource.type !== "route") continue;
    const table = resource.message as RouteConfiguration;
    checkRouteExtensions(table, context);
    compileRouteTable(table, {
      diagnostics, sources, hasCluster: (name) => clusters.has(name), validateClusters: resource.name.startsWith(INLINE),
    });
  }
}

const MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

/** Tables that were not lifted out of their listener: those of API listeners, of default chains, of scopes, of a TypedStruct. */
export const ROUTE_CHECKS: readonly MessageCheck[] = [
  messageCheck(MANAGER, ({ route_config: own, scoped_routes: scoped }, { bootstrap, hasCluster, tables, diagnostics }) => {
    const context = { diagnostics, sources: NO_SOURCES, hasCluster, validateClusters: bootstrap !== undefined };
    if (own !== undefined && !tables.has(own)) compileRouteTable(own, context);
    for (const { route_configuration: table } of scoped?.scoped_route_configurations_list?.scoped_route_configurations ?? []) {
      if (table !== undefined && !tables.has(table)) compileRouteTable(table, context);
    }
  }),
];
