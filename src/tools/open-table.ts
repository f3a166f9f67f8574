import type { Diagnostics } from "../diagnostics/finding.ts";
import { NO_SOURCES } from "../router/direct-response.ts";
import { compileRouteTable, type RouteTable } from "../router/route-table.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";

const SILENT: Diagnostics = { report: () => undefined };

/** A table for questions: clusters need not exist, and unless `diagnostics` hears of it, what is wrong is left out silently. */
export function openTable(message: RouteConfiguration, diagnostics: Diagnostics = SILENT): RouteTable {
  return compileRouteTable(message, { diagnostics, sources: NO_SOURCES, hasCluster: undefined, validateClusters: false });
}
