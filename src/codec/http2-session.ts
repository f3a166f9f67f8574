/**
 * The frames of an HTTP/2 connection, for both its sides (RFC 9113): bytes in, events out; no sockets, no timers.
 *
 *     receive -> frames -> head blocks -> `headDone` (server, client) -> events of the session, then of each stream
 *     stream.encode* -> sender (windows) -> output -> bytes
 */
import type { Buffer } from "node:buffer";
import type { HeaderBlock } from "../http/header-block.ts";
import { REQUEST, type BlockKind } from "../http/names.ts";
import { CLOSED_BY_END, CLOSED_BY_PEER } from "./closed-streams.ts";
import { BAD_BLOCK, HpackDecoder } from "./hpack-decoder.ts";
import * as X from "./http2-faults.ts";
import { FrameReader, type FrameSink } from "./http2-frame-reader.ts";
import * as F from "./http2-frames.ts";
import { HeadBlock } from "./http2-head-block.ts";
import { Http2Link, type Http2Counters, type Http2Events } from "./http2-link.ts";
import { MessageReader } from "./http2-message.ts";
import type { Http2Options } from "./http2-options.ts";
import type { Http2Sink } from "./http2-output.ts";
import type { Http2Stream } from "./http2-stream.ts";

/** A block that nobody wants: it is decoded for the sake of the HPACK table. */
export const DISCARD = -1;

const OVERFLOW: X.StreamReset = { reason: "remote reset", details: "http2.remote_reset" };
const WRONG_LENGTH: X.StreamReset = { reason: "protocol error", details: "http2.remote_reset" };

export abstract class Http2Session extends Http2Link implements FrameSink {
  protected readonly message: MessageReader;
  /** The peer has acknowledged our SETTINGS. */
  protected agreed = false;
  private readonly reader = new FrameReader(this);
  private readonly decoder: HpackDecoder;
  private readonly head = new HeadBlock();
  private settled = false;

  protected constructor(options: Http2Options, events: Http2Events, counters: Http2Counters, sink: Http2Sink, server: boolean) {
    super(options, events, counters, sink, server);
    this.decoder = new HpackDecoder(options.tableSize, options.maxFieldBytes);
    this.message = new MessageReader(options, server);
  }

  /** A HEADERS frame opens a block on `id`: what it is for, DISCARD, or a fault. */
  protected abstract headBegins(id: number): BlockKind | typeof DISCARD | X.ConnectionFault;
  /** A block is whole; `head` null: it was discarded, or `message.fault` says what is wrong. */
  protected abstract headDone(id: number, head: HeaderBlock | null, endStream: boolean): void;
  /** A stream of that number was never open. */
  protected abstract isIdle(id: number): boolean;
  /** The peer reset a stream. */
  protected abstract onPeerReset(): X.ConnectionFault | undefined;
  /** The peer will not answer streams above `last`. */
  protected abstract goingAway(last: number): void;

  /** A frame or a head has begun to come and is not yet whole. */
  get midFrame(): boolean {
    return this.reader.midFrame || this.head.open;
  }

  /** A head has begun to come, for a stream that does not exist before it is whole. */
  get headOnItsWay(): boolean {
    return this.head.open && !this.streams.has(this.head.id);
  }

  /** Takes bytes from the peer; not from within an event. Bodies lie in the chunk, which must not change afterwards. */
  receive(chunk: Buffer): void {
    this.reading = true;
    if (this.output.fault === undefined) this.read(chunk, 0);
    this.reading = false;
    this.resetDismissed();
    if (this.output.fault !== undefined) this.fail(this.output.fault);
    if (!this.stopped) this.start();
  }

  override stop(): void {
    super.stop();
    this.head.end();
  }

  onOversized(): void {
    this.fail(X.BAD_FRAME_SIZE);
  }

  onFrame(type: number, flags: number, id: number, b: Buffer, start: number, end: number): boolean {
    const { head } = this;
    if (type !== F.PING || (flags & F.ACK) === 0) this.events.onFrame();
    const ends = (type === F.DATA || type === F.HEADERS) && (flags & F.END_STREAM) !== 0;
    const empty = end - start - paddingOf(type, flags, b, start, end) <= 0;
    const flood = this.limits.check(type, ends, empty, this.streams.size);
    if (flood !== undefined) return this.blame(id, flood);
    if (head.open ? type !== F.CONTINUATION || id !== head.id : type === F.CONTINUATION) return this.fail(X.BAD_PROTOCOL);
    if (!this.settled && (type !== F.SETTINGS || (flags & F.ACK) !== 0)) return this.fail(X.BAD_PROTOCOL);
    const fault = this.dispatch(type, flags, id, b, start, end);
    return fault === undefined ? !this.stopped : this.blame(id, fault);
  }

  /** A fault of one stream's that ends the connection. */
  protected blame(id: number, fault: X.ConnectionFault): false {
    const stream = this.streams.get(id);
    if (stream !== undefined) stream.details = fault.details;
    return this.fail(fault);
  }

  /** Bytes go to the frames; a server takes the preface off first. */
  protected read(chunk: Buffer, from: number): void {
    this.reader.read(chunk, from);
  }

  protected stopReading(): void {
    this.reader.stop();
    this.message.abandon();
  }

  private dispatch(type: number, flags: number, id: number, b: Buffer, start: number, end: number): X.ConnectionFault | undefined {
    switch (type) {
      case F.DATA: return this.onData(flags, id, b, start, end);
      case F.HEADERS: return this.onHeaders(flags, id, b, start, end);
      case F.PRIORITY: return this.onPriority(id, b, start, end);
      case F.RST_STREAM: return this.onReset(id, b, start, end);
      case F.SETTINGS: return this.onSettings(flags, id, b, start, end);
      case F.PUSH_PROMISE: return X.INVALID_FRAME;
      case F.PING: return this.onPing(flags, id, b, start, end);
      case F.GOAWAY: return this.onGoaway(id, b, start, end);
      case F.WINDOW_UPDATE: return this.onWindowUpdate(id, b, start, end);
      case F.CONTINUATION: return this.onContinuation(flags, b, start, end);
      default: return undefined;
    }
  }

  private onData(flags: number, id: number, b: Buffer, start: number, end: number): X.ConnectionFault | undefined {
    if (id === 0 || this.isIdle(id)) return X.BAD_PROTOCOL;
    if (!this.window.take(end - start)) return X.BAD_FLOW;
    const padding = paddingOf(F.DATA, flags, b, start, end);
    if (padding < 0 || padding > end - start) return X.BAD_PROTOCOL;
    const stream = this.streams.get(id);
    if (stream === undefined) {
      this.consumeConnection(end - start);
      return this.onClosed(id);
    }
    if (stream.remoteEnded) return X.STREAM_WAS_CLOSED;
    if (!stream.headed) return X.BAD_PROTOCOL;
    if (!stream.receiveWindow.take(end - start)) return this.overflow(stream, end - start);
    const from = (flags & F.PADDED) === 0 ? start : start + 1;
    this.deliver(stream, b.subarray(from, end - padding + (from - start)), (flags & F.END_STREAM) !== 0, end - start);
    return undefined;
  }

  /** More than the stream's window allows (RFC 9113 6.9.1): of what comes, or of the window itself. */
  private overflow(stream: Http2Stream, bytes: number): undefined {
    this.consumeConnection(bytes);
    this.breakOff(stream, F.FLOW_CONTROL_ERROR, OVERFLOW);
  }

  private deliver(stream: Http2Stream, data: Buffer, endStream: boolean, taken: number): void {
    stream.received += data.length;
    const { expected, received } = stream;
    if (expected >= 0 && (received > expected || (endStream && received !== expected))) {
      this.consumeConnection(taken);
      this.breakOff(stream, F.PROTOCOL_ERROR, WRONG_LENGTH);
      return;
    }
    const { sink } = stream;
    if (endStream) this.remoteEnd(stream);
    if (stream.paused && !stream.closed) stream.unconsumed += taken;
    else this.consume(stream, taken);
    if (data.length > 0 || endStream) sink?.onBody(data, endStream);
  }

  /** A frame for a stream that is no longer. */
  private onClosed(id: number): X.ConnectionFault | undefined {
    const how = this.closed.how(id);
    if (how === CLOSED_BY_END) return X.STREAM_WAS_CLOSED;
    if (how === CLOSED_BY_PEER) this.sendReset(id, F.STREAM_CLOSED);
    return undefined;
  }

  private onHeaders(flags: number, id: number, b: Buffer, start: number, end: number): X.ConnectionFault | undefined {
    if (id === 0) return X.INVALID_FRAME;
    let padding = paddingOf(F.HEADERS, flags, b, start, end);
    if (padding < 0) return X.BAD_FRAME_SIZE;
    let from = start;
    if ((flags & F.PADDED) !== 0) {
      from++;
      padding--;
    }
    if ((flags & F.HAS_PRIORITY) !== 0) {
      if (end - from < 5) return X.BAD_FRAME_SIZE;
      if (F.readStreamId(b, from) === id) return X.BAD_PROTOCOL;
      from += 5;
    }
    if (from > end - padding) return X.BAD_PROTOCOL;
    const kind = this.headBegins(id);
    if (typeof kind === "object") return kind;
    this.head.begin(id, (flags & F.END_STREAM) !== 0);
    this.message.begin(kind === DISCARD ? REQUEST : kind, kind === DISCARD);
    return this.onFragment(flags, b, from, end - padding);
  }

  private onContinuation(flags: number, b: Buffer, start: number, end: number): X.ConnectionFault | undefined {
    if (this.head.more() > this.options.limits.continuations) return X.TOO_MANY_CONTINUATIONS;
    return this.onFragment(flags, b, start, end);
  }

  private onFragment(flags: number, b: Buffer, start: number, end: number): X.ConnectionFault | undefined {
    const { head } = this;
    const whole = (flags & F.END_HEADERS) !== 0;
    head.join(b, start, end);
    const at = this.decoder.decode(head.bytes, head.from, head.to, head.first, this.message);
    if (at === BAD_BLOCK || (whole && at !== head.to)) return X.BAD_COMPRESSION;
    if (!whole) {
      head.keep(at);
      return undefined;
    }
    head.end();
    for (let i = 0; i < this.message.dropped; i++) this.counters.count("dropped_headers_with_underscores");
    this.headDone(head.id, this.message.end(), head.endStream);
    return undefined;
  }

  private onPriority(id: number, b: Buffer, start: number, end: number): X.ConnectionFault | undefined {
    if (id === 0) return X.BAD_PROTOCOL;
    if (end - start !== 5) return X.BAD_FRAME_SIZE;
    return F.readStreamId(b, start) === id ? X.BAD_PROTOCOL : undefined;
  }

  private onReset(id: number, b: Buffer, start: number, end: number): X.ConnectionFault | undefined {
    if (end - start !== 4) return X.BAD_FRAME_SIZE;
    if (id === 0 || this.isIdle(id)) return X.INVALID_FRAME;
    const stream = this.streams.get(id);
    if (stream !== undefined) {
      this.counters.count("rx_reset");
      const { sink } = stream;
      const reset = X.resetOf(F.readWord(b, start), stream.remoteEnded);
      this.closeStream(stream, CLOSED_BY_PEER);
      sink?.onReset(reset);
    }
    return this.onPeerReset();
  }

  private onSettings(flags: number, id: number, b: Buffer, start: number, end: number): X.ConnectionFault | undefined {
    if (id !== 0) return X.INVALID_FRAME;
    this.settled = true;
    if ((flags & F.ACK) !== 0) {
      this.agreed = true;
      return end === start ? undefined : X.BAD_FRAME_SIZE;
    }
    const { peer } = this;
    const before = peer.streamWindow;
    const fault = peer.read(b, start, end);
    if (fault !== undefined) return fault;
    this.output.maxFrame = Math.min(peer.maxFrame, F.FRAME_LIMIT);
    if (peer.tableSize !== undefined) this.output.allowTable(peer.tableSize);
    if (!this.shiftWindows(peer.streamWindow - before)) return X.INVALID_WINDOW;
    this.output.settingsAck();
    this.events.onSettings();
    this.pump();
    return undefined;
  }

  /** The peer's initial window has changed: so have all windows. */
  private shiftWindows(change: number): boolean {
    if (change === 0) return true;
    for (const stream of this.streams.values()) {
      stream.sendWindow += change;
      if (stream.sendWindow > F.LARGEST_WINDOW) return false;
      if (stream.sendWindow > 0) this.sender.opened(stream);
    }
    return true;
  }

  private onPing(flags: number, id: number, b: Buffer, start: number, end: number): X.ConnectionFault | undefined {
    if (id !== 0) return X.INVALID_FRAME;
    if (end - start !== 8) return X.BAD_FRAME_SIZE;
    if ((flags & F.ACK) !== 0) this.events.onPong();
    else this.output.ping(b, start, true);
    return undefined;
  }

  private onGoaway(id: number, b: Buffer, start: number, end: number): X.ConnectionFault | undefined {
    if (id !== 0) return X.INVALID_FRAME;
    if (end - start < 8) return X.BAD_FRAME_SIZE;
    this.events.onGoaway(F.readWord(b, start + 4));
    this.goingAway(F.readStreamId(b, start));
    return undefined;
  }

  private onWindowUpdate(id: number, b: Buffer, start: number, end: number): X.ConnectionFault | undefined {
    if (end - start !== 4) return X.BAD_FRAME_SIZE;
    const more = F.readStreamId(b, start);
    if (more === 0 || (id !== 0 && this.isIdle(id))) return X.INVALID_FRAME;
    if (id === 0) {
      if (!this.sender.widen(more)) return X.INVALID_WINDOW;
    } else {
      const stream = this.streams.get(id);
      if (stream === undefined) return undefined;
      stream.sendWindow += more;
      if (stream.sendWindow > F.LARGEST_WINDOW) return this.overflow(stream, 0);
      this.sender.opened(stream);
    }
    this.pump();
    return undefined;
  }
}

/** Bytes of a frame that are padding, its length byte included; -1: no room for the length byte. */
function paddingOf(type: number, flags: number, b: Buffer, start: number, end: number): number {
  if ((flags & F.PADDED) === 0 || (type !== F.DATA && type !== F.HEADERS)) return 0;
  return end > start ? (b[start] as number) + 1 : -1;
}
