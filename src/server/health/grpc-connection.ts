/** An HTTP/2 connection to one host that asks its gRPC health service, one question at a time (source/extensions/health_checkers/grpc). */
import type { Buffer } from "node:buffer";
import { FRAME_HEADER_BYTES, FrameReader } from "../../codec/grpc-frames.ts";
import { Http2Client, type Http2ClientStream, type Http2ResponseSink } from "../../codec/http2-client.ts";
import { CANCEL, NO_ERROR } from "../../codec/http2-frames.ts";
import type { Http2Counters, Http2Events } from "../../codec/http2-link.ts";
import { HTTP2_CLIENT_DEFAULTS } from "../../codec/http2-options.ts";
import type { Http2Sink } from "../../codec/http2-output.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { giveHeaders } from "../../http/header-pool.ts";
import { GRPC_STATUS } from "../../http/names.ts";
import { grpcStatusOfHttp } from "../../match/format/grpc-status.ts";
import { isGrpc } from "../../match/stream-matcher.ts";
import type { CloseCause, Conn, ConnHandler, Dialer } from "../../platform/conn.ts";
import type { SocketAddress } from "../../platform/address.ts";
import { type GrpcVerdict, INTERNAL, messageIn, servingStatus, statusIn } from "./grpc-message.ts";

/** What is asked, made afresh each time. */
export interface GrpcQuestion {
  head(): HeaderBlock;
  readonly body: Buffer;
}

export interface GrpcConnectionOwner {
  /** The question is answered; `usable`: the connection can carry another. */
  onVerdict(connection: GrpcCheckConnection, verdict: GrpcVerdict, usable: boolean): void;
  /** No answer will come, or (not `asking`) the connection ended between two questions. `cause` null: the host broke the question off, and the connection stands. */
  onLost(connection: GrpcCheckConnection, asking: boolean, cause: CloseCause | null): void;
}

export class GrpcCheckConnection implements ConnHandler, Http2Sink, Http2Events, Http2Counters, Http2ResponseSink {
  connected = false;
  private readonly owner: GrpcConnectionOwner;
  private readonly question: GrpcQuestion;
  private readonly codec: Http2Client;
  private conn: Conn | null = null;
  private stream: Http2ClientStream | null = null;
  private frames = new FrameReader();
  private serving: number | null = null;
  private asking = true;
  /** The host takes no more questions after this one. */
  private leaving = false;
  private over = false;

  constructor(question: GrpcQuestion, owner: GrpcConnectionOwner) {
    this.owner = owner;
    this.question = question;
    this.codec = new Http2Client(HTTP2_CLIENT_DEFAULTS, this, this, this);
  }

  get buffered(): number {
    return this.conn?.buffered ?? 0;
  }

  /** Connects and asks; it may fail before this returns. `timeoutMs`: of connecting. */
  dial(dialer: Dialer, address: SocketAddress, timeoutMs: number): void {
    this.conn = dialer.dial(address, this, { timeoutMs, highWatermark: 0 });
    if (this.over) this.conn.reset();
  }

  /** Asks; a connection that is still being made asks once it is. */
  ask(): void {
    this.asking = true;
    if (!this.connected) return;
    this.serving = null;
    this.frames = new FrameReader();
    this.stream = this.codec.newStream(this);
    this.stream.encodeHeaders(this.question.head(), false);
    this.stream.encodeData(this.question.body, true);
  }

  /** The answer is not wanted any more. False: the connection cannot carry another question. */
  giveUp(): boolean {
    this.asking = false;
    this.drop();
    return this.connected && !this.leaving && !this.over;
  }

  close(): void {
    if (this.over) return;
    this.over = true;
    this.asking = false;
    this.codec.stop();
    this.conn?.reset();
  }

  onConnect(conn: Conn): void {
    this.conn = conn;
    this.connected = true;
    conn.setNoDelay(true);
    if (this.asking) this.ask();
  }

  onData(_conn: Conn, chunk: Buffer): void {
    if (!this.over) this.codec.receive(chunk);
  }

  onDrain(): void {
    this.codec.setBlocked(false);
  }

  onEnd(): void {
    this.lose("remote");
  }

  onClose(_conn: Conn, cause: CloseCause): void {
    this.lose(cause);
  }

  /** The codec's bytes. */
  write(chunk: Buffer, start: number, end: number): boolean {
    const room = this.conn?.write(chunk, start, end) ?? false;
    if (!room) this.codec.setBlocked(true);
    return room;
  }

  onInformational(head: HeaderBlock): void {
    giveHeaders(head);
  }

  onResponse(head: HeaderBlock, endStream: boolean): void {
    const { status } = head;
    const grpc = endStream ? statusIn(head) : null;
    const message = messageIn(head);
    const foreign = endStream ? !head.has(GRPC_STATUS) : !isGrpc(head);
    giveHeaders(head);
    if (grpc !== null) this.finish(grpc, message, true);
    else if (status !== 200) this.finish(grpcStatusOfHttp(status), `HTTP status ${status}`, endStream);
    else if (foreign) this.finish(INTERNAL, "the answer is not gRPC's", endStream);
    else if (endStream) this.finish(INTERNAL, "the answer has no grpc-status", true);
  }

  onBody(data: Buffer, endStream: boolean): void {
    if (endStream) return this.finish(INTERNAL, "the answer ended without trailers", true);
    const { frames, refused } = this.frames.read(data);
    if (refused) return this.finish(INTERNAL, "the answer is not made of gRPC's frames", false);
    for (const frame of frames) {
      if (frame.length === FRAME_HEADER_BYTES) continue;
      if (this.serving !== null) return this.finish(INTERNAL, "more than one message came", false);
      this.serving = servingStatus(frame);
      if (this.serving === null) return this.finish(INTERNAL, "the message is not a HealthCheckResponse", false);
    }
  }

  onTrailers(trailers: HeaderBlock): void {
    const status = statusIn(trailers);
    const message = status === null ? "the answer has no grpc-status" : messageIn(trailers);
    giveHeaders(trailers);
    this.finish(status ?? INTERNAL, message, true);
  }

  onReset(): void {
    this.stream = null;
    if (!this.asking) return;
    if (this.leaving) return this.lose("remote");
    this.asking = false;
    this.owner.onLost(this, true, null);
  }

  onGoaway(code: number): void {
    this.leaving = true;
    if (!this.asking || code !== NO_ERROR) this.lose("remote");
  }

  onError(): void {
    this.lose("remote");
  }

  onSent(): void {}
  onBlocked(): void {}
  onSettings(): void {}
  onPong(): void {}
  onFrame(): void {}
  /** The numbers of checks are those of their results. */
  count(): void {}
  onStreams(): void {}
  onPendingBytes(): void {}

  /** `whole`: the stream has ended by itself. */
  private finish(status: number, message: string, whole: boolean): void {
    if (!this.asking) return;
    this.asking = false;
    if (whole) this.stream = null;
    else this.drop();
    this.owner.onVerdict(this, { status, message, serving: this.serving }, !this.leaving && !this.over);
  }

  private drop(): void {
    this.stream?.dismiss(CANCEL);
    this.stream = null;
  }

  private lose(cause: CloseCause): void {
    if (this.over) return;
    const { asking } = this;
    this.close();
    this.owner.onLost(this, asking, cause);
  }
}
