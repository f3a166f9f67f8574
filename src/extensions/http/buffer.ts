/** Collects a request's body before it goes on, and answers 413 when it is larger than `max_request_bytes`. */
import { defineExtension } from "../../contract/extension.ts";
import { Continue, type HttpFilter, StopAndBuffer, StopIteration, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { CONTENT_LENGTH, TRANSFER_ENCODING } from "../../http/names.ts";
import type { Buffer as BufferConfig, BufferPerRoute } from "../../schema/generated/envoy/extensions/filters/http/buffer/v3.ts";

/** Bytes a request may have; null: the filter is off for this route. */
interface RouteLimit {
  readonly maxBytes: number | null;
}

class BufferFilter implements HttpFilter {
  private readonly handle: StreamHandle;
  private maxBytes: number;
  private held = 0;
  private active = false;

  constructor(handle: StreamHandle, maxBytes: number) {
    this.handle = handle;
    this.maxBytes = maxBytes;
  }

  decodeHeaders(_headers: HeaderBlock, endStream: boolean): Verdict {
    const route = this.handle.routeConfig() as RouteLimit | null;
    if (endStream || route?.maxBytes === null) return Continue;
    this.maxBytes = route?.maxBytes ?? this.maxBytes;
    this.active = true;
    return StopIteration;
  }

  decodeData(data: Buffer, endStream: boolean): Verdict {
    if (!this.active) return Continue;
    this.held += data.length;
    if (this.held > this.maxBytes) {
      this.active = false;
      this.handle.localReply({ status: 413, body: "Payload Too Large", details: "request_payload_too_large" });
      return StopIteration;
    }
    if (!endStream) return StopAndBuffer;
    this.complete();
    return Continue;
  }

  decodeTrailers(): Verdict {
    if (this.active) this.complete();
    return Continue;
  }

  /** Everything is here, so its length is known. */
  private complete(): void {
    const headers = this.handle.requestHeaders;
    this.active = false;
    if (!headers.has(CONTENT_LENGTH)) {
      headers.remove(TRANSFER_ENCODING);
      headers.set(CONTENT_LENGTH, String(this.held));
    }
  }
}

export const buffer = defineExtension<"envoy.filters.http", BufferConfig, BufferPerRoute>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.buffer",
  config: "envoy.extensions.filters.http.buffer.v3.Buffer",
  honours: {
    "envoy.extensions.filters.http.buffer.v3.Buffer": ["max_request_bytes"],
    "envoy.extensions.filters.http.buffer.v3.BufferPerRoute": ["disabled", "buffer"],
  },
  compile(config) {
    const maxBytes = config.max_request_bytes ?? 0;
    return { open: () => (handle) => new BufferFilter(handle, maxBytes) };
  },
  routeType: "envoy.extensions.filters.http.buffer.v3.BufferPerRoute",
  compileRoute(config): RouteLimit {
    return { maxBytes: config.disabled === true ? null : (config.buffer?.max_request_bytes ?? 0) };
  },
});
