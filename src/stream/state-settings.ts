/** Values worked out of a stream or a connection that filters put into its filter state (envoy.extensions.filters.common.set_filter_state). */
import { fromWire } from "../base/wire-text.ts";
import type { StreamInfo } from "../contract/stream-info.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { FormatContext } from "../match/format/format-context.ts";
import { compileSubstitutionFormat, type FormatPlan } from "../match/format/substitution-format.ts";
import type { FilterStateValue } from "../schema/generated/envoy/extensions/filters/common/set_filter_state/v3.ts";

export const honours = {
  "envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue": ["object_key", "factory_key", "format_string", "read_only", "shared_with_upstream=NONE", "skip_if_empty"],
} as const;

/** Objects that are numbers: what is none is not set. */
const NUMBERS: ReadonlySet<string> = new Set(["envoy.ratelimit.hits_addend", "envoy.tcp_proxy.per_connection_idle_timeout_ms"]);

export interface StateSetting {
  readonly key: string;
  readonly isNumber: boolean;
  readonly format: FormatPlan;
  readonly skipsEmpty: boolean;
}

/** One whose format is wrong is reported and left out. */
export function compileStateSettings(values: readonly FilterStateValue[] | undefined, diagnostics: Diagnostics): StateSetting[] {
  return (values ?? []).flatMap((config) => {
    const format = config.format_string === undefined ? undefined : compileSubstitutionFormat(config.format_string, diagnostics);
    const key = config.object_key ?? "";
    return format === undefined ? [] : [{ key, isNumber: NUMBERS.has(config.factory_key || key), format, skipsEmpty: config.skip_if_empty === true }];
  });
}

/** `view` is asked afresh for each value, so that one may use another. */
export function applyStateSettings(settings: readonly StateSetting[], info: StreamInfo, view: () => FormatContext): void {
  for (const { key, isNumber, format, skipsEmpty } of settings) {
    const value = fromWire(format.format(view()));
    if ((value === "" && skipsEmpty) || (isNumber && !/^\d+$/.test(value))) continue;
    (info.filterState ??= new Map()).set(key, value);
  }
}
