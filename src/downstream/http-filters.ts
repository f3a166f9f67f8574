/** The HTTP filters of a manager: found, compiled, and in an order that makes sense. */
import type { CompileContext, Extension, Plan } from "../contract/extension.ts";
import { findExtension } from "../contract/find-extension.ts";
import type { HttpFilterFactory } from "../contract/http-filter.ts";
import { typeOf } from "../schema/table.ts";
import type { HttpFilter } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";

export interface FilterPlan {
  readonly name: string;
  readonly plan: Plan<HttpFilterFactory>;
  readonly extension: Extension<"envoy.filters.http">;
  /** Off unless a route says otherwise. */
  readonly disabled: boolean;
  /** For per-route configurations, which were reported with their table and compile silently when first met. */
  readonly silent: CompileContext;
}

const SILENT = { report: (): void => undefined };

/** Compiles filters in order; one that cannot be had is reported and left out. */
export function compileHttpFilters(filters: readonly HttpFilter[], context: CompileContext): FilterPlan[] {
  const found = filters.map((filter) => findFilter(filter, context));
  const plans: FilterPlan[] = [];
  found.forEach((extension, i) => {
    const filter = filters[i] as HttpFilter;
    if (extension === undefined) return;
    plans.push({ name: filter.name ?? "", extension, disabled: filter.disabled === true, silent: { ...context, diagnostics: SILENT }, plan: extension.compile(filter.typed_config as never, context) });
  });
  return plans;
}

function findFilter(filter: HttpFilter, context: CompileContext): Extension<"envoy.filters.http"> | undefined {
  if (filter.config_discovery === undefined) {
    if (filter.is_optional === true && typeUnknown(filter)) return undefined;
    return findExtension("envoy.filters.http", filter, context);
  }
  context.diagnostics.report({ code: "LGT0901", at: filter, key: "config_discovery", message: "filters whose configuration is discovered cannot be run yet" });
  return undefined;
}

/** An optional filter of a type that nobody knows is left out, as in Envoy. */
function typeUnknown({ typed_config: config }: HttpFilter): boolean {
  const url = config?.["@type"] ?? "";
  return url !== "" && typeOf(url) === undefined;
}
