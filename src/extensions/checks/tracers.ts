/** Tracers: where they send their spans. */
import { type MessageCheck, refusals } from "../../contract/message-check.ts";

export const TRACERS_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.config.trace.v3.OpenTelemetryConfig", (config, refuse) => {
    const exporters = [config.grpc_service, config.http_service, config.exporter].filter((one) => one !== undefined).length;
    if (exporters > 1) refuse(config, undefined, "only one of grpc_service, http_service and exporter can be set");
  }),
  refusals("LGT0406", "envoy.config.trace.v3.ZipkinConfig", (config, refuse) => {
    if (config.collector_service !== undefined) return;
    if ((config.collector_cluster ?? "") === "" || (config.collector_endpoint ?? "") === "") refuse(config, undefined, "collector_cluster and collector_endpoint must be set where there is no collector_service");
  }),
];
