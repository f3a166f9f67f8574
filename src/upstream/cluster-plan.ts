/** Cluster compiled: options as plain values, endpoints as data, everything Envoy rejects reported (envoy-semantics 13.8). Pure. */
import { optionalMs } from "../base/duration.ts";
import { compileKeyFormat } from "../codec/http1-key-format.ts";
import { CLIENT_DEFAULTS, type Http1ClientOptions } from "../codec/http1-options.ts";
import { HTTP2_CLIENT_DEFAULTS, type Http2Options } from "../codec/http2-options.ts";
import { compileHttp2, compileKeepalive, honours as http2, type KeepalivePlan } from "../codec/http2-plan.ts";
import type { CompileContext, ResourceNeed } from "../contract/extension.ts";
import type { LoadBalancerFactory } from "../contract/load-balancer.ts";
import type { Cluster, UpstreamConnectionOptions_HappyEyeballsConfig } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { FamilyOrder } from "./address-order.ts";
import type { DialPlan } from "./host-dialer.ts";
import type { ClusterConfig as AggregateConfig } from "../schema/generated/envoy/extensions/clusters/aggregate/v3.ts";
import { typeOf } from "../schema/table.ts";
import { compileDestination, type DestinationPlan } from "./original-destination.ts";
import type { HttpProtocolOptions } from "../schema/generated/envoy/extensions/upstreams/http/v3.ts";
import { socketAddressOf } from "../contract/socket-address.ts";
import type { SocketAddress } from "../platform/address.ts";
import { compileBalancing } from "./balancing.ts";
import { clusterPrefix } from "./cluster-stats.ts";
import { compileDns, dnsClusterOf, type DnsPlan } from "./dns-plan.ts";
import { compileEndpoints, type Endpoints } from "./endpoints.ts";
import { compileOutliers, type OutlierPlan } from "./outlier-plan.ts";
import { compileTransports, honours as transportHonours, type TransportPlans } from "./transport-matches.ts";
import { compileNames, honours as nameHonours, type NamePlan } from "./peer-wishes.ts";

export const honours = {
  ...nameHonours,
  ...transportHonours,
  "envoy.config.cluster.v3.Cluster": [
    "upstream_http_protocol_options",
    "name", "alt_stat_name", "metadata", "type=STATIC|STRICT_DNS|LOGICAL_DNS|EDS|ORIGINAL_DST", "eds_cluster_config", "connect_timeout", "per_connection_buffer_limit_bytes",
    "load_assignment", "max_requests_per_connection", "circuit_breakers",
    "typed_extension_protocol_options", "wait_for_warm_on_init", ...transportHonours["envoy.config.cluster.v3.Cluster"], "common_http_protocol_options", "http_protocol_options",
    "http2_protocol_options", "protocol_selection", "close_connections_on_host_health_failure", "upstream_bind_config", "upstream_connection_options",
  ],
  "envoy.config.cluster.v3.Cluster.CommonLbConfig": ["close_connections_on_host_set_change"],
  "envoy.config.core.v3.BindConfig": ["source_address"],
  "envoy.config.cluster.v3.UpstreamConnectionOptions": ["tcp_keepalive", "happy_eyeballs_config"],
  "envoy.config.cluster.v3.UpstreamConnectionOptions.HappyEyeballsConfig": ["first_address_family_version=DEFAULT|V4|V6", "first_address_family_count"],
  "envoy.config.core.v3.TcpKeepalive": ["keepalive_time"],
  "envoy.config.cluster.v3.Cluster.EdsClusterConfig": ["eds_config", "service_name"],
  "envoy.config.cluster.v3.CircuitBreakers": ["thresholds", "per_host_thresholds"],
  "envoy.config.cluster.v3.CircuitBreakers.Thresholds": ["priority", "max_connections", "max_pending_requests", "max_requests", "max_retries", "retry_budget", "track_remaining"],
  "envoy.config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget": ["budget_percent", "min_retry_concurrency"],
  "envoy.type.v3.Percent": ["value"],
  "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": ["common_http_protocol_options", "explicit_http_config", "use_downstream_protocol_config", "upstream_http_protocol_options"],
  "envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig": ["http_protocol_options", "http2_protocol_options"],
  "envoy.extensions.upstreams.http.v3.HttpProtocolOptions.UseDownstreamHttpConfig": ["http_protocol_options", "http2_protocol_options"],
  "envoy.extensions.clusters.aggregate.v3.ClusterConfig": ["clusters"],
  ...http2,
} as const;

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
  /** Its `filter_metadata`. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
  /** `logical_dns`: one host, whose address is the first its name has at the moment a connection is made. */
  readonly discovery: "static" | "strict_dns" | "logical_dns" | "eds" | "original_dst" | "aggregate";
  /** Of `original_dst`. */
  readonly destination: DestinationPlan;
  /** Hosts that were made for requests go after so long without one, ms. */
  readonly cleanupMs: number;
  /** Of `aggregate`: the clusters it consists of. */
  readonly parts: readonly string[];
  /** Percent of the hosts that must be up, else all are taken. */
  readonly panicPercent: number;
  readonly endpoints: Endpoints;
  readonly dns: DnsPlan;
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
  /** What requests say of names in TLS; null: nothing. */
  readonly names: NamePlan | null;
  readonly transports: TransportPlans;
  readonly http2: Http2Plan;
  readonly outliers: OutlierPlan | undefined;
  /** TCP connections of a host that fails its checks are cut. */
  readonly closeOnFailure: boolean;
  /** Connections end when the hosts change. */
  readonly closeOnChange: boolean;
  /** Where connections come from; undefined: the system's choice. */
  readonly source: SocketAddress | undefined;
  /** Of connections to hosts, ms of silence before the first probe; 0: none. */
  readonly keepAliveMs: number;
  readonly familyOrder: FamilyOrder;
  /** It has active health checks. */
  readonly checked: boolean;
  readonly needs: readonly ResourceNeed[];
}

const HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

export function compileCluster(cluster: Cluster, context: CompileContext): ClusterPlan {
  const { diagnostics } = context;
  const name = cluster.name ?? "";
  const statName = cluster.alt_stat_name === undefined || cluster.alt_stat_name === "" ? name : cluster.alt_stat_name;
  const discovery = discoveryOf(cluster, diagnostics);
  checkDiscovery(cluster, diagnostics);
  const options = (cluster.typed_extension_protocol_options?.[HTTP_OPTIONS] ?? {}) as HttpProtocolOptions;
  const common = options.common_http_protocol_options ?? cluster.common_http_protocol_options ?? {};
  return {
    name, statName, discovery, metadata: cluster.metadata?.filter_metadata ?? null,
    endpoints: compileEndpoints(cluster.load_assignment, takesNames(cluster), diagnostics),
    dns: compileDns(cluster),
    connectTimeoutMs: (optionalMs(cluster.connect_timeout) ?? 5_000),
    idleTimeoutMs: (optionalMs(common.idle_timeout) ?? 3_600_000),
    bufferLimit: cluster.per_connection_buffer_limit_bytes ?? 1_048_576,
    maxRequestsPerConnection: common.max_requests_per_connection ?? cluster.max_requests_per_connection ?? 0,
    maxStreamDurationMs: optionalMs(common.max_stream_duration) ?? 0,
    limits: limitsOf(cluster, "DEFAULT"),
    highLimits: limitsOf(cluster, "HIGH"),
    balancer: compileBalancing(cluster, diagnostics),
    codec: codecOptions(options, cluster, diagnostics),
    transports: compileTransports(cluster, { ...context, statPrefix: clusterPrefix(statName) }),
    names: compileNames(options.upstream_http_protocol_options ?? cluster.upstream_http_protocol_options),
    http2: http2Plan(options, cluster),
    outliers: compileOutliers(cluster.outlier_detection),
    closeOnFailure: cluster.close_connections_on_host_health_failure ?? false,
    closeOnChange: cluster.common_lb_config?.close_connections_on_host_set_change ?? false,
    ...dialing(cluster),
    destination: compileDestination(cluster),
    cleanupMs: optionalMs(cluster.cleanup_interval) ?? 5_000,
    parts: aggregateOf(cluster)?.clusters ?? [],
    panicPercent: cluster.common_lb_config?.healthy_panic_threshold === undefined ? 50 : Math.round(cluster.common_lb_config.healthy_panic_threshold.value ?? 0),
    checked: (cluster.health_checks ?? []).length > 0,
    needs: discovery === "eds" ? [{ type: "endpoints", name: cluster.eds_cluster_config?.service_name || name }] : [],
  };
}

const DISCOVERIES: Readonly<Record<string, ClusterPlan["discovery"]>> = { STRICT_DNS: "strict_dns", LOGICAL_DNS: "logical_dns", EDS: "eds", ORIGINAL_DST: "original_dst" };

const AGGREGATE = "envoy.extensions.clusters.aggregate.v3.ClusterConfig";

function aggregateOf(cluster: Cluster): AggregateConfig | undefined {
  const config = cluster.cluster_type?.typed_config;
  return config !== undefined && typeOf(config["@type"] ?? "") === AGGREGATE ? (config as AggregateConfig) : undefined;
}

/** By `type`, or by the kind of cluster that stands in its place. */
function discoveryOf(cluster: Cluster, diagnostics: CompileContext["diagnostics"]): ClusterPlan["discovery"] {
  const kind = cluster.cluster_type;
  if (kind === undefined) return DISCOVERIES[cluster.type ?? ""] ?? "static";
  if (aggregateOf(cluster) !== undefined) return "aggregate";
  const dns = dnsClusterOf(cluster);
  if (dns !== undefined) return dns.all_addresses_in_single_endpoint === true ? "logical_dns" : "strict_dns";
  const name = kind.name ?? "";
  const plain = /^envoy\.cluster\.(static|strict_dns|logical_dns)$/.exec(name)?.[1];
  if (plain === undefined) diagnostics.report({ code: "LGT0901", at: kind, key: "name", message: `clusters of kind ${name} are known to Envoy and not done by legate yet` });
  return DISCOVERIES[(plain ?? "").toUpperCase()] ?? "static";
}

/** Endpoints by name are an error for STATIC and EDS alone; the others resolve them, extensions whether or not that is done here. */
function takesNames(cluster: Cluster): boolean {
  return cluster.cluster_type !== undefined || cluster.type === "STRICT_DNS" || cluster.type === "LOGICAL_DNS";
}

function dialing(cluster: Cluster): Pick<ClusterPlan, keyof DialPlan> {
  const bind = cluster.upstream_bind_config?.source_address;
  const keepAlive = cluster.upstream_connection_options?.tcp_keepalive;
  return {
    source: bind === undefined ? undefined : (socketAddressOf({ socket_address: bind }) ?? undefined),
    familyOrder: familyOrder(cluster.upstream_connection_options?.happy_eyeballs_config),
    keepAliveMs: keepAlive === undefined ? 0 : (keepAlive.keepalive_time ?? 7200) * 1000,
  };
}

function familyOrder(config: UpstreamConnectionOptions_HappyEyeballsConfig | undefined): FamilyOrder {
  const version = config?.first_address_family_version;
  return { first: version === "V4" || version === "V6" ? version : undefined, count: config?.first_address_family_count ?? 1 };
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
