/** `Http2ProtocolOptions` as the codec takes them: every value is set. */
import type { Underscores } from "./http1-options.ts";

export interface Http2Setting {
  readonly id: number;
  readonly value: number;
}

export interface Http2Options {
  /** The most bytes of a head or of trailers, names and values. */
  readonly maxHeadersBytes: number;
  /** The most fields of a head or of trailers, pseudo headers included. */
  readonly maxHeadersCount: number;
  /** `max_header_field_size_kb`: the most bytes of a name or a value. */
  readonly maxFieldBytes: number;
  /** `hpack_table_size`, both ways. */
  readonly tableSize: number;
  readonly huffman: boolean;
  readonly maxConcurrentStreams: number;
  readonly streamWindow: number;
  readonly connectionWindow: number;
  /** Extended CONNECT (RFC 8441) is offered. */
  readonly allowConnect: boolean;
  /** A malformed message resets its stream and leaves the connection alone. */
  readonly streamErrors: boolean;
  readonly customSettings: readonly Http2Setting[];
  readonly limits: FloodLimits;
  readonly underscores: Underscores;
  /** Bytes of a stream's body that wait for a window before its writer is held back. */
  readonly sendLimit: number;
}

/** What a peer may do before its connection is cut. Envoy's names and defaults. */
export interface FloodLimits {
  readonly outboundFrames: number;
  readonly outboundControlFrames: number;
  readonly consecutiveEmptyFrames: number;
  readonly priorityFramesPerStream: number;
  readonly windowUpdatesPerDataFrame: number;
  /** Streams that a client may reset at once, and then a second. */
  readonly resetBurst: number;
  readonly resetRate: number;
  /** CONTINUATION frames of one head. */
  readonly continuations: number;
}

export const FLOOD_DEFAULTS: FloodLimits = {
  outboundFrames: 10_000, outboundControlFrames: 1000, consecutiveEmptyFrames: 1, priorityFramesPerStream: 100,
  windowUpdatesPerDataFrame: 10, resetBurst: 1000, resetRate: 33, continuations: 512,
};

/** Envoy's defaults for a listener. */
export const HTTP2_SERVER_DEFAULTS: Http2Options = {
  maxHeadersBytes: 60 * 1024, maxHeadersCount: 100, maxFieldBytes: 64 * 1024, tableSize: 4096, huffman: false, maxConcurrentStreams: 1024,
  streamWindow: 16 * 1024 * 1024, connectionWindow: 24 * 1024 * 1024, allowConnect: false, streamErrors: false, customSettings: [],
  limits: FLOOD_DEFAULTS, underscores: "ALLOW", sendLimit: 1024 * 1024,
};

/** Envoy's defaults for a cluster. */
export const HTTP2_CLIENT_DEFAULTS: Http2Options = {
  ...HTTP2_SERVER_DEFAULTS, maxHeadersBytes: 80 * 1024, limits: { ...FLOOD_DEFAULTS, continuations: 1024 },
};
