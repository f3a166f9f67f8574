import { NO_SOURCES, type BodySources } from "../router/direct-response.ts";
import { compileRouteTable, type RouteTable } from "../router/route-table.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";

/** A table for questions: what is wrong with it is not reported again, and clusters need not exist. */
export function openTable(message: RouteConfiguration, sources: BodySources = NO_SOURCES): RouteTable {
  return compileRouteTable(message, { diagnostics: { report: () => undefined }, sources, hasCluster: undefined, validateClusters: false });
}
