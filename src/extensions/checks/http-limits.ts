/** Filters that limit bandwidth and rates. */
import { optionalMs } from "../../base/duration.ts";
import { type MessageCheck, type Refuse, refusals } from "../../contract/message-check.ts";
import type { LocalRateLimit } from "../../schema/generated/envoy/extensions/filters/http/local_ratelimit/v3.ts";
import type { Any } from "../../schema/generated/google/protobuf.ts";

const BANDWIDTH = "envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit";
const LOCAL = "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit";

/** Whose configuration of a route must say something. */
const RULED = ["envoy.extensions.filters.http.header_to_metadata.v3.Config", "envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata"];

function hasRules(config: object): boolean {
  const { request_rules: request, response_rules: response } = config as { readonly request_rules?: unknown; readonly response_rules?: unknown };
  return [request, response].some((rules) => (Array.isArray(rules) ? rules : ((rules as { readonly rules?: readonly unknown[] } | undefined)?.rules ?? [])).length > 0);
}

function checkDescriptors(config: LocalRateLimit, refuse: Refuse): void {
  const seen = new Set<string>();
  for (const descriptor of config.descriptors ?? []) {
    const bucket = descriptor.token_bucket;
    if ((bucket?.max_tokens ?? 0) !== 0 && (optionalMs(bucket?.fill_interval) ?? 0) < 50) refuse(bucket as object, "fill_interval", "fill_interval of a descriptor must be at least 50 ms");
    const key = JSON.stringify((descriptor.entries ?? []).map(({ key, value }) => [key, value]));
    if (seen.has(key)) refuse(descriptor, "entries", "the descriptor stands twice");
    seen.add(key);
  }
}

/** Rate limits within the filter are narrower than those of routes. */
function checkRateLimits(config: LocalRateLimit, refuse: Refuse): void {
  for (const limit of config.rate_limits ?? []) {
    for (const key of ["stage", "disable_key", "limit"] as const) if (limit[key] !== undefined && limit[key] !== "") refuse(limit, key, `${key} is not supported here`);
    const hits = limit.hits_addend;
    if (hits !== undefined && ((hits.format ?? "") === "") === (hits.number === undefined)) refuse(limit, "hits_addend", "exactly one of format and number must be set");
  }
}

/** What routes, hosts and tables say about filters. */
function perRoute(type: "envoy.config.route.v3.Route" | "envoy.config.route.v3.VirtualHost" | "envoy.config.route.v3.RouteConfiguration"): MessageCheck {
  return refusals("LGT0406", type, (level, refuse) => {
    const configs: Readonly<Record<string, Any>> = level.typed_per_filter_config ?? {};
    for (const [name, config] of Object.entries(configs) as [string, Any & { limit_kbps?: unknown; token_bucket?: object }][]) {
      if (config["@type"]?.endsWith(`/${BANDWIDTH}`) === true && config.limit_kbps === undefined) refuse(configs, name, "limit_kbps must be set for a route");
      if (config["@type"]?.endsWith(`/${LOCAL}`) === true && config.token_bucket === undefined) refuse(configs, name, "token_bucket must be set for a route");
      if (RULED.some((type) => config["@type"]?.endsWith(`/${type}`) === true) && !hasRules(config)) refuse(configs, name, "a route's configuration needs request_rules or response_rules");
    }
  });
}

export const HTTP_LIMITS_CHECKS: readonly MessageCheck[] = [
  perRoute("envoy.config.route.v3.Route"),
  perRoute("envoy.config.route.v3.VirtualHost"),
  perRoute("envoy.config.route.v3.RouteConfiguration"),
  refusals("LGT0406", LOCAL, (config, refuse, { bootstrap }) => {
    const interval = optionalMs(config.token_bucket?.fill_interval) ?? 0;
    checkDescriptors(config, refuse);
    checkRateLimits(config, refuse);
    if (interval > 0 && interval < 50 && (config.token_bucket?.max_tokens ?? 0) !== 0) refuse(config.token_bucket as object, "fill_interval", "fill_interval must be at least 50 ms");
    if (config.local_cluster_rate_limit === undefined) return;
    if (config.local_rate_limit_per_downstream_connection === true) {
      refuse(config, "local_cluster_rate_limit", "local_cluster_rate_limit cannot be combined with local_rate_limit_per_downstream_connection");
    }
    if (bootstrap !== undefined && (bootstrap.cluster_manager?.local_cluster_name ?? "") === "") refuse(config, "local_cluster_rate_limit", "local_cluster_rate_limit needs cluster_manager.local_cluster_name in the bootstrap");
  }),
];
