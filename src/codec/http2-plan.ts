/** `Http2ProtocolOptions` of a listener or a cluster, compiled. Pure. */
import { optionalMs } from "../base/duration.ts";
import type { Http2ProtocolOptions, KeepaliveSettings } from "../schema/generated/envoy/config/core/v3.ts";
import type { FloodLimits, Http2Options } from "./http2-options.ts";

export const honours = {
  "envoy.config.core.v3.Http2ProtocolOptions": [
    "hpack_table_size", "max_concurrent_streams", "initial_stream_window_size", "initial_connection_window_size", "allow_connect",
    "allow_metadata=false", "max_outbound_frames", "max_outbound_control_frames", "max_consecutive_inbound_frames_with_empty_payload",
    "max_inbound_priority_frames_per_stream", "max_inbound_window_update_frames_per_data_frame_sent",
    "stream_error_on_invalid_http_messaging", "override_stream_error_on_invalid_http_message", "custom_settings_parameters",
    "connection_keepalive", "use_oghttp2_codec=false", "enable_huffman_encoding", "max_header_field_size_kb", "stream_reset_burst",
    "stream_reset_rate",
  ],
  "envoy.config.core.v3.Http2ProtocolOptions.SettingsParameter": ["identifier", "value"],
  "envoy.config.core.v3.KeepaliveSettings": ["interval", "timeout", "interval_jitter", "connection_idle_interval"],
};

/** PINGs that show whether the peer is still there. Milliseconds; 0 = never. */
export interface KeepalivePlan {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Percent of the interval that chance may add. */
  readonly jitter: number;
  /** Of a client: a new stream after so long a silence is preceded by a PING. */
  readonly idleIntervalMs: number;
}

/** The codec's options; what the configuration does not say is taken from `base`. */
export function compileHttp2(config: Http2ProtocolOptions, base: Http2Options): Http2Options {
  return {
    ...base,
    tableSize: config.hpack_table_size ?? base.tableSize,
    huffman: config.enable_huffman_encoding ?? base.huffman,
    maxFieldBytes: config.max_header_field_size_kb === undefined ? base.maxFieldBytes : config.max_header_field_size_kb * 1024,
    maxConcurrentStreams: config.max_concurrent_streams ?? base.maxConcurrentStreams,
    streamWindow: config.initial_stream_window_size ?? base.streamWindow,
    connectionWindow: config.initial_connection_window_size ?? base.connectionWindow,
    allowConnect: config.allow_connect ?? base.allowConnect,
    streamErrors: config.override_stream_error_on_invalid_http_message ?? config.stream_error_on_invalid_http_messaging ?? base.streamErrors,
    customSettings: (config.custom_settings_parameters ?? []).map(({ identifier, value }) => ({ id: identifier ?? 0, value: value ?? 0 })),
    limits: floodLimits(config, base.limits),
  };
}

function floodLimits(config: Http2ProtocolOptions, base: FloodLimits): FloodLimits {
  return {
    outboundFrames: config.max_outbound_frames ?? base.outboundFrames,
    outboundControlFrames: config.max_outbound_control_frames ?? base.outboundControlFrames,
    consecutiveEmptyFrames: config.max_consecutive_inbound_frames_with_empty_payload ?? base.consecutiveEmptyFrames,
    priorityFramesPerStream: config.max_inbound_priority_frames_per_stream ?? base.priorityFramesPerStream,
    windowUpdatesPerDataFrame: config.max_inbound_window_update_frames_per_data_frame_sent ?? base.windowUpdatesPerDataFrame,
    resetBurst: Number(config.stream_reset_burst ?? base.resetBurst),
    resetRate: Number(config.stream_reset_rate ?? base.resetRate),
    continuations: base.continuations,
  };
}

/** Null: no PINGs. */
export function compileKeepalive(config: KeepaliveSettings | undefined): KeepalivePlan | null {
  if (config === undefined) return null;
  return {
    intervalMs: optionalMs(config.interval) ?? 0,
    timeoutMs: optionalMs(config.timeout) ?? 0,
    jitter: config.interval_jitter === undefined ? 15 : (config.interval_jitter.value ?? 0),
    idleIntervalMs: optionalMs(config.connection_idle_interval) ?? 0,
  };
}
