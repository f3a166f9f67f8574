/** External processing. */
import { type MessageCheck, refusals } from "../../contract/message-check.ts";

export const HTTP_EXT_PROC_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor", (config, refuse) => {
    if ((config.grpc_service === undefined) === (config.http_service === undefined)) refuse(config, undefined, "exactly one of grpc_service and http_service must be set");
    if (config.disable_clear_route_cache === true && (config.route_cache_action ?? "DEFAULT") !== "DEFAULT") refuse(config, "route_cache_action", "disable_clear_route_cache and route_cache_action cannot both be set");
    const mode = config.processing_mode ?? {};
    for (const side of ["request", "response"] as const) {
      const [body, trailers] = [mode[`${side}_body_mode`] ?? "NONE", mode[`${side}_trailer_mode`] ?? "DEFAULT"];
      if (body === "FULL_DUPLEX_STREAMED" && trailers !== "SEND") refuse(mode, `${side}_body_mode`, `FULL_DUPLEX_STREAMED needs ${side}_trailer_mode SEND`);
      if (config.http_service !== undefined && (body !== "NONE" || trailers === "SEND")) refuse(mode, `${side}_body_mode`, "with http_service neither body nor trailers can be sent");
    }
  }),
];
