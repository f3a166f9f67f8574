/** The numbers of HTTP/2 codecs under Envoy's names: `http2.…` of all listeners, `cluster.NAME.http2.…` of a cluster. */
import { placeIn, statLayout } from "../contract/stat-layout.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import type { Http2Counter, Http2Counters } from "./http2-link.ts";

const COUNTERS = [
  "cookies_total_bytes_too_large", "dropped_headers_with_underscores", "goaway_sent", "header_list_size_too_large", "header_overflow",
  "headers_cb_no_stream", "inbound_empty_frames_flood", "inbound_priority_frames_flood", "inbound_window_update_frames_flood",
  "keepalive_timeout", "metadata_empty_frames", "nghttp2_downstream_connections", "nghttp2_upstream_connections",
  "oghttp2_downstream_connections", "oghttp2_upstream_connections", "outbound_control_flood", "outbound_flood", "requests_rejected_with_underscores_in_headers",
  "rx_messaging_error", "rx_reset", "stream_refused_errors", "trailers", "tx_flush_timeout", "tx_reset",
] as const;
const GAUGES = ["deferred_stream_close", "outbound_control_frames_active", "outbound_frames_active", "pending_send_bytes", "streams_active"] as const;

export const HTTP2_SHAPE = statLayout({ counters: COUNTERS, gauges: GAUGES });

const PLACES: Readonly<Record<string, number>> = Object.fromEntries(COUNTERS.map((name) => [name, placeIn(HTTP2_SHAPE, name)]));
const KEEPALIVE_TIMEOUT = placeIn(HTTP2_SHAPE, "keepalive_timeout");
const TX_FLUSH_TIMEOUT = placeIn(HTTP2_SHAPE, "tx_flush_timeout");
const STREAMS_ACTIVE = placeIn(HTTP2_SHAPE, "streams_active");
const PENDING_SEND_BYTES = placeIn(HTTP2_SHAPE, "pending_send_bytes");

export class Http2Stats implements Http2Counters {
  readonly #block: StatBlock;

  constructor(block: StatBlock) {
    this.#block = block;
  }

  count(counter: Http2Counter): void {
    this.#block.inc(PLACES[counter] as number);
  }

  onStreams(change: number): void {
    if (change >= 0) this.#block.add(STREAMS_ACTIVE, change);
    else this.#block.sub(STREAMS_ACTIVE, -change);
  }

  onPendingBytes(change: number): void {
    if (change >= 0) this.#block.add(PENDING_SEND_BYTES, change);
    else this.#block.sub(PENDING_SEND_BYTES, -change);
  }

  onKeepaliveTimeout(): void {
    this.#block.inc(KEEPALIVE_TIMEOUT);
  }

  onFlushTimeout(): void {
    this.#block.inc(TX_FLUSH_TIMEOUT);
  }
}
