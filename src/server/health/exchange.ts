/** One HTTP/1 request on a connection of its own, through the proxy's client codec; for health checks and questions to the admin. */
import { Buffer } from "node:buffer";
import type { ByteSink } from "../../codec/byte-sink.ts";
import type { CodecError } from "../../codec/codec-error.ts";
import { Http1Client, type ResponseSink } from "../../codec/http1-client.ts";
import { CLIENT_DEFAULTS } from "../../codec/http1-options.ts";
import { HeaderBlock } from "../../http/header-block.ts";
import { giveHeaders } from "../../http/header-pool.ts";
import type { SocketAddress } from "../../platform/address.ts";
import type { Clock, Timer } from "../../platform/clock.ts";
import type { CloseCause, Conn, ConnHandler, Dialer } from "../../platform/conn.ts";
import { closeReason } from "./close-reason.ts";

export interface Network {
  readonly dialer: Dialer;
  readonly clock: Clock;
}

export interface ExchangeRequest {
  readonly address: SocketAddress;
  readonly head: HeaderBlock;
  /** Empty: the head ends the request. */
  readonly body: Buffer;
  /** For all of it, connecting included. */
  readonly timeoutMs: number;
  /** Bytes of the response's body that are kept; what is beyond is read and dropped. */
  readonly keepBytes: number;
}

/** The answer, or why there is none; `ms` is the time from dialing to the end of either. */
export type ExchangeAnswer =
  | { readonly head: HeaderBlock; readonly body: Buffer; readonly truncated: boolean; readonly ms: number }
  | { readonly failure: string; readonly ms: number };

/** Never rejects. */
export function exchange(network: Network, request: ExchangeRequest): Promise<ExchangeAnswer> {
  return new Promise((done) => void new Exchange(network, request, done));
}

class Exchange implements ConnHandler, ByteSink {
  private readonly request: ExchangeRequest;
  private readonly clock: Clock;
  private readonly done: (answer: ExchangeAnswer) => void;
  private readonly codec: Http1Client;
  private readonly timer: Timer;
  private conn: Conn | null = null;
  private readonly start: number;
  private connected = false;
  private over = false;

  constructor({ dialer, clock }: Network, request: ExchangeRequest, done: (answer: ExchangeAnswer) => void) {
    this.request = request;
    this.clock = clock;
    this.done = done;
    this.start = clock.now();
    this.codec = new Http1Client(CLIENT_DEFAULTS, new Response(this, request.keepBytes), this);
    this.timer = clock.after(request.timeoutMs, () => this.timeOut());
    // The dialer's limit lies beyond the timer's, so that a host that does not answer has one story. It may fail before it returns.
    this.conn = dialer.dial(request.address, this, { timeoutMs: request.timeoutMs + DIAL_GRACE_MS, highWatermark: 0 });
  }

  onConnect(): void {
    this.connected = true;
    const { head, body } = this.request;
    this.codec.encodeHeaders(head, body.length === 0);
    if (body.length > 0) this.codec.encodeData(body, true);
  }

  /** ByteSink of the codec. */
  write(chunk: Buffer, start: number, end: number): boolean {
    return this.conn?.write(chunk, start, end) ?? false;
  }

  onData(_conn: Conn, chunk: Buffer): void {
    if (!this.over) this.codec.receive(chunk);
  }

  onDrain(): void {}

  onEnd(): void {
    if (!this.over) this.codec.end();
    this.fail("the connection was closed before the answer was whole");
  }

  onClose(conn: Conn, cause: CloseCause): void {
    this.fail(closeReason(cause, this.connected, conn.failure));
  }

  answer(head: HeaderBlock, body: Buffer, truncated: boolean): void {
    this.finish({ head, body, truncated, ms: this.clock.now() - this.start });
  }

  fail(failure: string): void {
    this.finish({ failure, ms: this.clock.now() - this.start });
  }

  private timeOut(): void {
    this.fail(`${this.connected ? "no answer" : "no connection"} within ${this.request.timeoutMs} ms`);
  }

  private finish(answer: ExchangeAnswer): void {
    if (this.over) return;
    this.over = true;
    this.timer.cancel();
    this.codec.stop();
    this.conn?.reset();
    this.done(answer);
  }
}

/** Gathers one response. */
class Response implements ResponseSink {
  private readonly owner: Exchange;
  private readonly keepBytes: number;
  private readonly head = new HeaderBlock();
  private readonly pieces: Buffer[] = [];
  private kept = 0;
  private received = 0;

  constructor(owner: Exchange, keepBytes: number) {
    this.owner = owner;
    this.keepBytes = keepBytes;
  }

  onInformational(head: HeaderBlock): void {
    giveHeaders(head);
  }

  onResponse(head: HeaderBlock, endStream: boolean): void {
    this.head.copyFrom(head);
    giveHeaders(head);
    if (endStream) this.end();
  }

  onBody(data: Buffer, endStream: boolean): void {
    this.received += data.length;
    const room = Math.min(data.length, this.keepBytes - this.kept);
    if (room > 0) this.pieces.push(data.subarray(0, room));
    this.kept += Math.max(0, room);
    if (endStream) this.end();
  }

  onTrailers(trailers: HeaderBlock): void {
    giveHeaders(trailers);
    this.end();
  }

  onError(error: CodecError): void {
    this.owner.fail(`the answer is not proper HTTP/1.1 (${error.details})`);
  }

  private end(): void {
    this.owner.answer(this.head, Buffer.concat(this.pieces), this.received > this.kept);
  }
}

const DIAL_GRACE_MS = 1000;
