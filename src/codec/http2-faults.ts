/** What goes wrong on an HTTP/2 connection, as values. */
import * as F from "./http2-frames.ts";

/** The connection cannot go on. */
export interface ConnectionFault {
  /** The code of the GOAWAY. */
  readonly code: number;
  /** `%RESPONSE_CODE_DETAILS%` of the stream that caused it; "" for none. */
  readonly details: string;
  /** Envoy closes without a GOAWAY where its own checks, not those of its HTTP/2 library, find the fault. */
  readonly silent: boolean;
  /** A flood, which Envoy does not count as a protocol error. */
  readonly flood: boolean;
  /** What Envoy says of it: the details of the connection's other streams. */
  readonly text: string;
}

/** Why a stream was broken off, in Envoy's terms (`StreamResetReason`). */
export type Http2ResetReason =
  | "remote reset" | "remote refused stream reset" | "remote reset no error" | "connect error" | "protocol error" | "local reset" | "connection termination";

export interface StreamReset {
  readonly reason: Http2ResetReason;
  /** "" when the codec has nothing to say. */
  readonly details: string;
}

/** A message that is not one. */
export interface MessageFault {
  readonly details: string;
  readonly counter: "rx_messaging_error" | "header_overflow" | "header_list_size_too_large" | "requests_rejected_with_underscores_in_headers";
  /** Beyond a limit: the stream is reset with INTERNAL_ERROR, the connection lives. */
  readonly limit: boolean;
}

const CALLBACK_FAILED = "The user callback function failed";

function connectionFault(code: number, details = ""): ConnectionFault {
  return { code, details, silent: false, flood: false, text: CALLBACK_FAILED };
}

/** A fault that ends the connection without a GOAWAY. `details`: of the stream that caused it. */
export function silentFault(details: string, text = CALLBACK_FAILED): ConnectionFault {
  return { code: F.PROTOCOL_ERROR, details, silent: true, flood: false, text };
}

function flood(text: string, details = ""): ConnectionFault {
  return { code: F.ENHANCE_YOUR_CALM, details, silent: true, flood: true, text };
}

export const BAD_PROTOCOL = connectionFault(F.PROTOCOL_ERROR);
/** Of a frame that Envoy's library calls invalid: the stream that the frame is for is logged with this. */
export const INVALID_FRAME = connectionFault(F.PROTOCOL_ERROR, "http2.unknown.nghttp2.error");
export const INVALID_WINDOW = connectionFault(F.FLOW_CONTROL_ERROR, "http2.unknown.nghttp2.error");
export const HEAD_AFTER_END = connectionFault(F.STREAM_CLOSED, "http2.unknown.nghttp2.error");
export const BAD_FRAME_SIZE = connectionFault(F.FRAME_SIZE_ERROR);
export const BAD_COMPRESSION = connectionFault(F.COMPRESSION_ERROR);
export const BAD_FLOW = connectionFault(F.FLOW_CONTROL_ERROR);
export const STREAM_WAS_CLOSED = connectionFault(F.STREAM_CLOSED);
export const TOO_MANY_RESETS = connectionFault(F.INTERNAL_ERROR);
export const NOT_HTTP2 = silentFault("", "Received bad client magic byte string");
export const TOO_MANY_CONTINUATIONS = silentFault("", "Too many CONTINUATION frames following a HEADER frame");
export const PRIORITY_FLOOD = flood("Too many PRIORITY frames");
export const WINDOW_UPDATE_FLOOD = flood("Too many WINDOW_UPDATE frames");
export const EMPTY_FRAMES = flood("Too many consecutive frames with an empty payload", "http2.inbound_empty_frames_flood");
export const OUTBOUND_FLOOD = flood("Too many frames in the outbound queue.", "http2.outbound_frames_flood");
export const OUTBOUND_CONTROL_FLOOD = flood("Too many control frames in the outbound queue.");

const MESSAGING = "rx_messaging_error";
export const INVALID_FIELD: MessageFault = { details: "http2.invalid.header.field", counter: MESSAGING, limit: false };
export const INVALID_MESSAGE: MessageFault = { details: "http2.violation.of.messaging.rule", counter: MESSAGING, limit: false };
export const TOO_MANY_FIELDS: MessageFault = { details: "http2.too_many_headers", counter: "header_overflow", limit: true };
export const FIELDS_TOO_LARGE: MessageFault = { details: "http2.header_list_size_too_large", counter: "header_list_size_too_large", limit: true };
export const UNDERSCORE_FIELD: MessageFault = {
  details: "http2.unexpected_underscore", counter: "requests_rejected_with_underscores_in_headers", limit: true,
};

/** What a RST_STREAM of the peer says. */
export function resetOf(code: number, complete: boolean): StreamReset {
  if (complete && code === F.NO_ERROR) return { reason: "remote reset no error", details: "" };
  switch (code) {
    case F.REFUSED_STREAM: return { reason: "remote refused stream reset", details: "http2.remote_refuse" };
    case F.CONNECT_ERROR: return { reason: "connect error", details: "http2.remote_reset" };
    case F.PROTOCOL_ERROR: return { reason: "protocol error", details: "http2.remote_reset" };
    default: return { reason: "remote reset", details: "http2.remote_reset" };
  }
}
