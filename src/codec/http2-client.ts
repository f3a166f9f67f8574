/** The upstream side of HTTP/2: requests out, responses in, each on a stream of its own. A malformed response ends as with Envoy 1.40. */
import type { HeaderBlock } from "../http/header-block.ts";
import { giveHeaders } from "../http/header-pool.ts";
import { RESPONSE, RESPONSE_TRAILERS, type BlockKind } from "../http/names.ts";
import { isInterim } from "../http/status.ts";
import { CLOSED_BY_END, CLOSED_BY_PEER } from "./closed-streams.ts";
import {
  BAD_PROTOCOL, INVALID_MESSAGE, resetOf, silentFault, STREAM_WAS_CLOSED, type ConnectionFault, type MessageFault,
} from "./http2-faults.ts";
import { INTERNAL_ERROR, LARGEST_STREAM, PROTOCOL_ERROR, REFUSED_STREAM } from "./http2-frames.ts";
import type { Http2Counters, Http2Events } from "./http2-link.ts";
import type { Http2Options } from "./http2-options.ts";
import type { Http2Sink } from "./http2-output.ts";
import { DISCARD, Http2Session } from "./http2-session.ts";
import { Http2Stream, type Http2StreamSink } from "./http2-stream.ts";
import { requestToConnect, responseFromConnect } from "./http2-upgrades.ts";

/** Takes what a server sends on one stream. Heads and trailers are pooled: whoever ends the stream gives them back. */
export interface Http2ResponseSink extends Http2StreamSink {
  /** A 1xx; the final response is still to come. */
  onInformational(head: HeaderBlock): void;
  onResponse(head: HeaderBlock, endStream: boolean): void;
}

export class Http2ClientStream extends Http2Stream {
  override sink: Http2ResponseSink | null = null;
}

export class Http2Client extends Http2Session {
  private next = 1;

  constructor(options: Http2Options, events: Http2Events, counters: Http2Counters, sink: Http2Sink) {
    super(options, events, counters, sink, false);
  }

  /** No more streams can be numbered on this connection. */
  get exhausted(): boolean {
    return this.next >= LARGEST_STREAM - 1;
  }

  /** A stream for one request; it has its number once the head is written. */
  newStream(sink: Http2ResponseSink): Http2ClientStream {
    const stream = new Http2ClientStream(this, 0, this.peer.streamWindow, this.options.streamWindow);
    stream.sink = sink;
    return stream;
  }

  sendHead(stream: Http2Stream, head: HeaderBlock, endStream: boolean): void {
    stream.method = head.method;
    stream.sendWindow = this.peer.streamWindow;
    stream.id = this.next;
    this.next += 2;
    this.streams.set(stream.id, stream);
    this.counters.onStreams(1);
    const sent = requestToConnect(head);
    if (sent !== null) {
      stream.upgrade = sent.protocol;
      stream.method = "CONNECT";
    }
    this.output.headers(stream.id, sent ?? head, endStream);
    if (sent !== null) giveHeaders(sent);
    stream.localEnded = endStream;
  }

  protected get lastSeen(): number {
    return 0;
  }

  protected isIdle(id: number): boolean {
    return id >= this.next || (id & 1) === 0;
  }

  protected onPeerReset(): undefined {}

  /** Streams above `last` were not touched: they may be tried again elsewhere. */
  protected goingAway(last: number): void {
    for (const stream of this.openStreams()) {
      if (stream.id <= last) continue;
      const { sink } = stream;
      this.closeStream(stream, CLOSED_BY_PEER);
      sink?.onReset(resetOf(REFUSED_STREAM, false));
    }
  }

  protected headBegins(id: number): BlockKind | typeof DISCARD | ConnectionFault {
    const stream = this.streams.get(id);
    if (stream !== undefined) {
      if (stream.remoteEnded) return STREAM_WAS_CLOSED;
      return stream.headed ? RESPONSE_TRAILERS : RESPONSE;
    }
    if (this.isIdle(id)) return BAD_PROTOCOL;
    return this.closed.how(id) === CLOSED_BY_END ? STREAM_WAS_CLOSED : DISCARD;
  }

  protected headDone(id: number, head: HeaderBlock | null, endStream: boolean): void {
    const stream = this.streams.get(id) as Http2ClientStream | undefined;
    const { fault } = this.message;
    if (stream === undefined) {
      if (head !== null) giveHeaders(head);
    } else if (fault !== undefined) this.refuse(stream, fault);
    else if (head === null) return;
    else if (stream.headed) this.onTrailers(stream, head, endStream);
    else if (isInterim(head.status)) this.onInformational(stream, head, endStream);
    else this.onResponse(stream, head, endStream);
  }

  private onInformational(stream: Http2ClientStream, head: HeaderBlock, endStream: boolean): void {
    if (endStream) return this.refuseWhole(stream, head);
    if (stream.sink === null) giveHeaders(head);
    else stream.sink.onInformational(head);
  }

  private onResponse(stream: Http2ClientStream, head: HeaderBlock, endStream: boolean): void {
    stream.headed = true;
    stream.expected = lengthOf(stream.method, head.status, this.message.length);
    if (endStream && stream.expected > 0) return this.refuseWhole(stream, head);
    if (stream.upgrade !== null) responseFromConnect(head, stream.upgrade);
    const { sink } = stream;
    if (endStream) this.remoteEnd(stream);
    if (sink === null) giveHeaders(head);
    else sink.onResponse(head, endStream);
  }

  private onTrailers(stream: Http2ClientStream, trailers: HeaderBlock, endStream: boolean): void {
    if (!endStream || (stream.expected >= 0 && stream.received !== stream.expected)) return this.refuseWhole(stream, trailers);
    const { sink } = stream;
    this.remoteEnd(stream);
    if (sink === null) giveHeaders(trailers);
    else sink.onTrailers(trailers);
  }

  private refuseWhole(stream: Http2ClientStream, head: HeaderBlock): void {
    giveHeaders(head);
    this.refuse(stream, INVALID_MESSAGE);
  }

  private refuse(stream: Http2ClientStream, fault: MessageFault): void {
    this.counters.count(fault.counter);
    if (!fault.limit && !this.options.streamErrors) {
      this.blame(stream.id, silentFault(fault.details));
      return;
    }
    this.breakOff(stream, fault.limit ? INTERNAL_ERROR : PROTOCOL_ERROR, { reason: fault.limit ? "remote reset" : "protocol error", details: fault.details });
  }
}

/** The length that a response's body must have, -1: any. */
function lengthOf(method: string, status: number, declared: number): number {
  if (method === "HEAD" || status === 204 || status === 304) return 0;
  return method === "CONNECT" ? -1 : declared;
}
