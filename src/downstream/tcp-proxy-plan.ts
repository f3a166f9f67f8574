/** TcpProxy compiled: every option as a plain value. Pure. What Envoy rejects about it is in extensions/checks/network-tcp-proxy.ts. */
import { optionalMs } from "../base/duration.ts";
import type { AccessLogger } from "../contract/access-logger.ts";
import type { MetadataCriteria } from "../contract/load-balancer.ts";
import type { Metadata } from "../schema/generated/envoy/config/core/v3.ts";
import { criteriaOf as sortedCriteria } from "../upstream/subset-criteria.ts";
import type { CompileContext, Plan } from "../contract/extension.ts";
import type { TcpProxy } from "../schema/generated/envoy/extensions/filters/network/tcp_proxy/v3.ts";
import { compileAccessLogs } from "./access-logs.ts";
import { compileTunnel, honours as tunnel, type TunnelPlan } from "./tcp-tunnel-plan.ts";

const PACKAGE = "envoy.extensions.filters.network.tcp_proxy.v3";

export const honours = {
  [`${PACKAGE}.TcpProxy`]: [
    "stat_prefix", "cluster", "weighted_clusters", "metadata_match", "idle_timeout", "access_log", "max_connect_attempts", "backoff_options", "hash_policy",
    "max_downstream_connection_duration", "max_downstream_connection_duration_jitter_percentage", "access_log_flush_interval", "flush_access_log_on_connected",
    "access_log_options", "upstream_connect_mode", "max_early_data_bytes", "check_drain_close", "tunneling_config",
  ],
  [`${PACKAGE}.TcpProxy.WeightedCluster`]: ["clusters"],
  [`${PACKAGE}.TcpProxy.WeightedCluster.ClusterWeight`]: ["name", "weight", "metadata_match"],
  [`${PACKAGE}.TcpProxy.TcpAccessLogOptions`]: ["access_log_flush_interval", "flush_access_log_on_connected", "flush_access_log_on_start"],
  "envoy.config.core.v3.Metadata": ["filter_metadata"],
  "envoy.config.core.v3.BackoffStrategy": ["base_interval", "max_interval"],
  "envoy.type.v3.HashPolicy": ["source_ip", "filter_state"],
  "envoy.type.v3.HashPolicy.SourceIp": [],
  "envoy.type.v3.HashPolicy.FilterState": ["key"],
  "envoy.type.v3.Percent": ["value"],
  ...tunnel,
} as const;

/** A cluster by its share of the weights before it and its own. */
export interface WeightedCluster {
  readonly name: string;
  readonly upTo: number;
  /** What its hosts must have under `envoy.lb`; null: it does not matter. */
  readonly criteria: MetadataCriteria | null;
}

export interface TcpProxyPlan {
  readonly statPrefix: string;
  /** One, or several by weight. */
  readonly clusters: readonly WeightedCluster[];
  /** Of a cluster that another filter chose. */
  readonly criteria: MetadataCriteria | null;
  /** Whether another filter may have chosen the cluster by filter state. */
  readonly byFilterState: boolean;
  /** What a ring or a table is asked with: the client's address, or the filter state of this name. */
  readonly hash: "source_ip" | { readonly filterState: string } | null;
  /** Milliseconds; 0 = never. */
  readonly idleMs: number;
  readonly maxDurationMs: number;
  /** Of `maxDurationMs`, added at random. */
  readonly jitterPercent: number;
  readonly maxConnectAttempts: number;
  /** Milliseconds; null: at once. */
  readonly backOff: { readonly base: number; readonly max: number } | null;
  /** The upstream is dialed when the first bytes are there. */
  readonly waitsForData: boolean;
  /** ... or when the client's TLS handshake is done. */
  readonly waitsForTls: boolean;
  /** Bytes that are read before the upstream is connected; null: none. */
  readonly earlyBytes: number | null;
  readonly closesInDrain: boolean;
  /** The bytes go through HTTP. */
  readonly tunnel: TunnelPlan | null;
  readonly loggers: readonly Plan<AccessLogger>[];
  readonly logAtStart: boolean;
  readonly logAtConnect: boolean;
  /** ms; 0 = never. */
  readonly logIntervalMs: number;
}

export function compileTcpProxy(config: TcpProxy, context: CompileContext): TcpProxyPlan {
  const log = config.access_log_options;
  const one = config.cluster ?? "";
  return {
    statPrefix: config.stat_prefix ?? "",
    clusters: one !== "" ? [{ name: one, upTo: 1, criteria: criteriaOf(config.metadata_match) }] : weighted(config),
    criteria: criteriaOf(config.metadata_match),
    byFilterState: one !== "" || config.weighted_clusters === undefined,
    hash: hashOf(config),
    idleMs: optionalMs(config.idle_timeout) ?? 3_600_000,
    maxDurationMs: optionalMs(config.max_downstream_connection_duration) ?? 0,
    jitterPercent: config.max_downstream_connection_duration_jitter_percentage?.value ?? 0,
    maxConnectAttempts: config.max_connect_attempts ?? 1,
    backOff: backOffOf(config),
    waitsForData: config.upstream_connect_mode === "ON_DOWNSTREAM_DATA",
    waitsForTls: config.upstream_connect_mode === "ON_DOWNSTREAM_TLS_HANDSHAKE",
    earlyBytes: config.max_early_data_bytes ?? null,
    closesInDrain: config.check_drain_close === true,
    tunnel: compileTunnel(config.tunneling_config, context),
    loggers: compileAccessLogs(config.access_log ?? [], context),
    logAtStart: log?.flush_access_log_on_start ?? false,
    logAtConnect: log?.flush_access_log_on_connected ?? config.flush_access_log_on_connected ?? false,
    logIntervalMs: optionalMs(log?.access_log_flush_interval ?? config.access_log_flush_interval) ?? 0,
  };
}

function weighted({ weighted_clusters: config, metadata_match: common }: TcpProxy): WeightedCluster[] {
  let sum = 0;
  return (config?.clusters ?? []).map(({ name = "", weight = 0, metadata_match: own }) => ({ name, upTo: (sum += weight), criteria: criteriaOf(common, own) }));
}

/** The struct under `envoy.lb`; what a member of a weighted choice says wins. */
function criteriaOf(...metadata: readonly (Metadata | undefined)[]): MetadataCriteria | null {
  const structs = metadata.flatMap((one) => (one?.filter_metadata?.["envoy.lb"] as Readonly<Record<string, unknown>> | undefined) ?? []);
  return structs.length === 0 ? null : sortedCriteria(Object.assign({}, ...structs) as Readonly<Record<string, unknown>>);
}

function hashOf({ hash_policy: [policy] = [] }: TcpProxy): TcpProxyPlan["hash"] {
  if (policy?.filter_state !== undefined) return { filterState: policy.filter_state.key ?? "" };
  return policy?.source_ip === undefined ? null : "source_ip";
}

function backOffOf({ backoff_options: options }: TcpProxy): TcpProxyPlan["backOff"] {
  if (options === undefined) return null;
  const base = optionalMs(options.base_interval) ?? 0;
  return { base, max: optionalMs(options.max_interval) ?? base * 10 };
}
