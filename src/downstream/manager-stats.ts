/** The numbers of a connection manager and of a listener under Envoy's names (docs: http_conn_man/stats, listeners/stats). */
import { placeIn, statLayout } from "../contract/stat-layout.ts";

const COUNTERS = [
  "downstream_cx_delayed_close_timeout", "downstream_cx_destroy", "downstream_cx_destroy_active_rq", "downstream_cx_destroy_local",
  "downstream_cx_destroy_local_active_rq", "downstream_cx_destroy_remote", "downstream_cx_destroy_remote_active_rq",
  "downstream_cx_drain_close", "downstream_cx_http1_total", "downstream_cx_http2_total", "downstream_cx_http3_total",
  "downstream_cx_idle_timeout", "downstream_cx_max_duration_reached", "downstream_cx_max_requests_reached",
  "downstream_cx_overload_disable_keepalive", "downstream_cx_protocol_error", "downstream_cx_rx_bytes_total", "downstream_cx_ssl_total",
  "downstream_cx_total", "downstream_cx_tx_bytes_total", "downstream_cx_upgrades_total", "downstream_flow_control_paused_reading_total",
  "downstream_flow_control_resumed_reading_total", "downstream_rq_1xx", "downstream_rq_2xx", "downstream_rq_3xx", "downstream_rq_4xx",
  "downstream_rq_5xx", "downstream_rq_completed", "downstream_rq_failed_path_normalization", "downstream_rq_header_timeout",
  "downstream_rq_http1_total", "downstream_rq_http2_total", "downstream_rq_http3_total", "downstream_rq_idle_timeout",
  "downstream_rq_max_duration_reached", "downstream_rq_non_relative_path", "downstream_rq_overload_close",
  "downstream_rq_redirected_with_normalized_path", "downstream_rq_rejected_via_ip_detection", "downstream_rq_response_before_rq_complete",
  "downstream_rq_rx_reset", "downstream_rq_timeout", "downstream_rq_too_large", "downstream_rq_too_many_premature_resets",
  "downstream_rq_total", "downstream_rq_tx_reset", "downstream_rq_ws_on_non_ws_route",
  "rs_too_large",
  "tracing.client_enabled", "tracing.health_check", "tracing.not_traceable", "tracing.random_sampling", "tracing.service_forced",
] as const;
const GAUGES = [
  "downstream_cx_active", "downstream_cx_http1_active", "downstream_cx_http1_soft_drain", "downstream_cx_http2_active",
  "downstream_cx_http3_active", "downstream_cx_rx_bytes_buffered", "downstream_cx_ssl_active", "downstream_cx_tx_bytes_buffered",
  "downstream_cx_upgrades_active", "downstream_rq_active",
] as const;
const HISTOGRAMS = ["downstream_cx_length_ms", "downstream_rq_time"] as const;

export const MANAGER_SHAPE = statLayout({ counters: COUNTERS, gauges: GAUGES, histograms: HISTOGRAMS });

function at(name: (typeof COUNTERS)[number] | (typeof GAUGES)[number] | (typeof HISTOGRAMS)[number]): number {
  return placeIn(MANAGER_SHAPE, name);
}

export const CX_DESTROY = at("downstream_cx_destroy");
export const CX_DESTROY_ACTIVE_RQ = at("downstream_cx_destroy_active_rq");
export const CX_DESTROY_LOCAL = at("downstream_cx_destroy_local");
export const CX_DESTROY_LOCAL_ACTIVE_RQ = at("downstream_cx_destroy_local_active_rq");
export const CX_DESTROY_REMOTE = at("downstream_cx_destroy_remote");
export const CX_DESTROY_REMOTE_ACTIVE_RQ = at("downstream_cx_destroy_remote_active_rq");
export const CX_DRAIN_CLOSE = at("downstream_cx_drain_close");
export const CX_HTTP1_SOFT_DRAIN = at("downstream_cx_http1_soft_drain");
export const CX_HTTP1_TOTAL = at("downstream_cx_http1_total");
export const CX_HTTP2_TOTAL = at("downstream_cx_http2_total");
export const CX_IDLE_TIMEOUT = at("downstream_cx_idle_timeout");
export const CX_MAX_DURATION = at("downstream_cx_max_duration_reached");
export const CX_MAX_REQUESTS = at("downstream_cx_max_requests_reached");
export const CX_PROTOCOL_ERROR = at("downstream_cx_protocol_error");
export const CX_RX_BYTES = at("downstream_cx_rx_bytes_total");
export const CX_UPGRADES_ACTIVE = at("downstream_cx_upgrades_active");
export const CX_UPGRADES_TOTAL = at("downstream_cx_upgrades_total");
export const CX_TX_BYTES = at("downstream_cx_tx_bytes_total");
export const CX_SSL_TOTAL = at("downstream_cx_ssl_total");
export const CX_SSL_ACTIVE = at("downstream_cx_ssl_active");
export const CX_TOTAL = at("downstream_cx_total");
export const FLOW_PAUSED = at("downstream_flow_control_paused_reading_total");
export const FLOW_RESUMED = at("downstream_flow_control_resumed_reading_total");
/** Classes 1xx to 5xx follow each other. */
export const RQ_1XX = at("downstream_rq_1xx");
export const RQ_COMPLETED = at("downstream_rq_completed");
export const RQ_FAILED_PATH_NORMALIZATION = at("downstream_rq_failed_path_normalization");
export const RQ_HEADER_TIMEOUT = at("downstream_rq_header_timeout");
export const RQ_HTTP1_TOTAL = at("downstream_rq_http1_total");
export const RQ_HTTP2_TOTAL = at("downstream_rq_http2_total");
export const RQ_TOO_MANY_RESETS = at("downstream_rq_too_many_premature_resets");
export const RQ_IDLE_TIMEOUT = at("downstream_rq_idle_timeout");
export const RQ_MAX_DURATION = at("downstream_rq_max_duration_reached");
export const RQ_NON_RELATIVE_PATH = at("downstream_rq_non_relative_path");
export const RQ_REDIRECTED_PATH = at("downstream_rq_redirected_with_normalized_path");
export const RQ_RESPONSE_BEFORE_COMPLETE = at("downstream_rq_response_before_rq_complete");
export const RQ_REJECTED_VIA_IP_DETECTION = at("downstream_rq_rejected_via_ip_detection");
export const RQ_RX_RESET = at("downstream_rq_rx_reset");
export const RQ_TIMEOUT = at("downstream_rq_timeout");
export const RQ_TOO_LARGE = at("downstream_rq_too_large");
export const RQ_TOTAL = at("downstream_rq_total");
export const RQ_TX_RESET = at("downstream_rq_tx_reset");
export const RQ_WS_ON_NON_WS_ROUTE = at("downstream_rq_ws_on_non_ws_route");
export const TRACING_HEALTH_CHECK = at("tracing.health_check");
export const RS_TOO_LARGE = at("rs_too_large");
export const CX_ACTIVE = at("downstream_cx_active");
export const CX_HTTP1_ACTIVE = at("downstream_cx_http1_active");
export const CX_HTTP2_ACTIVE = at("downstream_cx_http2_active");
export const RQ_ACTIVE = at("downstream_rq_active");

export const CX_LENGTH_MS = at("downstream_cx_length_ms");
export const RQ_TIME = at("downstream_rq_time");

/** What a rejected request counts besides its status. */
export const REJECTION_COUNTERS = {
  non_relative_path: RQ_NON_RELATIVE_PATH,
  failed_path_normalization: RQ_FAILED_PATH_NORMALIZATION,
  redirected_with_normalized_path: RQ_REDIRECTED_PATH,
} as const;

const LISTENER_RQ = [
  "downstream_rq_1xx", "downstream_rq_2xx", "downstream_rq_3xx", "downstream_rq_4xx", "downstream_rq_5xx", "downstream_rq_completed",
] as const;
/** `listener.ADDRESS.http.STAT_PREFIX.…`; class c is at c - 1. */
export const LISTENER_MANAGER_SHAPE = statLayout({ counters: LISTENER_RQ });
export const L_RQ_COMPLETED = placeIn(LISTENER_MANAGER_SHAPE, "downstream_rq_completed");

const LISTENER_COUNTERS = [
  "downstream_cx_destroy", "downstream_cx_overflow", "downstream_cx_overload_reject", "downstream_cx_total",
  "downstream_cx_transport_socket_connect_timeout", "downstream_global_cx_overflow", "downstream_listener_filter_error",
  "downstream_listener_filter_remote_close", "downstream_pre_cx_timeout", "extension_config_missing", "network_extension_config_missing",
  "no_filter_chain_match",
] as const;
/** `listener.ADDRESS.…` */
export const LISTENER_SHAPE = statLayout({
  counters: LISTENER_COUNTERS, gauges: ["downstream_cx_active", "downstream_pre_cx_active"],
  histograms: ["connections_accepted_per_socket_event", "downstream_cx_length_ms"], limits: ["limit.connections"],
});
export const L_CX_DESTROY = placeIn(LISTENER_SHAPE, "downstream_cx_destroy");
export const L_CX_OVERFLOW = placeIn(LISTENER_SHAPE, "downstream_cx_overflow");
export const L_GLOBAL_CX_OVERFLOW = placeIn(LISTENER_SHAPE, "downstream_global_cx_overflow");
export const L_LIMIT = placeIn(LISTENER_SHAPE, "limit.connections");
export const L_CX_TOTAL = placeIn(LISTENER_SHAPE, "downstream_cx_total");
export const L_NO_FILTER_CHAIN_MATCH = placeIn(LISTENER_SHAPE, "no_filter_chain_match");
export const L_FILTER_ERROR = placeIn(LISTENER_SHAPE, "downstream_listener_filter_error");
export const L_FILTER_REMOTE_CLOSE = placeIn(LISTENER_SHAPE, "downstream_listener_filter_remote_close");
export const L_PRE_CX_TIMEOUT = placeIn(LISTENER_SHAPE, "downstream_pre_cx_timeout");
export const L_TRANSPORT_TIMEOUT = placeIn(LISTENER_SHAPE, "downstream_cx_transport_socket_connect_timeout");
export const L_PRE_CX_ACTIVE = placeIn(LISTENER_SHAPE, "downstream_pre_cx_active");
export const L_CX_ACTIVE = placeIn(LISTENER_SHAPE, "downstream_cx_active");
export const L_CX_LENGTH_MS = placeIn(LISTENER_SHAPE, "downstream_cx_length_ms");

/** `listener.ADDRESS.worker_0.…` */
export const LISTENER_THREAD_SHAPE = statLayout({ counters: ["downstream_cx_total"], gauges: ["downstream_cx_active"] });
export const T_CX_TOTAL = placeIn(LISTENER_THREAD_SHAPE, "downstream_cx_total");
export const T_CX_ACTIVE = placeIn(LISTENER_THREAD_SHAPE, "downstream_cx_active");

/** `listener.127.0.0.1_10000.`: `stat_prefix`, or the address with its colons as underscores. */
export function listenerPrefix(statPrefix: string, address: string): string {
  return `listener.${statPrefix === "" ? address.replaceAll(":", "_") : statPrefix}.`;
}
