/** Puts values worked out of an accepted connection into its filter state. */
import { defineExtension } from "../../contract/extension.ts";
import { Done } from "../../contract/listener-filter.ts";
import { connectionView } from "../../downstream/connection-subject.ts";
import type { Config } from "../../schema/generated/envoy/extensions/filters/listener/set_filter_state/v3.ts";
import { applyStateSettings, compileStateSettings, honours } from "../../stream/state-settings.ts";

const CONFIG = "envoy.extensions.filters.listener.set_filter_state.v3.Config";

export const listenerSetFilterState = defineExtension<"envoy.filters.listener", Config>({
  category: "envoy.filters.listener",
  name: "envoy.filters.listener.set_filter_state",
  config: CONFIG,
  honours: { [CONFIG]: ["on_accept"], ...honours },
  compile(config, { diagnostics }) {
    const settings = compileStateSettings(config.on_accept, diagnostics);
    return {
      open: (env) => () => ({
        onAccept({ info }) {
          applyStateSettings(settings, info, () => connectionView(info, env));
          return Done;
        },
      }),
    };
  },
});
