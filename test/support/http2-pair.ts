import { Buffer } from "node:buffer";
import { Http2Client, type Http2ClientStream, type Http2ResponseSink } from "../../src/codec/http2-client.ts";
import type { ConnectionFault, MessageFault, StreamReset } from "../../src/codec/http2-faults.ts";
import type { Http2Counter, Http2Counters, Http2Events } from "../../src/codec/http2-link.ts";
import { HTTP2_CLIENT_DEFAULTS, HTTP2_SERVER_DEFAULTS, type Http2Options } from "../../src/codec/http2-options.ts";
import type { Http2Sink } from "../../src/codec/http2-output.ts";
import { Http2Server, type Http2ServerEvents } from "../../src/codec/http2-server.ts";
import type { Http2Stream } from "../../src/codec/http2-stream.ts";
import type { HeaderBlock } from "../../src/http/header-block.ts";
import { headerLines, type Message } from "./http1-log.ts";

/** Keeps what is written, as bytes. */
export class WrittenBytes implements Http2Sink {
  buffered = 0;
  #pieces: Buffer[] = [];

  write(chunk: Buffer, start: number, end: number): boolean {
    this.#pieces.push(Buffer.from(chunk.subarray(start, end)));
    return true;
  }

  /** What was written since the last time. */
  take(): Buffer {
    const all = Buffer.concat(this.#pieces);
    this.#pieces = [];
    return all;
  }
}

/** Writes down what happens on one stream. */
export class StreamLog implements Http2ResponseSink {
  readonly message: Message = { head: [], body: "", trailers: undefined, ended: false };
  readonly informational: string[][] = [];
  readonly blocked: boolean[] = [];
  reset: StreamReset | undefined = undefined;
  readonly heads: HeaderBlock[] = [];

  onInformational(head: HeaderBlock): void {
    this.informational.push(headerLines(head));
  }

  onResponse(head: HeaderBlock, endStream: boolean): void {
    this.heads.push(head);
    this.message.head = headerLines(head);
    this.message.ended = endStream;
  }

  onBody(data: Buffer, endStream: boolean): void {
    if (this.message.ended) throw new Error("a body after the end of its message");
    this.message.body += data.toString("latin1");
    this.message.ended = endStream;
  }

  onTrailers(trailers: HeaderBlock): void {
    this.message.trailers = headerLines(trailers);
    this.message.ended = true;
  }

  onSent(): void {}

  onReset(reset: StreamReset): void {
    if (this.reset !== undefined) throw new Error("a second reset");
    this.reset = reset;
  }

  onBlocked(blocked: boolean): void {
    this.blocked.push(blocked);
  }
}

/** Writes down what happens on a connection. */
export class ConnectionLog implements Http2ServerEvents, Http2Events, Http2Counters {
  readonly streams: { stream: Http2Stream; log: StreamLog }[] = [];
  readonly bad: string[] = [];
  readonly counters: Partial<Record<Http2Counter, number>> = {};
  error: ConnectionFault | undefined = undefined;
  goaway: number | undefined = undefined;
  pongs = 0;
  settings = 0;
  active = 0;
  pending = 0;
  after: (stream: Http2Stream) => void = () => {};

  get last(): { stream: Http2Stream; log: StreamLog } {
    return this.streams.at(-1) as { stream: Http2Stream; log: StreamLog };
  }

  onRequest(stream: Http2Stream, head: HeaderBlock, endStream: boolean): void {
    const log = new StreamLog();
    stream.sink = log;
    log.onResponse(head, endStream);
    this.streams.push({ stream, log });
    this.after(stream);
  }

  onBadRequest({ details }: MessageFault): void {
    this.bad.push(details);
  }

  onSettings(): void {
    this.settings++;
  }

  onPong(): void {
    this.pongs++;
  }

  onFrame(): void {}

  onGoaway(code: number): void {
    this.goaway = code;
  }

  onError(fault: ConnectionFault): void {
    if (this.error !== undefined) throw new Error("a second error");
    this.error = fault;
  }

  count(counter: Http2Counter): void {
    this.counters[counter] = (this.counters[counter] ?? 0) + 1;
  }

  onStreams(change: number): void {
    this.active += change;
  }

  onPendingBytes(change: number): void {
    this.pending += change;
  }
}

/** A client and a server, joined byte for byte. */
export class Http2Pair {
  readonly up = new WrittenBytes();
  readonly down = new WrittenBytes();
  readonly clientLog = new ConnectionLog();
  readonly serverLog = new ConnectionLog();
  readonly client: Http2Client;
  readonly server: Http2Server;
  now = 0;

  constructor(server: Partial<Http2Options> = {}, client: Partial<Http2Options> = {}) {
    this.client = new Http2Client({ ...HTTP2_CLIENT_DEFAULTS, ...client }, this.clientLog, this.clientLog, this.up);
    this.server = new Http2Server({ ...HTTP2_SERVER_DEFAULTS, ...server }, this.serverLog, this.serverLog, this.down, () => this.now);
  }

  open(): { stream: Http2ClientStream; log: StreamLog } {
    const log = new StreamLog();
    return { stream: this.client.newStream(log), log };
  }

  /** Lets bytes travel both ways, in pieces of `size`, until none are left. */
  carry(size = 65_536): void {
    for (;;) {
      const [up, down] = [this.up.take(), this.down.take()];
      if (up.length + down.length === 0) return;
      for (let at = 0; at < up.length; at += size) this.server.receive(Buffer.from(up.subarray(at, at + size)));
      for (let at = 0; at < down.length; at += size) this.client.receive(Buffer.from(down.subarray(at, at + size)));
    }
  }
}
