/** Puts values worked out of a connection into its filter state. */
import { defineExtension } from "../../contract/extension.ts";
import { type NetworkVerdict, Pass, PassForGood } from "../../contract/network-filter.ts";
import { connectionView } from "../../downstream/connection-subject.ts";
import type { Config } from "../../schema/generated/envoy/extensions/filters/network/set_filter_state/v3.ts";
import { applyStateSettings, compileStateSettings, honours, type StateSetting } from "../../stream/state-settings.ts";

const CONFIG = "envoy.extensions.filters.network.set_filter_state.v3.Config";

export const networkSetFilterState = defineExtension<"envoy.filters.network", Config>({
  category: "envoy.filters.network",
  name: "envoy.filters.network.set_filter_state",
  config: CONFIG,
  honours: { [CONFIG]: ["on_new_connection", "on_downstream_tls_handshake", "on_downstream_data"], ...honours },
  compile(config, { diagnostics }) {
    const atOnce = compileStateSettings(config.on_new_connection, diagnostics);
    const secured = compileStateSettings(config.on_downstream_tls_handshake, diagnostics);
    const withData = compileStateSettings(config.on_downstream_data, diagnostics);
    return {
      open: (env) => ({
        kind: "filter",
        create({ info }) {
          const apply = (settings: readonly StateSetting[]): void => applyStateSettings(settings, info, () => connectionView(info, env));
          const onData = (): NetworkVerdict => (apply(withData), PassForGood);
          return {
            onNewConnection: () => (apply(atOnce), withData.length === 0 ? PassForGood : Pass),
            ...(secured.length === 0 ? {} : { onSecured: () => apply(secured) }),
            ...(withData.length === 0 ? {} : { onData }),
          };
        },
      }),
    };
  },
});
