/**
 * One stream of an HTTP/2 connection, of either side. What is written to it waits here while the peer's windows are closed:
 *
 *     encodeData -> queue (Buffers, oldest first) -> DATA frames as windows allow -> END_STREAM or trailers
 */
import { Buffer } from "node:buffer";
import type { HeaderBlock } from "../http/header-block.ts";
import type { StreamReset } from "./http2-faults.ts";
import { ReceiveWindow } from "./http2-flow.ts";
import type { Http2Output } from "./http2-output.ts";

/** Takes what comes on one stream after its head. Trailers are pooled: whoever ends the stream gives them back. */
export interface Http2StreamSink {
  onBody(data: Buffer, endStream: boolean): void;
  /** Ends the message. */
  onTrailers(trailers: HeaderBlock): void;
  /** All that was written has gone out, its end too. */
  onSent(): void;
  /** The last event: the stream was broken off. */
  onReset(reset: StreamReset): void;
  /** True: hold back what is to be written. */
  onBlocked(blocked: boolean): void;
}

/** What a stream needs of its connection. */
export interface StreamLink {
  /** Nothing more should be written on any stream: the connection is full. */
  readonly blocked: boolean;
  readonly output: Http2Output;
  /** More (or fewer) bytes wait in queues. */
  onQueued(change: number): void;
  sendHead(stream: Http2Stream, head: HeaderBlock, endStream: boolean): void;
  /** Something waits in a stream's queue. */
  send(stream: Http2Stream): void;
  /** Gives so much of a stream's window back to the peer. */
  consume(stream: Http2Stream, bytes: number): void;
  resetStream(stream: Http2Stream, code: number): void;
  /** Resets it once all that has come was read, unless the peer has ended it by then. */
  resetLater(stream: Http2Stream, code: number): void;
}

const NOTHING = Buffer.alloc(0);
/** The queue of a stream that waits for nothing. */
const NO_CHUNKS: Buffer[] = [];

export class Http2Stream {
  /** 0: of a request whose head was not yet written. */
  id: number;
  private readonly link: StreamLink;
  /** Set by the owner when it hears of the stream. */
  sink: Http2StreamSink | null = null;
  /** The method of its request. */
  method = "";
  /** `upgrade` of a request that became an extended CONNECT. */
  upgrade: string | null = null;
  /** The peer has ended its message. */
  remoteEnded = false;
  /** END_STREAM was sent. */
  localEnded = false;
  closed = false;
  /** What Envoy's codec says of it, should the connection end now. */
  details = "";
  /** The declared length of what the peer sends, -1: none; and what has come of it. */
  expected = -1;
  received = 0;
  /** A final head of the peer's has come (of a response: not 1xx). */
  headed = false;
  /** What the peer lets us send. */
  sendWindow: number;
  readonly receiveWindow: ReceiveWindow;
  /** Received while reading was paused. */
  unconsumed = 0;
  /** In the ring of those that wait for a window. */
  waiting = false;
  /** Bytes in the queue. */
  queued = 0;
  private queue: Buffer[] = NO_CHUNKS;
  private first = 0;
  private offset = 0;
  private ends = false;
  private trailers: HeaderBlock | null = null;
  private pauses = 0;
  private held = false;

  constructor(link: StreamLink, id: number, sendWindow: number, receiveWindow: number) {
    this.link = link;
    this.id = id;
    this.sendWindow = sendWindow;
    this.receiveWindow = new ReceiveWindow(receiveWindow);
  }

  /** Nothing more should be written for now. */
  get blocked(): boolean {
    return this.held || this.link.blocked;
  }

  /** All that is to be written has been said. */
  get ending(): boolean {
    return this.ends || this.localEnded;
  }

  /** Something waits in the queue, be it only the end. */
  get pending(): boolean {
    return this.queued > 0 || this.ends;
  }

  get paused(): boolean {
    return this.pauses > 0;
  }

  /** Writes the message's head; a 1xx may come before. False (here and below): hold back. */
  encodeHeaders(head: HeaderBlock, endStream: boolean): boolean {
    if (this.closed || this.ending) return true;
    this.link.sendHead(this, head, endStream);
    return !this.blocked;
  }

  encode1xx(head: HeaderBlock): boolean {
    return this.encodeHeaders(head, false);
  }

  encodeData(data: Buffer, endStream: boolean): boolean {
    if (this.closed || this.ending || (data.length === 0 && !endStream)) return true;
    if (data.length > 0) {
      if (this.queue === NO_CHUNKS) this.queue = [data];
      else this.queue.push(data);
      this.queued += data.length;
      this.link.onQueued(data.length);
    }
    this.ends = endStream;
    this.link.send(this);
    return !this.blocked;
  }

  encodeTrailers(trailers: HeaderBlock): boolean {
    if (this.closed || this.ending) return true;
    if (trailers.size === 0) return this.encodeData(NOTHING, true);
    this.trailers = trailers;
    this.ends = true;
    this.link.send(this);
    return !this.blocked;
  }

  /** Gives the stream up: the sink hears nothing more. */
  reset(code: number): void {
    if (this.closed) return;
    if (this.id === 0) this.closed = true;
    else this.link.resetStream(this, code);
  }

  /** All was said, though the peer has not said all: the rest is not wanted. The sink hears nothing more. */
  dismiss(code: number): void {
    this.sink = null;
    if (!this.closed) this.link.resetLater(this, code);
  }

  /** Lets the peer send no more than its window. */
  pauseReading(): void {
    this.pauses++;
  }

  resumeReading(): void {
    if (this.pauses === 0 || --this.pauses > 0) return;
    const bytes = this.unconsumed;
    this.unconsumed = 0;
    this.link.consume(this, bytes);
  }

  /** Sends one frame of the queue as far as `most` bytes go. Returns the bytes that were sent. */
  sendFrame(most: number): number {
    const output = this.link.output;
    const chunk = this.queue[this.first];
    if (chunk === undefined) {
      this.sendEnd();
      return 0;
    }
    const from = this.offset;
    const to = Math.min(chunk.length, from + most);
    const bytes = to - from;
    this.take(chunk, to, bytes);
    const last = this.queued === 0 && this.ends && this.trailers === null;
    output.data(this.id, chunk, from, to, last);
    if (last) this.ended();
    else if (this.queued === 0 && this.ends) this.sendEnd();
    return bytes;
  }

  /** Tells the sink, if it is news, whether it may write. */
  tell(blocked: boolean): void {
    if (this.held === blocked) return;
    this.held = blocked;
    if (!this.link.blocked) this.sink?.onBlocked(blocked);
  }

  /** The connection as a whole is blocked, or no longer so. */
  tellOfConnection(blocked: boolean): void {
    if (!this.held) this.sink?.onBlocked(blocked);
  }

  /** Lets go of what was not sent. */
  drop(): void {
    if (this.queued > 0) this.link.onQueued(-this.queued);
    this.queue = NO_CHUNKS;
    this.first = this.offset = this.queued = 0;
    this.ends = false;
    this.trailers = null;
  }

  private take(chunk: Buffer, to: number, bytes: number): void {
    this.queued -= bytes;
    this.link.onQueued(-bytes);
    if (to < chunk.length) {
      this.offset = to;
      return;
    }
    this.offset = 0;
    this.queue[this.first++] = NOTHING;
    if (this.first < this.queue.length) return;
    this.queue = NO_CHUNKS;
    this.first = 0;
  }

  private sendEnd(): void {
    const trailers = this.trailers;
    this.trailers = null;
    if (trailers === null) this.link.output.data(this.id, NOTHING, 0, 0, true);
    else this.link.output.headers(this.id, trailers, true);
    this.ended();
  }

  private ended(): void {
    this.ends = false;
    this.localEnded = true;
  }
}
