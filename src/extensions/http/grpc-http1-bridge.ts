/** Lets HTTP/1 clients, who see no trailers, make unary gRPC calls: the status moves into the response's head. */
import { FRAME_HEADER_BYTES } from "../../codec/grpc-frames.ts";
import { defineExtension } from "../../contract/extension.ts";
import { Continue, type HttpFilter, StopAndBuffer, StopIteration, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { CONTENT_LENGTH, CONTENT_TYPE, GRPC_MESSAGE, GRPC_STATUS } from "../../http/names.ts";
import { isGrpc } from "../../match/stream-matcher.ts";
import type { Config } from "../../schema/generated/envoy/extensions/filters/http/grpc_http1_bridge/v3.ts";

interface BridgePlan {
  readonly upgradesProtobuf: boolean;
  readonly ignoresQuery: boolean;
}

class Http1BridgeFilter implements HttpFilter {
  private readonly plan: BridgePlan;
  private readonly handle: StreamHandle;
  /** A gRPC call over HTTP/1. */
  private bridging = false;
  /** The client's message has no frame of its own. */
  private framing = false;
  private response: HeaderBlock | null = null;
  /** The first piece of a message, room for the frame's head before it; what is held keeps this memory. */
  private first: Buffer | null = null;
  private requestBytes = 0;

  constructor(plan: BridgePlan, handle: StreamHandle) {
    this.plan = plan;
    this.handle = handle;
  }

  decodeHeaders(headers: HeaderBlock): Verdict {
    if (this.plan.upgradesProtobuf && headers.path !== null && headers.get(CONTENT_TYPE) === "application/x-protobuf") {
      this.framing = true;
      headers.set(CONTENT_TYPE, "application/grpc");
      headers.remove(CONTENT_LENGTH);
      this.handle.clearRouteCache();
    }
    this.bridging = this.handle.info.protocol.startsWith("HTTP/1") && headers.path !== null && isGrpc(headers);
    if (this.bridging && this.plan.ignoresQuery) headers.path = (headers.path ?? "").replace(/\?.*$/s, "");
    return Continue;
  }

  decodeData(data: Buffer, endStream: boolean): Verdict {
    if (!this.bridging || !this.framing) return Continue;
    this.requestBytes += data.length;
    if (this.first === null) {
      this.first = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), data]);
      this.handle.replaceDecodedData(this.first);
    }
    if (!endStream) return StopAndBuffer;
    this.first.writeUInt32BE(this.requestBytes, 1);
    return Continue;
  }

  /** Only data that ends the message is framed: behind it, with trailers, goes what came. */
  decodeTrailers(): Verdict {
    if (this.first !== null) this.handle.replaceDecodedData(Buffer.concat(this.handle.heldDecodedData()).subarray(FRAME_HEADER_BYTES));
    return Continue;
  }

  encodeHeaders(headers: HeaderBlock, endStream: boolean): Verdict {
    if (!this.bridging || endStream) return Continue;
    this.response = headers;
    return StopIteration;
  }

  encodeData(data: Buffer, endStream: boolean): Verdict {
    if (!this.bridging || endStream) return Continue;
    if (this.framing) this.handle.replaceEncodedData(data.subarray(FRAME_HEADER_BYTES));
    this.framing = false;
    return StopAndBuffer;
  }

  encodeTrailers(trailers: HeaderBlock): Verdict {
    const { response } = this;
    if (!this.bridging || response === null) return Continue;
    const status = trailers.get(GRPC_STATUS);
    if (status !== null) {
      if (!isZero(status)) response.status = 503;
      response.set(GRPC_STATUS, status);
    }
    const message = trailers.get(GRPC_MESSAGE);
    if (message !== null) response.set(GRPC_MESSAGE, message);
    const held = this.handle.heldEncodedData().reduce((bytes, piece) => bytes + piece.length, 0);
    response.set(CONTENT_LENGTH, String(held));
    return Continue;
  }
}

function isZero(status: string): boolean {
  return /^\s*\+?\d+\s*$/.test(status) && Number(status) === 0;
}

export const grpcHttp1Bridge = defineExtension<"envoy.filters.http", Config>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.grpc_http1_bridge",
  config: "envoy.extensions.filters.http.grpc_http1_bridge.v3.Config",
  honours: { "envoy.extensions.filters.http.grpc_http1_bridge.v3.Config": ["upgrade_protobuf_to_grpc", "ignore_query_parameters"] },
  compile(config) {
    const plan: BridgePlan = { upgradesProtobuf: config.upgrade_protobuf_to_grpc === true, ignoresQuery: config.ignore_query_parameters === true };
    return { open: () => (handle) => new Http1BridgeFilter(plan, handle) };
  },
});
