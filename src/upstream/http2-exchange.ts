/** One request on an HTTP/2 connection, and its response: between the codec's stream and whoever forwards. Deaf once it is over. */
import type { Http2Client, Http2ClientStream, Http2ResponseSink } from "../codec/http2-client.ts";
import type { StreamReset } from "../codec/http2-faults.ts";
import { INTERNAL_ERROR } from "../codec/http2-frames.ts";
import type { ResetReason, ResponseSink, UpstreamStream } from "../contract/upstream-stream.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { giveHeaders } from "../http/header-pool.ts";
import type { SocketAddress } from "../platform/address.ts";
import type { Conn } from "../platform/conn.ts";

/** What an exchange needs of its connection. */
export interface ExchangeOwner {
  readonly conn: Conn;
  readonly startedAt: number;
  readonly connectedAt: number;
  /** `whole`: request and response came to their ends. */
  onExchangeOver(exchange: Http2Exchange, whole: boolean): void;
  onStreamReset(local: boolean): void;
}

const REASONS: Readonly<Record<StreamReset["reason"], ResetReason>> = {
  "remote reset": "remote reset",
  "remote refused stream reset": "remote refused stream reset",
  "remote reset no error": "remote reset",
  "connect error": "remote error with CONNECT request",
  "protocol error": "protocol error",
  "local reset": "local reset",
  "connection termination": "connection termination",
};

export class Http2Exchange implements UpstreamStream, Http2ResponseSink {
  readonly local: SocketAddress;
  readonly connection: ExchangeOwner;
  readonly halfCloses = true;
  private readonly owner: ExchangeOwner;
  private readonly stream: Http2ClientStream;
  private sink: ResponseSink | null;
  /** The response has come to its end. */
  private answered = false;

  constructor(owner: ExchangeOwner, codec: Http2Client, sink: ResponseSink) {
    this.owner = owner;
    this.local = owner.conn.local;
    this.connection = owner;
    this.sink = sink;
    this.stream = codec.newStream(this);
  }

  get protocol(): string {
    return "HTTP/2";
  }

  get connectionId(): number {
    return this.owner.conn.id;
  }

  encodeHeaders(headers: HeaderBlock, endStream: boolean): void {
    this.stream.encodeHeaders(headers, endStream);
    if (this.stream.blocked) this.sink?.onBlocked(true);
  }

  encodeData(data: Buffer, endStream: boolean): void {
    this.stream.encodeData(data, endStream);
    if (endStream) this.endIfDone();
  }

  encodeTrailers(trailers: HeaderBlock): void {
    this.stream.encodeTrailers(trailers);
    this.endIfDone();
  }

  reset(): void {
    this.sink = null;
    if (!this.stream.closed) {
      this.stream.reset(INTERNAL_ERROR);
      this.owner.onStreamReset(true);
    }
    this.owner.onExchangeOver(this, false);
  }

  pauseReading(): void {
    this.stream.pauseReading();
  }

  resumeReading(): void {
    this.stream.resumeReading();
  }

  /** The connection has ended. */
  lose(reason: ResetReason): void {
    const { sink } = this;
    this.sink = null;
    this.owner.onExchangeOver(this, false);
    sink?.onReset(reason, "");
  }

  onInformational(head: HeaderBlock): void {
    if (this.sink === null) giveHeaders(head);
    else this.sink.on1xx(head);
  }

  onResponse(head: HeaderBlock, endStream: boolean): void {
    const { sink } = this;
    if (endStream) this.finish();
    if (sink === null) giveHeaders(head);
    else sink.onHeaders(head, endStream);
  }

  onBody(data: Buffer, endStream: boolean): void {
    const { sink } = this;
    if (endStream) this.finish();
    sink?.onData(data, endStream);
  }

  onTrailers(trailers: HeaderBlock): void {
    const { sink } = this;
    this.finish();
    if (sink === null) giveHeaders(trailers);
    else sink.onTrailers(trailers);
  }

  onSent(): void {
    this.endIfDone();
  }

  onReset({ reason }: StreamReset): void {
    const { sink } = this;
    this.sink = null;
    if (reason === "remote reset") this.owner.onStreamReset(false);
    else if (reason === "protocol error") this.owner.onStreamReset(true);
    this.owner.onExchangeOver(this, false);
    sink?.onReset(REASONS[reason], "");
  }

  onBlocked(blocked: boolean): void {
    this.sink?.onBlocked(blocked);
  }

  /** The response is whole: the place is free before anybody hears of it, unless the request is still on its way. */
  private finish(): void {
    this.answered = true;
    this.endIfDone();
  }

  private endIfDone(): void {
    if (!this.answered || !this.stream.closed) return;
    this.sink = null;
    this.owner.onExchangeOver(this, true);
  }
}
