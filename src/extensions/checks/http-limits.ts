/** Filters that limit bandwidth and rates. */
import { optionalMs } from "../../base/duration.ts";
import { type MessageCheck, refusals } from "../../contract/message-check.ts";
import type { Any } from "../../schema/generated/google/protobuf.ts";

const BANDWIDTH = "envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit";
const LOCAL = "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit";

/** What routes, hosts and tables say about filters. */
function perRoute(type: "envoy.config.route.v3.Route" | "envoy.config.route.v3.VirtualHost" | "envoy.config.route.v3.RouteConfiguration"): MessageCheck {
  return refusals("LGT0406", type, (level, refuse) => {
    const configs: Readonly<Record<string, Any>> = level.typed_per_filter_config ?? {};
    for (const [name, config] of Object.entries(configs) as [string, Any & { limit_kbps?: unknown; token_bucket?: object }][]) {
      if (config["@type"]?.endsWith(`/${BANDWIDTH}`) === true && config.limit_kbps === undefined) refuse(configs, name, "limit_kbps must be set for a route");
      if (config["@type"]?.endsWith(`/${LOCAL}`) === true && config.token_bucket === undefined) refuse(configs, name, "token_bucket must be set for a route");
    }
  });
}

export const HTTP_LIMITS_CHECKS: readonly MessageCheck[] = [
  perRoute("envoy.config.route.v3.Route"),
  perRoute("envoy.config.route.v3.VirtualHost"),
  perRoute("envoy.config.route.v3.RouteConfiguration"),
  refusals("LGT0406", LOCAL, (config, refuse, { bootstrap }) => {
    const interval = optionalMs(config.token_bucket?.fill_interval) ?? 0;
    if (interval > 0 && interval < 50 && config.token_bucket?.max_tokens !== 0) refuse(config.token_bucket as object, "fill_interval", "fill_interval must be at least 50 ms");
    if (config.local_cluster_rate_limit === undefined) return;
    if (config.local_rate_limit_per_downstream_connection === true) {
      refuse(config, "local_cluster_rate_limit", "local_cluster_rate_limit cannot be combined with local_rate_limit_per_downstream_connection");
    }
    if (bootstrap !== undefined && (bootstrap.cluster_manager?.local_cluster_name ?? "") === "") refuse(config, "local_cluster_rate_limit", "local_cluster_rate_limit needs cluster_manager.local_cluster_name in the bootstrap");
  }),
];
