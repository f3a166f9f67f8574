/**
 * What an HTTP/2 connection keeps beside the frames that come: its streams, their windows both ways, its settings, and how it ends.
 * `Http2Session` reads the frames.
 */
import type { Buffer } from "node:buffer";
import type { HeaderBlock } from "../http/header-block.ts";
import { CLOSED_BY_END, CLOSED_HERE, ClosedStreams, type Closing } from "./closed-streams.ts";
import type { ConnectionFault, MessageFault, StreamReset } from "./http2-faults.ts";
import { ReceiveWindow } from "./http2-flow.ts";
import { FIRST_WINDOW } from "./http2-frames.ts";
import { InboundLimits, type FloodCounter } from "./http2-limits.ts";
import type { Http2Options } from "./http2-options.ts";
import { Http2Output, type Http2Sink } from "./http2-output.ts";
import { Sender } from "./http2-sender.ts";
import { ownSettings, PeerSettings } from "./http2-settings.ts";
import { Http2Stream, type StreamLink } from "./http2-stream.ts";

/** The codec's numbers, by Envoy's names. */
export type Http2Counter =
  | FloodCounter | MessageFault["counter"] | "dropped_headers_with_underscores" | "goaway_sent" | "rx_reset" | "tx_reset"
  | "stream_refused_errors" | "trailers";

export interface Http2Counters {
  count(counter: Http2Counter): void;
  /** More (or fewer) streams are open. */
  onStreams(change: number): void;
  /** More (or fewer) bytes wait in the queues of streams. */
  onPendingBytes(change: number): void;
}

/** What a connection's owner hears, beside heads. */
export interface Http2Events {
  /** The peer's SETTINGS came. */
  onSettings(): void;
  onPong(): void;
  /** Any other frame begins. */
  onFrame(): void;
  /** The peer takes no new streams. `code`: 0 for a graceful end. */
  onGoaway(code: number): void;
  /** The last event: close the connection. */
  onError(fault: ConnectionFault): void;
}

export abstract class Http2Link implements StreamLink {
  readonly options: Http2Options;
  readonly counters: Http2Counters;
  readonly output: Http2Output;
  readonly peer: PeerSettings;
  /** Nothing more should be written on any stream: the connection is full. */
  blocked = false;
  protected readonly streams = new Map<number, Http2Stream>();
  protected readonly closed = new ClosedStreams();
  protected readonly events: Http2Events;
  protected readonly server: boolean;
  protected readonly sender: Sender;
  protected readonly limits: InboundLimits;
  protected readonly window: ReceiveWindow;
  protected stopped = false;
  /** Bytes of the peer's are being read. */
  protected reading = false;
  /** Streams to be reset when they have been read. */
  private dismissed: { readonly stream: Http2Stream; readonly code: number }[] = [];
  private started = false;

  protected constructor(options: Http2Options, events: Http2Events, counters: Http2Counters, sink: Http2Sink, server: boolean) {
    this.options = options;
    this.events = events;
    this.counters = counters;
    this.server = server;
    const tell = (counter: FloodCounter): void => counters.count(counter);
    this.output = new Http2Output(options, sink, tell, () => this.start());
    this.peer = new PeerSettings(server);
    this.sender = new Sender(options.sendLimit);
    this.limits = new InboundLimits(options.limits, tell);
    this.window = new ReceiveWindow(options.connectionWindow);
  }

  /** Writes a head as HTTP/2 has it. */
  abstract sendHead(stream: Http2Stream, head: HeaderBlock, endStream: boolean): void;
  /** The highest stream of the peer's. */
  protected abstract readonly lastSeen: number;
  protected abstract stopReading(): void;

  get activeStreams(): number {
    return this.streams.size;
  }

  /** Sends SETTINGS, once; done by itself before anything else is sent, and when the first bytes have been read. */
  start(): void {
    if (this.started) return;
    this.announce();
    const more = this.options.connectionWindow - FIRST_WINDOW;
    if (more > 0) this.output.windowUpdate(0, more);
  }

  private announce(): void {
    this.started = true;
    if (!this.server) this.output.preface();
    this.output.settings(ownSettings(this.options, this.server));
  }

  /** Ignores what comes, and sends nothing more; for an owner that is about to close. The streams' sinks hear nothing. */
  stop(): void {
    this.halt();
    for (const stream of this.streams.values()) {
      stream.closed = true;
      stream.drop();
    }
    this.counters.onStreams(-this.streams.size);
    this.streams.clear();
  }

  /** The connection has become full, or has room again. */
  setBlocked(blocked: boolean): void {
    if (this.blocked === blocked) return;
    this.blocked = blocked;
    for (const stream of this.openStreams()) stream.tellOfConnection(blocked);
  }

  /** Every stream that is open, the oldest first. */
  openStreams(): Http2Stream[] {
    return [...this.streams.values()];
  }

  /** Sends a PING of eight bytes. */
  ping(payload: Buffer): void {
    this.output.ping(payload, 0, false);
  }

  onQueued(change: number): void {
    this.sender.queued += change;
    this.counters.onPendingBytes(change);
  }

  /** Something waits in a stream's queue. */
  send(stream: Http2Stream): void {
    this.limits.dataFrames += this.sender.send(stream, this.output.maxFrame);
    if (stream.localEnded) this.onLocalEnd(stream);
  }

  /** Gives a stream's window back to the peer. */
  consume(stream: Http2Stream, bytes: number): void {
    if (bytes === 0 || this.stopped) return;
    this.consumeConnection(bytes);
    if (stream.closed || stream.remoteEnded) return;
    const more = stream.receiveWindow.consume(bytes);
    if (more > 0) this.output.windowUpdate(stream.id, more);
  }

  resetStream(stream: Http2Stream, code: number): void {
    this.sendReset(stream.id, code);
    this.closeStream(stream, CLOSED_HERE);
  }

  resetLater(stream: Http2Stream, code: number): void {
    if (this.reading) this.dismissed.push({ stream, code });
    else this.resetStream(stream, code);
  }

  /** Resets the streams that were put off. */
  protected resetDismissed(): void {
    if (this.dismissed.length === 0) return;
    const dismissed = this.dismissed;
    this.dismissed = [];
    for (const { stream, code } of dismissed) if (!stream.closed) this.resetStream(stream, code);
  }

  protected open(id: number): Http2Stream {
    const stream = new Http2Stream(this, id, this.peer.streamWindow, this.options.streamWindow);
    this.streams.set(id, stream);
    this.counters.onStreams(1);
    return stream;
  }

  protected sendReset(id: number, code: number): void {
    this.output.reset(id, code);
    this.counters.count("tx_reset");
  }

  /** Ends the connection: a GOAWAY where Envoy sends one, and the last event. */
  protected fail(fault: ConnectionFault): false {
    if (this.stopped) return false;
    if (!fault.silent) {
      if (!this.started) this.announce();
      this.output.goaway(this.lastSeen, fault.code);
    }
    this.halt();
    this.events.onError(fault);
    return false;
  }

  private halt(): void {
    this.stopped = true;
    this.output.stopped = true;
    this.stopReading();
  }

  protected closeStream(stream: Http2Stream, how: Closing): void {
    if (stream.closed) return;
    stream.closed = true;
    this.streams.delete(stream.id);
    this.counters.onStreams(-1);
    this.closed.add(stream.id, how);
    stream.drop();
    this.sender.forget(stream);
    const left = stream.unconsumed;
    stream.unconsumed = 0;
    if (left > 0) this.consumeConnection(left);
  }

  /** The peer's message is at its end. */
  protected remoteEnd(stream: Http2Stream): void {
    stream.remoteEnded = true;
    if (stream.localEnded) this.closeStream(stream, CLOSED_BY_END);
  }

  /** Breaks a stream off because of what the peer sent on it. */
  protected breakOff(stream: Http2Stream, code: number, reset: StreamReset): void {
    const { sink } = stream;
    this.resetStream(stream, code);
    sink?.onReset(reset);
  }

  protected onLocalEnd(stream: Http2Stream): void {
    if (stream.remoteEnded) this.closeStream(stream, CLOSED_BY_END);
    stream.sink?.onSent();
  }

  protected pump(): void {
    this.limits.dataFrames += this.sender.pump(this.output.maxFrame, (stream) => this.onLocalEnd(stream));
  }

  protected consumeConnection(bytes: number): void {
    const more = this.window.consume(bytes);
    if (more > 0) this.output.windowUpdate(0, more);
  }
}
