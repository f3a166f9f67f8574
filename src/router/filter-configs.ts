/** `typed_per_filter_config` of one level, by filter name; the FilterConfig wrapper is taken off. */
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { FilterConfig } from "../schema/generated/envoy/config/route/v3.ts";
import type { Any } from "../schema/generated/google/protobuf.ts";

export const honours = {
  "envoy.config.route.v3.FilterConfig": ["config", "disabled", "is_optional"],
} as const;

const WRAPPER = "type.googleapis.com/envoy.config.route.v3.FilterConfig";

/** What one level says about one filter. */
export interface FilterOverride {
  readonly config: Any | undefined;
  /** `undefined`: this level does not say. */
  readonly disabled: boolean | undefined;
}

export type FilterConfigs = ReadonlyMap<string, FilterOverride>;

export const NO_FILTER_CONFIGS: FilterConfigs = new Map();

function unwrapped(name: string, any: Any, diagnostics: Diagnostics): FilterOverride {
  if (any["@type"] !== WRAPPER) return { config: any, disabled: false };
  const { config, disabled } = any as unknown as FilterConfig;
  if (disabled === true) return { config: undefined, disabled: true };
  if (config === undefined) {
    diagnostics.report({ code: "LGT0569", at: any, message: `empty route/virtual host per filter configuration for ${name} filter` });
  }
  return { config: config?.["@type"] === undefined ? undefined : config, disabled: false };
}

/** Compiles the overrides of one level; naming a filter at all means that it is enabled there, unless `disabled` says otherwise. */
export function compileFilterConfigs(map: Readonly<Record<string, Any>> | undefined, diagnostics: Diagnostics): FilterConfigs {
  if (map === undefined) return NO_FILTER_CONFIGS;
  return new Map(Object.entries(map).map(([name, any]) => [name, unwrapped(name, any, diagnostics)]));
}

/** The configurations of a filter over several levels, least specific first. */
export function allConfigs(levels: readonly FilterConfigs[], filter: string): Any[] {
  return levels.map((level) => level.get(filter)?.config).filter((config) => config !== undefined);
}

/** The configuration of a filter of the most specific level that has one. */
export function lastConfig(levels: readonly FilterConfigs[], filter: string): Any | undefined {
  for (let i = levels.length - 1; i >= 0; i--) {
    const level = levels[i] as FilterConfigs;
    const config = level.size === 0 ? undefined : level.get(filter)?.config;
    if (config !== undefined) return config;
  }
  return undefined;
}

/** Whether the most specific level that says so disables the filter; `undefined` if none says. Levels: least specific first. */
export function isDisabled(levels: readonly FilterConfigs[], filter: string): boolean | undefined {
  for (let i = levels.length - 1; i >= 0; i--) {
    const disabled = levels[i]?.get(filter)?.disabled;
    if (disabled !== undefined) return disabled;
  }
  return undefined;
}
