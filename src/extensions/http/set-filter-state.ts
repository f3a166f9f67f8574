/** Puts values worked out of the request into its filter state. */
import { defineExtension } from "../../contract/extension.ts";
import type { Env } from "../../contract/env.ts";
import { Continue, type HttpFilter, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import type { Config } from "../../schema/generated/envoy/extensions/filters/http/set_filter_state/v3.ts";
import { FormatView } from "../../stream/format-view.ts";
import { applyStateSettings, compileStateSettings, honours, type StateSetting } from "../../stream/state-settings.ts";

const TYPE = "envoy.extensions.filters.http.set_filter_state.v3.Config";
interface Settings {
  readonly list: readonly StateSetting[];
  readonly clearsRoute: boolean;
}

function compileSettings(config: Config, diagnostics: Diagnostics): Settings {
  return { list: compileStateSettings(config.on_request_headers, diagnostics), clearsRoute: config.clear_route_cache === true };
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
    applyStateSettings(list, info, () => new FormatView({ info, requestHeaders, responseHeaders: null, responseTrailers: null }, this.env.machine, this.env.clock.now()));
  }
}

export const setFilterState = defineExtension<"envoy.filters.http", Config, Config>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.set_filter_state",
  config: TYPE,
  offline: true,
  honours: { [TYPE]: ["on_request_headers", "clear_route_cache"], ...honours },
  compile(config, { diagnostics }) {
    const own = compileSettings(config, diagnostics);
    return { open: (env) => (handle) => new SetFilterStateFilter(own, env, handle) };
  },
  routeType: TYPE,
  compileRoute: (config, { diagnostics }): Settings => compileSettings(config, diagnostics),
});
