/** Taps, of connections and of streams. */
import { type MessageCheck, refusals } from "../../contract/message-check.ts";

export const HTTP_TAP_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.config.tap.v3.TapConfig", (config, refuse) => {
    if (config.match === undefined && config.match_config === undefined) refuse(config, undefined, "neither match nor match_config is set");
  }),
  refusals("LGT0406", "envoy.extensions.common.tap.v3.CommonExtensionConfig", (config, refuse) => {
    const sink = config.static_config?.output_config?.sinks?.find((one) => one.streaming_admin !== undefined);
    if (sink !== undefined) refuse(sink, "streaming_admin", "streaming_admin needs admin_config instead of static_config");
  }),
];
