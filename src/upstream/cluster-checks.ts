/** What Envoy rejects about a cluster besides its endpoints (envoy-semantics 13.8). */
import { type MessageCheck, type Refuse, refusals } from "../contract/message-check.ts";
import { extensionByName, extensionByType } from "../schema/extensions.ts";
import type { CircuitBreakers_Thresholds, Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { HttpProtocolOptions } from "../schema/generated/envoy/extensions/upstreams/http/v3.ts";
import { typeOf } from "../schema/table.ts";

const HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
const FORWARD_PROXY = "envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig";
const REDIS = "envoy.extensions.clusters.redis.v3.RedisClusterConfig";
const ALPN_SOCKETS = ["tls.v3.UpstreamTlsContext", "quic.v3.QuicUpstreamTransport", "starttls.v3.UpstreamStartTlsConfig"];

/** Categories of what protocol options may be for; each is looked up by name. */
const OPTION_CATEGORIES = ["envoy.filters.network", "envoy.filters.http", "envoy.upstream_options"];

function httpOptions(cluster: Cluster): HttpProtocolOptions | undefined {
  return cluster.typed_extension_protocol_options?.[HTTP_OPTIONS] as HttpProtocolOptions | undefined;
}

function checkOptions(cluster: Cluster, refuse: Refuse): void {
  const options = cluster.typed_extension_protocol_options ?? {};
  for (const name of Object.keys(options)) {
    if (!OPTION_CATEGORIES.some((category) => extensionByName(category, name) !== undefined)) refuse(options, name, `Envoy has no extension named '${name}' that takes protocol options`);
  }
  const http = httpOptions(cluster);
  const most = http === undefined ? cluster.common_http_protocol_options : http.common_http_protocol_options;
  if (cluster.max_requests_per_connection !== undefined && most?.max_requests_per_connection !== undefined) {
    refuse(cluster, "max_requests_per_connection", "only one max_requests_per_connection can be specified, the cluster's or that of its protocol options");
  }
  if (http === undefined && (cluster.protocol_selection ?? "USE_CONFIGURED_PROTOCOL") === "USE_CONFIGURED_PROTOCOL" && cluster.http_protocol_options !== undefined && cluster.http2_protocol_options !== undefined) {
    refuse(cluster, "http2_protocol_options", "options of HTTP/1 and of HTTP/2 can both be set only with another protocol_selection");
  }
}

/** HTTP/3 and ALPN need a transport socket that can do them. */
function checkSocket(cluster: Cluster, refuse: Refuse): void {
  const http = httpOptions(cluster);
  const socket = cluster.transport_socket?.typed_config?.["@type"] ?? "";
  const http3 = http?.explicit_http_config?.http3_protocol_options !== undefined || http?.use_downstream_protocol_config?.http3_protocol_options !== undefined || http?.auto_config?.http3_protocol_options !== undefined;
  const quic = socket.endsWith("quic.v3.QuicUpstreamTransport") || socket.includes("http_11_proxy");
  if (http3 && !quic) refuse(cluster, "transport_socket", "HTTP/3 needs the transport socket QuicUpstreamTransport");
  if (http?.auto_config !== undefined && !ALPN_SOCKETS.some((end) => socket.endsWith(end)) && !/proxy_protocol|http_11_proxy|tap|internal_upstream|alts/.test(socket)) {
    refuse(http, "auto_config", "auto_config needs a transport socket that negotiates the protocol, such as UpstreamTlsContext");
  }
}

/** Whether its hosts can be spoken to in HTTP/2. */
function speaksHttp2(cluster: Cluster): boolean {
  const http = httpOptions(cluster);
  if (http === undefined) return cluster.http2_protocol_options !== undefined;
  return http.auto_config !== undefined || http.explicit_http_config?.http2_protocol_options !== undefined || http.use_downstream_protocol_config?.http2_protocol_options !== undefined;
}

function checkGrpcCheck(cluster: Cluster, refuse: Refuse): void {
  const check = cluster.health_checks?.[0];
  if (check?.grpc_health_check !== undefined && !speaksHttp2(cluster)) refuse(check, "grpc_health_check", "a gRPC health check needs a cluster with HTTP/2 (http2_protocol_options)");
}

function checkThresholds(cluster: Cluster, refuse: Refuse): void {
  const unfit: readonly (keyof CircuitBreakers_Thresholds)[] = ["max_pending_requests", "max_requests", "max_retries", "max_connection_pools", "retry_budget"];
  for (const threshold of cluster.circuit_breakers?.per_host_thresholds ?? []) {
    for (const key of unfit) if (threshold[key] !== undefined) refuse(threshold, key, `${key} is not supported in per_host_thresholds`);
  }
}

function checkForwardProxy(cluster: Cluster, refuse: Refuse): void {
  const config = cluster.cluster_type?.typed_config as { "@type"?: string; allow_insecure_cluster_options?: boolean; sub_clusters_config?: { lb_policy?: string } } | undefined;
  if (config === undefined || typeOf(config["@type"] ?? "") !== FORWARD_PROXY) return;
  if (config.sub_clusters_config?.lb_policy === "CLUSTER_PROVIDED") refuse(config.sub_clusters_config, "lb_policy", "CLUSTER_PROVIDED is not supported in sub_clusters_config");
  if (config.allow_insecure_cluster_options === true) return;
  const http = httpOptions(cluster);
  const options = http === undefined ? cluster.upstream_http_protocol_options : http.upstream_http_protocol_options;
  if (options !== undefined && (options.auto_sni !== true || options.auto_san_validation !== true)) {
    refuse(options, undefined, "a dynamic_forward_proxy cluster must have auto_sni and auto_san_validation true, unless allow_insecure_cluster_options is set");
  }
}

function checkLists(cluster: Cluster, refuse: Refuse): void {
  if ((cluster.health_checks ?? []).length > 1) refuse(cluster, "health_checks", "several health checks are not supported");
  const drops = cluster.load_assignment?.policy?.drop_overloads ?? [];
  if (drops.length > 1) refuse(cluster.load_assignment?.policy as object, "drop_overloads", "drop_overloads may have one category only");
  for (const { drop_percentage: share } of drops) {
    const whole = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 }[share?.denominator ?? "HUNDRED"] ?? 100;
    if ((share?.numerator ?? 0) > whole) refuse(share as object, "numerator", "a share above 1 cannot be dropped");
  }
}

/** Clusters of other kinds are found by the type of their configuration, or by name where they have none. */
function checkKind(cluster: Cluster, refuse: Refuse): void {
  const kind = cluster.cluster_type;
  if (kind === undefined) return;
  const type = typeOf(kind.typed_config?.["@type"] ?? "");
  if (type === undefined || type === "google.protobuf.Struct") {
    if (extensionByName("envoy.clusters", kind.name ?? "") === undefined) refuse(kind, "name", `Envoy has no kind of cluster named '${kind.name ?? ""}'`);
  } else if (extensionByType("envoy.clusters", type) === undefined) refuse(kind, "typed_config", `${type} is not the configuration of a kind of cluster`);
  else if (type === REDIS && kind.name !== "envoy.clusters.redis") refuse(kind, "name", "a Redis cluster must be named envoy.clusters.redis here");
}

export const CLUSTER_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0707", "envoy.config.cluster.v3.Cluster", (cluster, refuse) => {
    for (const check of [checkOptions, checkSocket, checkGrpcCheck, checkThresholds, checkForwardProxy, checkLists, checkKind]) check(cluster, refuse);
  }),
];
