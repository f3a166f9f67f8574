/** The downstream side of HTTP/2: requests in, responses out, each on a stream of its own. Judges each fault as Envoy 1.40 does. */
import { Buffer } from "node:buffer";
import type { HeaderBlock } from "../http/header-block.ts";
import { giveHeaders } from "../http/header-pool.ts";
import { REQUEST, REQUEST_TRAILERS, type BlockKind } from "../http/names.ts";
import { CLOSED_BY_END, CLOSED_BY_PEER, CLOSED_HERE } from "./closed-streams.ts";
import {
  BAD_PROTOCOL, HEAD_AFTER_END, INVALID_FRAME, INVALID_MESSAGE, NOT_HTTP2, silentFault, STREAM_WAS_CLOSED, type ConnectionFault, type MessageFault,
} from "./http2-faults.ts";
import { INTERNAL_ERROR, LARGEST_STREAM, NO_ERROR, PREFACE, PROTOCOL_ERROR, REFUSED_STREAM, STREAM_CLOSED } from "./http2-frames.ts";
import { ResetBucket } from "./http2-limits.ts";
import type { Http2Counters, Http2Events } from "./http2-link.ts";
import type { Http2Options } from "./http2-options.ts";
import type { Http2Sink } from "./http2-output.ts";
import { DISCARD, Http2Session } from "./http2-session.ts";
import type { Http2Stream } from "./http2-stream.ts";
import { requestFromConnect, responseToConnect } from "./http2-upgrades.ts";

export interface Http2ServerEvents extends Http2Events {
  /** A request has begun. Its further events go to `stream.sink`, which is to be set now. */
  onRequest(stream: Http2Stream, head: HeaderBlock, endStream: boolean): void;
  /** A request whose head was refused: its stream was reset, or the connection is about to end. */
  onBadRequest(fault: MessageFault): void;
}

export class Http2Server extends Http2Session {
  protected override readonly events: Http2ServerEvents;
  private readonly resets: ResetBucket;
  /** Bytes of the preface that are still to come. */
  private preface = PREFACE.length;
  private last = 0;
  private final = false;

  /** `now`: a clock, ms. */
  constructor(options: Http2Options, events: Http2ServerEvents, counters: Http2Counters, sink: Http2Sink, now: () => number) {
    super(options, events, counters, sink, true);
    this.events = events;
    this.resets = new ResetBucket(options.limits, now);
  }

  /** Tells the client to send no new requests; those on their way are still taken (the first step of a graceful end). */
  announceShutdown(): void {
    this.output.goaway(LARGEST_STREAM, NO_ERROR);
  }

  /** Takes no new requests from now on (the second step). */
  goAway(): void {
    if (this.final) return;
    this.final = true;
    this.counters.count("goaway_sent");
    this.output.goaway(this.last, NO_ERROR);
  }

  sendHead(stream: Http2Stream, head: HeaderBlock, endStream: boolean): void {
    const sent = responseToConnect(head);
    this.output.headers(stream.id, sent ?? head, endStream);
    if (sent !== null) giveHeaders(sent);
    if (!endStream) return this.sender.begins(stream);
    stream.localEnded = true;
    this.onLocalEnd(stream);
  }

  protected get lastSeen(): number {
    return this.last;
  }

  protected override read(chunk: Buffer, from: number): void {
    const take = Math.min(this.preface, chunk.length - from);
    if (take > 0) {
      const at = PREFACE.length - this.preface;
      if (Buffer.compare(PREFACE.subarray(at, at + take), chunk.subarray(from, from + take)) !== 0) {
        this.fail(NOT_HTTP2);
        return;
      }
      this.preface -= take;
    }
    super.read(chunk, from + take);
  }

  protected isIdle(id: number): boolean {
    return id > this.last || (id & 1) === 0;
  }

  protected onPeerReset(): ConnectionFault | undefined {
    return this.resets.take();
  }

  protected goingAway(): void {}

  protected headBegins(id: number): BlockKind | typeof DISCARD | ConnectionFault {
    const stream = this.streams.get(id);
    if (stream !== undefined) {
      if (stream.remoteEnded) return HEAD_AFTER_END;
      this.counters.count("trailers");
      return REQUEST_TRAILERS;
    }
    if ((id & 1) === 0) return INVALID_FRAME;
    if (id <= this.last) return this.headOnClosed(id);
    this.last = id;
    if (this.final) return DISCARD;
    return this.streams.size < this.options.maxConcurrentStreams ? REQUEST : this.tooMany(id);
  }

  protected headDone(id: number, head: HeaderBlock | null, endStream: boolean): void {
    const stream = this.streams.get(id);
    const { fault } = this.message;
    if (fault !== undefined) this.refuse(id, stream, fault);
    else if (head === null) return;
    else if (stream !== undefined) this.onTrailers(stream, head, endStream);
    else if (endStream && this.message.length > 0) this.refuseWhole(id, undefined, head);
    else this.onRequest(id, head, endStream);
  }

  private headOnClosed(id: number): typeof DISCARD | ConnectionFault {
    switch (this.closed.how(id)) {
      case CLOSED_BY_END: return STREAM_WAS_CLOSED;
      case CLOSED_BY_PEER: this.sendReset(id, STREAM_CLOSED); return DISCARD;
      case CLOSED_HERE: return DISCARD;
      default: return BAD_PROTOCOL;
    }
  }

  /** More streams than the SETTINGS allow: those that may not have been read yet are forgiven. */
  private tooMany(id: number): typeof DISCARD | ConnectionFault {
    if (this.agreed) return INVALID_FRAME;
    this.counters.count("stream_refused_errors");
    this.sendReset(id, REFUSED_STREAM);
    this.closed.add(id, CLOSED_HERE);
    return DISCARD;
  }

  private onRequest(id: number, head: HeaderBlock, endStream: boolean): void {
    const stream = this.open(id);
    stream.expected = this.message.length;
    stream.headed = true;
    stream.method = head.method;
    stream.remoteEnded = endStream;
    if (head.protocol !== null) requestFromConnect(head);
    this.events.onRequest(stream, head, endStream);
  }

  private onTrailers(stream: Http2Stream, trailers: HeaderBlock, endStream: boolean): void {
    if (!endStream || (stream.expected >= 0 && stream.received !== stream.expected)) return this.refuseWhole(stream.id, stream, trailers);
    const { sink } = stream;
    this.remoteEnd(stream);
    if (sink === null) giveHeaders(trailers);
    else sink.onTrailers(trailers);
  }

  private refuseWhole(id: number, stream: Http2Stream | undefined, head: HeaderBlock): void {
    giveHeaders(head);
    this.refuse(id, stream, INVALID_MESSAGE);
  }

  /** A malformed message, or one beyond a limit. */
  private refuse(id: number, stream: Http2Stream | undefined, fault: MessageFault): void {
    this.counters.count(fault.counter);
    if (!fault.limit && !this.options.streamErrors) {
      if (stream === undefined) this.events.onBadRequest(fault);
      this.blame(id, silentFault(fault.details));
      return;
    }
    const code = fault.limit ? INTERNAL_ERROR : PROTOCOL_ERROR;
    if (stream !== undefined) return this.breakOff(stream, code, { reason: fault.limit ? "remote reset" : "local reset", details: fault.details });
    this.sendReset(id, code);
    this.closed.add(id, CLOSED_HERE);
    this.events.onBadRequest(fault);
  }
}
