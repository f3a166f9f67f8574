/**
 * Lets browsers make gRPC calls: gRPC-Web in, binary or as base64, gRPC out; the trailers of an answer become the last frame of its body.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md
 */
import { decodeBase64 } from "../../base/base64.ts";
import { FrameReader, grpcFrame, WEB_TRAILERS } from "../../codec/grpc-frames.ts";
import { defineExtension } from "../../contract/extension.ts";
import type { Env } from "../../contract/env.ts";
import { Continue, type HttpFilter, StopIteration, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, GRPC_ACCEPT_ENCODING, GRPC_MESSAGE, GRPC_STATUS, TE } from "../../http/names.ts";
import { withoutParameters } from "../../http/tokens.ts";
import { isGrpc } from "../../match/stream-matcher.ts";
import { GrpcCallStats, grpcMethodOf, routedCluster } from "../../router/grpc-stats.ts";
import type { GrpcWeb } from "../../schema/generated/envoy/extensions/filters/http/grpc_web/v3.ts";
import { grpcStatusOf, percentEncode } from "../../stream/local-reply.ts";

const BINARY = ["application/grpc-web", "application/grpc-web+proto"];
const TEXT = ["application/grpc-web-text", "application/grpc-web-text+proto"];
/** Bytes of a body in pieces that may become `grpc-message`; what comes in one piece is taken whole. */
const MOST_MESSAGE_BYTES = 16_384;
const EMPTY = Buffer.alloc(0);

class GrpcWebFilter implements HttpFilter {
  private readonly env: Env;
  private readonly handle: StreamHandle;
  private active = false;
  private textRequest = false;
  private textResponse = false;
  private stats: GrpcCallStats | null = null;
  /** Letters of a group of four that has not come whole. */
  private letters = "";
  private readonly frames = new FrameReader();
  /** The head of an answer that is not gRPC's, and what came of its body. */
  private foreign: HeaderBlock | null = null;
  private pieces: Buffer[] = [];
  private heldBytes = 0;

  constructor(env: Env, handle: StreamHandle) {
    this.env = env;
    this.handle = handle;
  }

  decodeHeaders(headers: HeaderBlock): Verdict {
    const type = headers.path === null ? "" : (headers.get(CONTENT_TYPE) ?? "");
    this.textRequest = TEXT.includes(type);
    this.active = this.textRequest || BINARY.includes(type);
    if (!this.active) return Continue;
    headers.remove(CONTENT_LENGTH);
    this.setUpStats(headers.path);
    headers.set(CONTENT_TYPE, "application/grpc");
    this.textResponse = TEXT.includes(headers.get(ACCEPT) ?? "");
    headers.set(TE, "trailers");
    headers.setIfAbsent(GRPC_ACCEPT_ENCODING, "identity");
    return Continue;
  }

  decodeData(data: Buffer, endStream: boolean): Verdict {
    if (!this.textRequest) return Continue;
    const text = this.letters + data.toString("latin1");
    if (endStream && text === "") return Continue;
    if (endStream && text.length % 4 !== 0) return this.refuse("grpc_base_64_decode_failed_bad_size");
    const whole = text.length - (text.length % 4);
    this.letters = text.slice(whole);
    if (whole === 0) return StopIteration;
    const decoded = decodeBase64(text.slice(0, whole));
    if (decoded === null) return this.refuse("grpc_base_64_decode_failed");
    this.handle.replaceDecodedData(Buffer.from(decoded, "latin1"));
    return Continue;
  }

  encodeHeaders(headers: HeaderBlock, endStream: boolean): Verdict {
    if (!this.active) return Continue;
    this.stats?.chargeStatus(headers.get(GRPC_STATUS));
    const foreign = !endStream && !isGrpcAnswer(headers);
    headers.remove(CONTENT_LENGTH);
    headers.set(CONTENT_TYPE, this.textResponse ? "application/grpc-web-text+proto" : "application/grpc-web+proto");
    if (!foreign) return Continue;
    this.foreign = headers;
    return StopIteration;
  }

  encodeData(data: Buffer, endStream: boolean): Verdict {
    if (this.foreign !== null) return this.collect(this.foreign, data, endStream);
    if (!this.textResponse) return Continue;
    const { frames, refused } = this.frames.read(data);
    if (frames.length === 0) return StopIteration;
    const text = Buffer.from(frames.map((frame) => frame.toString("base64")).join(""), "latin1");
    this.handle.replaceEncodedData(refused ? Buffer.concat([data, text]) : text);
    return Continue;
  }

  encodeTrailers(trailers: HeaderBlock): Verdict {
    if (!this.active) return Continue;
    this.stats?.chargeStatus(trailers.get(GRPC_STATUS));
    if (this.foreign !== null) {
      this.explain(this.foreign);
      return Continue;
    }
    let lines = "";
    trailers.forEach((name, value) => {
      lines += `${name}:${value}\r\n`;
    });
    trailers.removeIf(() => true);
    const frame = grpcFrame(WEB_TRAILERS, Buffer.from(lines, "latin1"));
    this.handle.injectEncodedData(this.textResponse ? Buffer.from(frame.toString("base64"), "latin1") : frame, false);
    return Continue;
  }

  private setUpStats(path: string | null): void {
    const method = grpcMethodOf(path);
    const cluster = method === null ? null : routedCluster(this.handle, this.env);
    if (cluster !== null) this.stats = new GrpcCallStats(cluster, "grpc-web", method);
  }

  private refuse(details: string): Verdict {
    this.handle.localReply({ status: 400, body: "Bad gRPC-web request, invalid base64 data.", details });
    return StopIteration;
  }

  /** Takes the body of an answer that is not gRPC's away, to say it in the head. */
  private collect(headers: HeaderBlock, data: Buffer, endStream: boolean): Verdict {
    if (this.pieces.length === 0 || this.heldBytes < MOST_MESSAGE_BYTES) {
      this.pieces.push(data);
      this.heldBytes += data.length;
    }
    if (!endStream) return StopIteration;
    this.handle.replaceEncodedData(EMPTY);
    this.explain(headers);
    return Continue;
  }

  private explain(headers: HeaderBlock): void {
    const message = this.pieces.length === 1 ? (this.pieces[0] as Buffer) : Buffer.concat(this.pieces).subarray(0, MOST_MESSAGE_BYTES);
    this.foreign = null;
    this.pieces = [];
    headers.set(GRPC_MESSAGE, percentEncode(message.toString("latin1")));
    headers.set(GRPC_STATUS, String(grpcStatusOf(headers.status)));
    headers.set(CONTENT_LENGTH, "0");
  }
}

/** An answer that goes on as it is: gRPC's, or gRPC-Web's in binary. */
function isGrpcAnswer(headers: HeaderBlock): boolean {
  if (headers.status !== 200) return false;
  return isGrpc(headers) || BINARY.includes(withoutParameters(headers.get(CONTENT_TYPE) ?? "").trimEnd().toLowerCase());
}

export const grpcWeb = defineExtension<"envoy.filters.http", GrpcWeb>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.grpc_web",
  config: "envoy.extensions.filters.http.grpc_web.v3.GrpcWeb",
  honours: { "envoy.extensions.filters.http.grpc_web.v3.GrpcWeb": [] },
  compile: () => ({ open: (env) => (handle) => new GrpcWebFilter(env, handle) }),
});
