/**
 * The numbers of a cluster under Envoy's names (docs: configuration/upstream/cluster_manager/cluster_stats). The lists are
 * the layout of the block that control allocates; the constants are places in it.
 */
import { placeIn, statLayout } from "../contract/stat-layout.ts";

const COUNTERS = [
  "assignment_stale", "assignment_timeout_received", "assignment_use_cached", "bind_errors", "default.total_match_count",
  "lb_healthy_panic", "lb_local_cluster_not_ok", "lb_recalculate_zone_structures", "lb_subsets_created",
  "lb_subsets_fallback", "lb_subsets_fallback_panic", "lb_subsets_removed", "lb_subsets_selected", "lb_zone_cluster_too_small",
  "lb_zone_no_capacity_left", "lb_zone_routing_all_directly", "lb_zone_routing_cross_zone", "lb_zone_routing_sampled",
  "membership_change", "original_dst_host_invalid", "retry_or_shadow_abandoned", "update_attempt", "update_empty", "update_failure",
  "update_no_rebuild", "update_success", "upstream_cx_close_notify", "upstream_cx_connect_attempts_exceeded", "upstream_cx_connect_fail",
  "upstream_cx_connect_timeout", "upstream_cx_connect_with_0_rtt", "upstream_cx_destroy", "upstream_cx_destroy_local",
  "upstream_cx_destroy_local_with_active_rq", "upstream_cx_destroy_remote", "upstream_cx_destroy_remote_with_active_rq",
  "upstream_cx_destroy_with_active_rq", "upstream_cx_http1_total", "upstream_cx_http2_total", "upstream_cx_http3_total",
  "upstream_cx_idle_timeout", "upstream_cx_max_duration_reached", "upstream_cx_max_requests", "upstream_cx_none_healthy",
  "upstream_cx_overflow", "upstream_cx_pool_overflow", "upstream_cx_preconnect_skipped", "upstream_cx_protocol_error",
  "upstream_cx_rx_bytes_total", "upstream_cx_total", "upstream_cx_tx_bytes_total", "upstream_flow_control_backed_up_total",
  "upstream_flow_control_drained_total", "upstream_flow_control_paused_reading_total", "upstream_flow_control_resumed_reading_total",
  "upstream_http3_broken", "upstream_internal_redirect_failed_total", "upstream_internal_redirect_succeeded_total",
  "upstream_queue_overloaded", "upstream_rq_0rtt", "upstream_rq_active_overflow", "upstream_rq_cancelled", "upstream_rq_completed",
  "upstream_rq_maintenance_mode", "upstream_rq_max_duration_reached", "upstream_rq_pending_failure_eject", "upstream_rq_pending_overflow",
  "upstream_rq_pending_total", "upstream_rq_per_try_idle_timeout", "upstream_rq_per_try_timeout", "upstream_rq_retry",
  "upstream_rq_retry_backoff_exponential", "upstream_rq_retry_backoff_ratelimited", "upstream_rq_retry_limit_exceeded",
  "upstream_rq_retry_overflow", "upstream_rq_retry_success", "upstream_rq_rx_reset", "upstream_rq_rx_reset_no_error", "upstream_rq_timeout",
  "upstream_rq_total", "upstream_rq_tx_reset",
] as const;

const GAUGES = [
  "circuit_breakers.default.cx_open", "circuit_breakers.default.cx_pool_open", "circuit_breakers.default.rq_open",
  "circuit_breakers.default.rq_pending_open", "circuit_breakers.default.rq_retry_open", "circuit_breakers.high.cx_open",
  "circuit_breakers.high.cx_pool_open", "circuit_breakers.high.rq_open", "circuit_breakers.high.rq_pending_open",
  "circuit_breakers.high.rq_retry_open", "lb_subsets_active", "max_host_weight", "membership_degraded", "membership_excluded",
  "membership_healthy", "membership_total", "upstream_cx_active", "upstream_cx_rx_bytes_buffered", "upstream_cx_tx_bytes_buffered",
  "upstream_rq_active", "upstream_rq_pending_active", "version", "warming_state",
] as const;

const HISTOGRAMS = ["upstream_cx_connect_ms", "upstream_cx_length_ms", "upstream_rq_per_cx"] as const;

/** What the HTTP/1 codec counts; there once the cluster has had an HTTP/1 connection. */
export const HTTP1_SHAPE = statLayout({
  counters: ["dropped_headers_with_underscores", "metadata_not_supported_error", "requests_rejected_with_underscores_in_headers", "response_flood"],
});

/** Limits that hold for the whole process (house: shared numbers); never printed. */
const LIMITS = [
  "limit.connections", "limit.pending", "limit.requests", "limit.retries", "limit.high.connections", "limit.high.pending", "limit.high.requests", "limit.high.retries",
] as const;

export const CLUSTER_SHAPE = statLayout({ counters: COUNTERS, gauges: GAUGES, histograms: HISTOGRAMS, limits: LIMITS });

type Name = (typeof COUNTERS)[number] | (typeof GAUGES)[number] | (typeof HISTOGRAMS)[number] | (typeof LIMITS)[number];

function at(name: Name): number {
  return placeIn(CLUSTER_SHAPE, name);
}

export const CX_CLOSE_NOTIFY = at("upstream_cx_close_notify");
export const CX_CONNECT_ATTEMPTS_EXCEEDED = at("upstream_cx_connect_attempts_exceeded");
export const CX_CONNECT_FAIL = at("upstream_cx_connect_fail");
export const CX_CONNECT_TIMEOUT = at("upstream_cx_connect_timeout");
export const CX_DESTROY = at("upstream_cx_destroy");
export const CX_DESTROY_LOCAL = at("upstream_cx_destroy_local");
export const CX_DESTROY_LOCAL_ACTIVE = at("upstream_cx_destroy_local_with_active_rq");
export const CX_DESTROY_REMOTE = at("upstream_cx_destroy_remote");
export const CX_DESTROY_REMOTE_ACTIVE = at("upstream_cx_destroy_remote_with_active_rq");
export const CX_DESTROY_ACTIVE = at("upstream_cx_destroy_with_active_rq");
export const CX_HTTP1_TOTAL = at("upstream_cx_http1_total");
export const CX_HTTP2_TOTAL = at("upstream_cx_http2_total");
export const CX_IDLE_TIMEOUT = at("upstream_cx_idle_timeout");
export const CX_MAX_REQUESTS = at("upstream_cx_max_requests");
export const CX_NONE_HEALTHY = at("upstream_cx_none_healthy");
export const CX_OVERFLOW = at("upstream_cx_overflow");
export const CX_PROTOCOL_ERROR = at("upstream_cx_protocol_error");
export const CX_RX_BYTES = at("upstream_cx_rx_bytes_total");
export const CX_TX_BYTES = at("upstream_cx_tx_bytes_total");
export const CX_TOTAL = at("upstream_cx_total");
export const FLOW_BACKED_UP = at("upstream_flow_control_backed_up_total");
export const FLOW_DRAINED = at("upstream_flow_control_drained_total");
export const FLOW_PAUSED = at("upstream_flow_control_paused_reading_total");
export const FLOW_RESUMED = at("upstream_flow_control_resumed_reading_total");
export const RQ_COMPLETED = at("upstream_rq_completed");
export const RQ_CANCELLED = at("upstream_rq_cancelled");
export const RQ_PENDING_FAILURE_EJECT = at("upstream_rq_pending_failure_eject");
export const RQ_ACTIVE_OVERFLOW = at("upstream_rq_active_overflow");
export const RQ_PENDING_OVERFLOW = at("upstream_rq_pending_overflow");
export const RQ_PENDING_TOTAL = at("upstream_rq_pending_total");
export const RQ_RX_RESET = at("upstream_rq_rx_reset");
export const RQ_TX_RESET = at("upstream_rq_tx_reset");
export const RQ_TIMEOUT = at("upstream_rq_timeout");
export const RQ_TOTAL = at("upstream_rq_total");
export const RQ_MAINTENANCE_MODE = at("upstream_rq_maintenance_mode");
export const RQ_MAX_DURATION = at("upstream_rq_max_duration_reached");
export const RQ_PER_TRY_TIMEOUT = at("upstream_rq_per_try_timeout");
export const RQ_PER_TRY_IDLE_TIMEOUT = at("upstream_rq_per_try_idle_timeout");
export const RQ_RETRY = at("upstream_rq_retry");
export const RQ_RETRY_EXPONENTIAL = at("upstream_rq_retry_backoff_exponential");
export const RQ_RETRY_RATELIMITED = at("upstream_rq_retry_backoff_ratelimited");
export const RQ_RETRY_LIMIT_EXCEEDED = at("upstream_rq_retry_limit_exceeded");
export const RQ_RETRY_OVERFLOW = at("upstream_rq_retry_overflow");
export const RQ_RETRY_SUCCESS = at("upstream_rq_retry_success");
export const RETRY_OR_SHADOW_ABANDONED = at("retry_or_shadow_abandoned");
export const REDIRECT_FAILED = at("upstream_internal_redirect_failed_total");
export const REDIRECT_SUCCEEDED = at("upstream_internal_redirect_succeeded_total");
export const TOTAL_MATCH_COUNT = at("default.total_match_count");
export const LB_HEALTHY_PANIC = at("lb_healthy_panic");
export const LB_LOCAL_CLUSTER_NOT_OK = at("lb_local_cluster_not_ok");
export const LB_RECALCULATE_ZONE_STRUCTURES = at("lb_recalculate_zone_structures");
export const LB_SUBSETS_CREATED = at("lb_subsets_created");
export const LB_SUBSETS_FALLBACK = at("lb_subsets_fallback");
export const LB_SUBSETS_FALLBACK_PANIC = at("lb_subsets_fallback_panic");
export const LB_SUBSETS_REMOVED = at("lb_subsets_removed");
export const LB_SUBSETS_SELECTED = at("lb_subsets_selected");
export const LB_SUBSETS_ACTIVE = at("lb_subsets_active");
export const LB_ZONE_CLUSTER_TOO_SMALL = at("lb_zone_cluster_too_small");
export const LB_ZONE_NO_CAPACITY_LEFT = at("lb_zone_no_capacity_left");
export const LB_ZONE_ROUTING_ALL_DIRECTLY = at("lb_zone_routing_all_directly");
export const LB_ZONE_ROUTING_CROSS_ZONE = at("lb_zone_routing_cross_zone");
export const LB_ZONE_ROUTING_SAMPLED = at("lb_zone_routing_sampled");
export const MEMBERSHIP_DEGRADED = at("membership_degraded");
export const MEMBERSHIP_EXCLUDED = at("membership_excluded");
export const MEMBERSHIP_CHANGE = at("membership_change");
export const MEMBERSHIP_HEALTHY = at("membership_healthy");
export const MEMBERSHIP_TOTAL = at("membership_total");
export const UPDATE_ATTEMPT = at("update_attempt");
export const UPDATE_SUCCESS = at("update_success");
export const ORIGINAL_DST_INVALID = at("original_dst_host_invalid");
export const UPDATE_EMPTY = at("update_empty");
export const UPDATE_FAILURE = at("update_failure");
export const UPDATE_NO_REBUILD = at("update_no_rebuild");
export const CX_ACTIVE = at("upstream_cx_active");
export const RQ_ACTIVE = at("upstream_rq_active");
export const RQ_PENDING_ACTIVE = at("upstream_rq_pending_active");
export const CX_OPEN = at("circuit_breakers.default.cx_open");
export const RQ_OPEN = at("circuit_breakers.default.rq_open");
export const RQ_PENDING_OPEN = at("circuit_breakers.default.rq_pending_open");

export const CX_CONNECT_MS = at("upstream_cx_connect_ms");
export const CX_LENGTH_MS = at("upstream_cx_length_ms");
export const RQ_PER_CX = at("upstream_rq_per_cx");
export const LIMIT_CONNECTIONS = at("limit.connections");
export const LIMIT_PENDING = at("limit.pending");
export const LIMIT_REQUESTS = at("limit.requests");
export const LIMIT_RETRIES = at("limit.retries");

/** Where the limits of a priority are counted. */
export interface LimitPlaces {
  readonly connections: number;
  readonly pending: number;
  readonly requests: number;
  readonly retries: number;
}
export const DEFAULT_LIMITS: LimitPlaces = { connections: LIMIT_CONNECTIONS, pending: LIMIT_PENDING, requests: LIMIT_REQUESTS, retries: LIMIT_RETRIES };
export const HIGH_LIMITS: LimitPlaces = {
  connections: at("limit.high.connections"), pending: at("limit.high.pending"), requests: at("limit.high.requests"), retries: at("limit.high.retries"),
};

/** `circuit_breakers.PRIORITY.`: 1 where a limit is reached. */
export const BREAKERS = (["default", "high"] as const).map((priority) => ({
  connections: at(`circuit_breakers.${priority}.cx_open`), pending: at(`circuit_breakers.${priority}.rq_pending_open`), requests: at(`circuit_breakers.${priority}.rq_open`),
  retries: at(`circuit_breakers.${priority}.rq_retry_open`),
}));

/** `circuit_breakers.PRIORITY.` with `track_remaining`: what is left. */
export const REMAINING_SHAPE = statLayout({ gauges: ["remaining_cx", "remaining_cx_pools", "remaining_pending", "remaining_retries", "remaining_rq"] });

/** `cluster.NAME.`; `name` is `alt_stat_name` or the cluster's own. */
export function clusterPrefix(name: string): string {
  return `cluster.${name.replaceAll(":", "_")}.`;
}

/** `cluster.NAME.health_check.`: of active checks. */
export const CHECK_SHAPE = statLayout({ counters: ["attempt", "failure", "network_failure", "passive_failure", "success", "verify_cluster"], gauges: ["degraded", "healthy"] });

/** What the balancers that hash say of their tables. */
export const RING_SHAPE = statLayout({ gauges: ["max_hashes_per_host", "min_hashes_per_host", "size"] });
export const MAGLEV_SHAPE = statLayout({ gauges: ["max_entries_per_host", "min_entries_per_host"] });

/** The numbers of one host, as `/clusters` prints them. */
export const HOST_SHAPE = statLayout({
  counters: ["cx_connect_fail", "cx_total", "rq_error", "rq_success", "rq_timeout", "rq_total"],
  gauges: ["cx_active", "rq_active", "rq_pending_active"],
  limits: ["limit.connections"],
});
export const H_LIMIT_CONNECTIONS = placeIn(HOST_SHAPE, "limit.connections");
export const H_CX_CONNECT_FAIL = placeIn(HOST_SHAPE, "cx_connect_fail");
export const H_CX_TOTAL = placeIn(HOST_SHAPE, "cx_total");
export const H_RQ_ERROR = placeIn(HOST_SHAPE, "rq_error");
export const H_RQ_SUCCESS = placeIn(HOST_SHAPE, "rq_success");
export const H_RQ_TIMEOUT = placeIn(HOST_SHAPE, "rq_timeout");
export const H_RQ_TOTAL = placeIn(HOST_SHAPE, "rq_total");
export const H_CX_ACTIVE = placeIn(HOST_SHAPE, "cx_active");
export const H_RQ_ACTIVE = placeIn(HOST_SHAPE, "rq_active");
export const H_RQ_PENDING_ACTIVE = placeIn(HOST_SHAPE, "rq_pending_active");

/** Statistics whose name begins with a dot are not part of `/stats`. */
export const HIDDEN = ".";

/** The prefix of one host's block. */
export function hostPrefix(cluster: string, address: string): string {
  return `${HIDDEN}host.${cluster}.${address}.`;
}
