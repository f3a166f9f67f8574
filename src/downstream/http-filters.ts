/** The HTTP filters of a manager: found, compiled, and in an order that makes sense. */
import type { CompileContext, Extension, Plan } from "../contract/extension.ts";
import { findExtension } from "../contract/find-extension.ts";
import type { HttpFilterFactory } from "../contract/http-filter.ts";
import type { HttpConnectionManager, HttpFilter } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";

export interface FilterPlan {
  readonly name: string;
  readonly plan: Plan<HttpFilterFactory>;
  readonly extension: Extension<"envoy.filters.http">;
  /** For per-route configurations, which were reported with their table and compile silently when first met. */
  readonly silent: CompileContext;
}

const SILENT = { report: (): void => undefined };

/** Compiles `http_filters` in order; a filter that cannot be had is reported and left out. */
export function compileHttpFilters(config: HttpConnectionManager, context: CompileContext): FilterPlan[] {
  const filters = config.http_filters ?? [];
  const found = filters.map((filter) => findFilter(filter, context));
  const plans: FilterPlan[] = [];
  found.forEach((extension, i) => {
    const filter = filters[i] as HttpFilter;
    if (extension === undefined || filter.disabled === true) return;
    plans.push({ name: filter.name ?? "", extension, silent: { ...context, diagnostics: SILENT }, plan: extension.compile(filter.typed_config as never, context) });
  });
  return plans;
}

function findFilter(filter: HttpFilter, context: CompileContext): Extension<"envoy.filters.http"> | undefined {
  if (filter.config_discovery === undefined) return findExtension("envoy.filters.http", filter, context);
  context.diagnostics.report({ code: "LGT0901", at: filter, key: "config_discovery", message: "filters whose configuration is discovered cannot be run yet" });
  return undefined;
}
