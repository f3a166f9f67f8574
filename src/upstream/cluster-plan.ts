/** Cluster compiled: options as plain values, endpoints as data, everything Envoy rejects reported (envoy-semantics 13.8). Pure. */
import { optionalMs } from "../base/duration.ts";
import { compileKeyFormat } from "../codec/http1-key-format.ts";
import { CLIENT_DEFAULTS, type Http1ClientOptions } from "../codec/http1-options.ts";
import { HTTP2_CLIENT_DEFAULTS, type Http2Options } from "../codec/http2-options.ts";
import { compileHttp2, compileKeepalive, honours as http2, type KeepalivePlan } from "../codec/http2-plan.ts";
import type { CompileContext, Plan, ResourceNeed } from "../contract/extension.ts";
import { findExtension } from "../contract/find-extension.ts";
import type { LoadBalancerFactory } from "../contract/load-balancer.ts";
import type { UpstreamTransport } from "../contract/transport-socket.ts";
import type { LookupFamily } from "../platform/dns.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { HttpProtocolOptions } from "../schema/generated/envoy/extensions/upstreams/http/v3.ts";
import { compileBalancing } from "./balancing.ts";
import { clusterPrefix } from "./cluster-stats.ts";
import { compileEndpoints, type Endpoints } from "./endpoints.ts";
import { compileOutliers, type OutlierPlan } from "./outlier-plan.ts";
import { compileNames, honours as nameHonours, type NamePlan } from "./peer-wishes.ts";

export const honours = {
  ...nameHonours,
  "envoy.config.cluster.v3.Cluster": [
    "upstream_http_protocol_options",
    "name", "alt_stat_name", "type=STATIC|STRICT_DNS|LOGICAL_DNS|EDS", "eds_cluster_config", "connect_timeout", "per_connection_buffer_limit_bytes",
    "load_assignment", "max_requests_per_connection", "circuit_breakers", "dns_refresh_rate", "dns_lookup_family",
    "dns_failure_refresh_rate", "respect_dns_ttl", "typed_extension_protocol_options", "wait_for_warm_on_init", "transport_socket", "common_http_protocol_options", "http_protocol_options",
    "http2_protocol_options", "protocol_selection",
  ],
  "envoy.config.cluster.v3.Cluster.EdsClusterConfig": ["eds_config", "service_name"],
  "envoy.config.cluster.v3.Cluster.RefreshRate": ["base_interval", "max_interval"],
  "envoy.config.cluster.v3.CircuitBreakers": ["thresholds", "per_host_thresholds"],
  "envoy.config.cluster.v3.CircuitBreakers.Thresholds": ["priority", "max_connections", "max_pending_requests", "max_requests", "max_retries", "retry_budget", "track_remaining"],
  "envoy.config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget": ["budget_percent", "min_retry_concurrency"],
  "envoy.type.v3.Percent": ["value"],
  "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": ["common_http_protocol_options", "explicit_http_config", "use_downstream_protocol_config", "upstream_http_protocol_options"],
  "envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig": ["http_protocol_options", "http2_protocol_options"],
  "envoy.extensions.upstreams.http.v3.HttpProtocolOptions.UseDownstreamHttpConfig": ["http_protocol_options", "http2_protocol_options"],
  ...http2,
} as const;

export interface DnsOptions {
  readonly refreshMs: number;
  readonly failureRefreshMs: number;
  readonly respectTtl: boolean;
  readonly family: LookupFamily;
}

/** Circuit breakers: the most of each at one time, in the whole process. */
export interface BreakerLimits {
  readonly connections: number;
  readonly pending: number;
  readonly requests: number;
  readonly retries: number;
  /** Of one host; Infinity: no limit. */
  readonly hostConnections: number;
  /** What is left of each is shown. */
  readonly trackRemaining: boolean;
  /** In place of `retries`: a percentage of the requests there are, but at least so many. */
  readonly retryBudget: { readonly percent: number; readonly least: number } | undefined;
}

/** What speaks HTTP/2 to this cluster, and how. */
export interface Http2Plan {
  /** `downstream`: those requests that came by it. */
  readonly use: "never" | "always" | "downstream";
  readonly options: Http2Options;
  readonly keepalive: KeepalivePlan | null;
}

export interface ClusterPlan {
  readonly name: string;
  readonly statName: string;
  /** `logical_dns`: one host, whose address is the first its name has at the moment a connection is made. */
  readonly discovery: "static" | "strict_dns" | "logical_dns" | "eds";
  readonly endpoints: Endpoints;
  readonly dns: DnsOptions;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly bufferLimit: number;
  readonly maxRequestsPerConnection: number;
  /** Of each exchange; 0 = no limit. */
  readonly maxStreamDurationMs: number;
  readonly limits: BreakerLimits;
  /** Of requests of routes with `priority: HIGH`. */
  readonly highLimits: BreakerLimits;
  readonly balancer: LoadBalancerFactory;
  readonly codec: Http1ClientOptions;
  /** Null: the bytes as they are. Undefined: it cannot be had, and nobody is dialed. */
  /** What requests say of names in TLS; null: nothing. */
  readonly names: NamePlan | null;
  readonly transport: Plan<UpstreamTransport> | null | undefined;
  readonly http2: Http2Plan;
  readonly outliers: OutlierPlan | undefined;
  /** It has active health checks. */
  readonly checked: boolean;
  readonly needs: readonly ResourceNeed[];
}

const HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

export function compileCluster(cluster: Cluster, context: CompileContext): ClusterPlan {
  const { diagnostics } = context;
  const name = cluster.name ?? "";
  const statName = cluster.alt_stat_name === undefined || cluster.alt_stat_name === "" ? name : cluster.alt_stat_name;
  const discovery = DISCOVERIES[cluster.type ?? ""] ?? "static";
  checkDiscovery(cluster, diagnostics);
  const socket = cluster.transport_socket;
  const transport = socket === undefined ? null : findExtension("envoy.transport_sockets.upstream", socket, context)?.compile(socket.typed_config as never, { ...context, statPrefix: clusterPrefix(statName) });
  const options = (cluster.typed_extension_protocol_options?.[HTTP_OPTIONS] ?? {}) as HttpProtocolOptions;
  const common = options.common_http_protocol_options ?? cluster.common_http_protocol_options ?? {};
  return {
    name, statName, discovery,
    endpoints: compileEndpoints(cluster.load_assignment, takesNames(cluster), diagnostics),
    dns: dnsOptions(cluster),
    connectTimeoutMs: (optionalMs(cluster.connect_timeout) ?? 5_000),
    idleTimeoutMs: (optionalMs(common.idle_timeout) ?? 3_600_000),
    bufferLimit: cluster.per_connection_buffer_limit_bytes ?? 1_048_576,
    maxRequestsPerConnection: common.max_requests_per_connection ?? cluster.max_requests_per_connection ?? 0,
    maxStreamDurationMs: optionalMs(common.max_stream_duration) ?? 0,
    limits: limitsOf(cluster, "DEFAULT"),
    highLimits: limitsOf(cluster, "HIGH"),
    balancer: compileBalancing(cluster, diagnostics),
    codec: codecOptions(options, cluster, diagnostics),
    transport,
    names: compileNames(options.upstream_http_protocol_options ?? cluster.upstream_http_protocol_options),
    http2: http2Plan(options, cluster),
    outliers: compileOutliers(cluster.outlier_detection),
    checked: (cluster.health_checks ?? []).length > 0,
    needs: discovery === "eds" ? [{ type: "endpoints", name: cluster.eds_cluster_config?.service_name || name }] : [],
  };
}

const DISCOVERIES: Readonly<Record<string, ClusterPlan["discovery"]>> = { STRICT_DNS: "strict_dns", LOGICAL_DNS: "logical_dns", EDS: "eds" };

/** Endpoints by name are an error for STATIC and EDS alone; the others resolve them, extensions whether or not that is done here. */
function takesNames(cluster: Cluster): boolean {
  return cluster.cluster_type !== undefined || cluster.type === "STRICT_DNS" || cluster.type === "LOGICAL_DNS";
}

function dnsOptions(cluster: Cluster): DnsOptions {
  const refreshMs = (optionalMs(cluster.dns_refresh_rate) ?? 5_000);
  return {
    refreshMs,
    failureRefreshMs: (optionalMs(cluster.dns_failure_refresh_rate?.base_interval) ?? refreshMs),
    respectTtl: cluster.respect_dns_ttl ?? false,
    family: cluster.dns_lookup_family ?? "AUTO",
  };
}

function limitsOf(cluster: Cluster, priority: "DEFAULT" | "HIGH"): BreakerLimits {
  const breakers = cluster.circuit_breakers;
  const thresholds = breakers?.thresholds?.find((t) => (t.priority ?? "DEFAULT") === priority) ?? {};
  const ofHost = breakers?.per_host_thresholds?.find((t) => (t.priority ?? "DEFAULT") === priority);
  const budget = thresholds.retry_budget;
  return {
    connections: thresholds.max_connections ?? 1024,
    pending: thresholds.max_pending_requests ?? 1024,
    requests: thresholds.max_requests ?? 1024,
    retries: thresholds.max_retries ?? 3,
    hostConnections: ofHost?.max_connections ?? Infinity,
    trackRemaining: thresholds.track_remaining ?? false,
    retryBudget: budget && { percent: budget.budget_percent?.value ?? (budget.budget_percent === undefined ? 20 : 0), least: budget.min_retry_concurrency ?? 3 },
  };
}

function codecOptions(options: HttpProtocolOptions, cluster: Cluster, diagnostics: CompileContext["diagnostics"]): Http1ClientOptions {
  const http1 = options.explicit_http_config?.http_protocol_options ?? options.use_downstream_protocol_config?.http_protocol_options ?? cluster.http_protocol_options ?? {};
  const common = options.common_http_protocol_options ?? cluster.common_http_protocol_options ?? {};
  return {
    ...CLIENT_DEFAULTS,
    enableTrailers: http1.enable_trailers ?? false,
    allowChunkedLength: http1.allow_chunked_length ?? false,
    absolute: http1.send_fully_qualified_url ?? false,
    ...compileKeyFormat(http1.header_key_format, diagnostics),
    maxHeadersBytes: common.max_response_headers_kb === undefined ? CLIENT_DEFAULTS.maxHeadersBytes : common.max_response_headers_kb * 1024,
    maxHeadersCount: common.max_headers_count ?? CLIENT_DEFAULTS.maxHeadersCount,
  };
}

/** The extension's options, or (without it) the deprecated ones of the cluster. */
function http2Plan(options: HttpProtocolOptions, cluster: Cluster): Http2Plan {
  const { explicit_http_config: explicit, use_downstream_protocol_config: downstream, common_http_protocol_options: own } = options;
  const extended = explicit !== undefined || downstream !== undefined;
  const config = extended ? (explicit?.http2_protocol_options ?? downstream?.http2_protocol_options) : cluster.http2_protocol_options;
  const follows = extended ? downstream !== undefined : cluster.protocol_selection === "USE_DOWNSTREAM_PROTOCOL";
  const common = own ?? cluster.common_http_protocol_options ?? {};
  return {
    use: follows ? "downstream" : config === undefined ? "never" : "always",
    options: compileHttp2(config ?? {}, {
      ...HTTP2_CLIENT_DEFAULTS,
      maxHeadersBytes: common.max_response_headers_kb === undefined ? HTTP2_CLIENT_DEFAULTS.maxHeadersBytes : common.max_response_headers_kb * 1024,
      maxHeadersCount: common.max_headers_count ?? HTTP2_CLIENT_DEFAULTS.maxHeadersCount,
      sendLimit: cluster.per_connection_buffer_limit_bytes ?? HTTP2_CLIENT_DEFAULTS.sendLimit,
    }),
    keepalive: compileKeepalive(config?.connection_keepalive),
  };
}

function checkDiscovery(cluster: Cluster, diagnostics: CompileContext["diagnostics"]): void {
  if (cluster.type === "EDS" && cluster.eds_cluster_config === undefined) {
    diagnostics.report({ code: "LGT0704", at: cluster, key: "type", message: "an EDS cluster needs eds_cluster_config" });
  }
  if (cluster.type !== "EDS" && cluster.eds_cluster_config !== undefined) {
    diagnostics.report({ code: "LGT0703", at: cluster, key: "eds_cluster_config", message: "eds_cluster_config is set in a cluster that is not of type EDS" });
  }
}
