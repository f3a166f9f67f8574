/** The numbers of a TCP proxy, `tcp.STAT_PREFIX.…` (docs: configuration/listeners/network_filters/tcp_proxy_filter). */
import { placeIn, statLayout } from "../contract/stat-layout.ts";

const COUNTERS = [
  "downstream_cx_drain_close", "downstream_cx_no_route", "downstream_cx_rx_bytes_total", "downstream_cx_total", "downstream_cx_tx_bytes_total",
  "downstream_flow_control_paused_reading_total", "downstream_flow_control_resumed_reading_total", "early_data_received_count_total", "idle_timeout",
  "max_downstream_connection_duration", "upstream_flush_total", "route_delayed_total",
] as const;
const GAUGES = ["downstream_cx_rx_bytes_buffered", "downstream_cx_tx_bytes_buffered", "upstream_flush_active"] as const;

export const TCP_PROXY_SHAPE = statLayout({ counters: COUNTERS, gauges: GAUGES });

function at(name: (typeof COUNTERS)[number] | (typeof GAUGES)[number]): number {
  return placeIn(TCP_PROXY_SHAPE, name);
}

export const T_DRAIN_CLOSE = at("downstream_cx_drain_close");
export const T_NO_ROUTE = at("downstream_cx_no_route");
export const T_RX_BYTES = at("downstream_cx_rx_bytes_total");
export const T_TOTAL = at("downstream_cx_total");
export const T_TX_BYTES = at("downstream_cx_tx_bytes_total");
export const T_PAUSED = at("downstream_flow_control_paused_reading_total");
export const T_RESUMED = at("downstream_flow_control_resumed_reading_total");
export const T_EARLY_DATA = at("early_data_received_count_total");
export const T_IDLE_TIMEOUT = at("idle_timeout");
export const T_MAX_DURATION = at("max_downstream_connection_duration");
export const T_FLUSH_TOTAL = at("upstream_flush_total");
export const T_FLUSH_ACTIVE = at("upstream_flush_active");
