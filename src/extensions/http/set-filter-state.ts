/** Puts values worked out of the request into its filter state. */
import { fromWire } from "../../base/wire-text.ts";
import { defineExtension } from "../../contract/extension.ts";
import type { Env } from "../../contract/env.ts";
import { Continue, type HttpFilter, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import type { FormatPlan } from "../../match/format/substitution-format.ts";
import { compileSubstitutionFormat } from "../../match/format/substitution-format.ts";
import type { FilterStateValue } from "../../schema/generated/envoy/extensions/filters/common/set_filter_state/v3.ts";
import type { Config } from "../../schema/generated/envoy/extensions/filters/http/set_filter_state/v3.ts";
import { FormatView } from "../../stream/format-view.ts";

const TYPE = "envoy.extensions.filters.http.set_filter_state.v3.Config";
const VALUE = "envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue";
/** Objects that are numbers: what is none is not set. */
const NUMBERS: ReadonlySet<string> = new Set(["envoy.ratelimit.hits_addend", "envoy.tcp_proxy.per_connection_idle_timeout_ms"]);

interface Setting {
  readonly key: string;
  readonly isNumber: boolean;
  readonly format: FormatPlan;
  readonly skipsEmpty: boolean;
}

interface Settings {
  readonly list: readonly Setting[];
  readonly clearsRoute: boolean;
}

function compileSetting(config: FilterStateValue, diagnostics: Diagnostics): Setting[] {
  const format = config.format_string === undefined ? undefined : compileSubstitutionFormat(config.format_string, diagnostics);
  const key = config.object_key ?? "";
  return format === undefined ? [] : [{ key, isNumber: NUMBERS.has(config.factory_key || key), format, skipsEmpty: config.skip_if_empty === true }];
}

function compileSettings(config: Config, diagnostics: Diagnostics): Settings {
  return { list: (config.on_request_headers ?? []).flatMap((value) => compileSetting(value, diagnostics)), clearsRoute: config.clear_route_cache === true };
}

class SetFilterStateFilter implements HttpFilter {
  private readonly own: Settings;
  private readonly env: Env;
  private readonly handle: StreamHandle;

  constructor(own: Settings, env: Env, handle: StreamHandle) {
    this.own = own;
    this.env = env;
    this.handle = handle;
  }

  decodeHeaders(): Verdict {
    this.apply(this.own);
    for (const settings of this.handle.routeConfigs() as readonly Settings[]) this.apply(settings);
    if (this.own.clearsRoute) this.handle.clearRouteCache();
    return Continue;
  }

  private apply({ list }: Settings): void {
    if (list.length === 0) return;
    const { info, requestHeaders } = this.handle;
    for (const { key, isNumber, format, skipsEmpty } of list) {
      const view = new FormatView({ info, requestHeaders, responseHeaders: null, responseTrailers: null }, this.env.machine, this.env.clock.now());
      const value = fromWire(format.format(view));
      if ((value === "" && skipsEmpty) || (isNumber && !/^\d+$/.test(value))) continue;
      (info.filterState ??= new Map()).set(key, value);
    }
  }
}

export const setFilterState = defineExtension<"envoy.filters.http", Config, Config>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.set_filter_state",
  config: TYPE,
  honours: { [TYPE]: ["on_request_headers", "clear_route_cache"], [VALUE]: ["object_key", "factory_key", "format_string", "read_only", "shared_with_upstream=NONE", "skip_if_empty"] },
  compile(config, { diagnostics }) {
    const own = compileSettings(config, diagnostics);
    return { open: (env) => (handle) => new SetFilterStateFilter(own, env, handle) };
  },
  routeType: TYPE,
  compileRoute: (config, { diagnostics }): Settings => compileSettings(config, diagnostics),
});
