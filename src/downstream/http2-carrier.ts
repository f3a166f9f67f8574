/**
 * One stream of a downstream HTTP/2 connection, between its codec and the request that it carries. It is the request's whole
 * connection: what HTTP/1 says by closing, it says with a reset of the stream.
 */
import type { StreamReset } from "../codec/http2-faults.ts";
import { CONNECT_ERROR, INTERNAL_ERROR, NO_ERROR, PROTOCOL_ERROR } from "../codec/http2-frames.ts";
import type { Http2Stream, Http2StreamSink } from "../codec/http2-stream.ts";
import type { DownstreamFacts, ResponseFlag, StreamInfo } from "../contract/stream-info.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { giveHeaders } from "../http/header-pool.ts";
import { ActiveStream } from "./active-stream.ts";
import type { Manager } from "./manager.ts";
import type { ResponseCodec, StreamCarrier } from "./stream-carrier.ts";
import type { StreamTimers } from "./stream-timers.ts";

/** What a stream needs of its connection. */
export interface CarrierOwner {
  readonly manager: Manager;
  readonly facts: DownstreamFacts;
  /** No new streams are wanted: the client was told, or is about to be. */
  readonly draining: boolean;
  startDrain(): void;
  takeTimers(carrier: Http2Carrier): StreamTimers;
  giveTimers(timers: StreamTimers): void;
  /** The stream is over, on both sides or by a reset. `info`: of its request. */
  onCarrierOver(carrier: Http2Carrier, info: StreamInfo): void;
}

export class Http2Carrier implements StreamCarrier, ResponseCodec, Http2StreamSink {
  readonly manager: Manager;
  readonly facts: DownstreamFacts;
  readonly multiplexed = true;
  readonly lastRequest = false;
  readonly protocol = "HTTP/2";
  readonly requestWantsClose = false;
  private readonly owner: CarrierOwner;
  /** Null: the codec refused the head; the request exists to be logged. */
  private readonly stream: Http2Stream | null;
  private timers: StreamTimers | null = null;
  private request: ActiveStream | null = null;
  /** The response is whole, but not yet with the client. */
  private flushing = false;

  constructor(owner: CarrierOwner, stream: Http2Stream | null) {
    this.owner = owner;
    this.stream = stream;
    this.manager = owner.manager;
    this.facts = owner.facts;
  }

  get codec(): ResponseCodec {
    return this;
  }

  get current(): ActiveStream | null {
    return this.request;
  }

  get closing(): boolean {
    return this.owner.draining;
  }

  set closing(closing: boolean) {
    if (closing) this.owner.startDrain();
  }

  get blocked(): boolean {
    return this.stream?.blocked ?? false;
  }

  begin(headers: HeaderBlock, endStream: boolean): void {
    this.request = new ActiveStream(this, headers);
    this.request.start(endStream);
  }

  /** A request whose head is not, or will not be, whole: counted and logged. */
  beginWithout(): void {
    this.request = new ActiveStream(this, null);
    this.request.info.protocol = this.protocol;
  }

  encode1xx(head: HeaderBlock): boolean {
    return this.stream?.encode1xx(head) ?? true;
  }

  encodeHeaders(head: HeaderBlock, endStream: boolean): boolean {
    return this.stream?.encodeHeaders(head, endStream) ?? true;
  }

  encodeData(data: Buffer, endStream: boolean): boolean {
    return this.stream?.encodeData(data, endStream) ?? true;
  }

  encodeTrailers(trailers: HeaderBlock): boolean {
    return this.stream?.encodeTrailers(trailers) ?? true;
  }

  onBody(data: Buffer, endStream: boolean): void {
    this.request?.onData(data, endStream);
  }

  onTrailers(trailers: HeaderBlock): void {
    if (this.request === null) giveHeaders(trailers);
    else this.request.onTrailers(trailers);
  }

  onReset(reset: StreamReset): void {
    const { request } = this;
    if (request === null) return;
    request.onLost(flagOf(reset), reset.details);
    this.over(request);
  }

  /** The connection is gone, or going: `details` say why, unless the codec knows more of this stream. */
  onConnectionLost(flag: "DC" | "DPE", details: string): void {
    const { request, stream } = this;
    if (request === null) return;
    request.onLost(flag, stream === null || stream.details === "" ? details : stream.details);
    this.over(request);
  }

  onSent(): void {
    if (!this.flushing) return;
    const { request } = this;
    this.flushing = false;
    if (request === null) return;
    request.onFlushed();
    this.over(request);
  }

  onBlocked(blocked: boolean): void {
    this.request?.onDownstreamBlocked(blocked);
  }

  armStreamTimers(): void {
    this.timers ??= this.owner.takeTimers(this);
    this.timers.streamBegan();
  }

  setStreamIdle(ms: number): void {
    this.timers?.setIdle(ms);
  }

  setStreamDuration(ms: number): void {
    this.timers?.setDuration(ms);
  }

  touchStreamTimer(): void {
    this.timers?.moved();
  }

  requestArrived(): void {
    this.timers?.requestCame();
  }

  stopStreamTimers(): void {
    if (this.timers === null) return;
    this.timers.streamEnded();
    this.owner.giveTimers(this.timers);
    this.timers = null;
  }

  pauseReading(): void {
    this.stream?.pauseReading();
  }

  resumeReading(): void {
    this.stream?.resumeReading();
  }

  /** What was written waits for the client's window: the request is not over before it has gone. */
  get holdsResponse(): boolean {
    this.flushing = this.stream !== null && this.stream.pending && this.stream.remoteEnded;
    return this.flushing;
  }

  /** It waited too long. */
  giveUpResponse(): void {
    this.manager.http2Stats.onFlushTimeout();
    this.stream?.reset(INTERNAL_ERROR);
    if (this.request !== null) this.over(this.request);
  }

  streamOver(whole: boolean): void {
    const { request, stream } = this;
    if (!whole && stream !== null) {
      if (stream.localEnded) stream.dismiss(NO_ERROR);
      else stream.reset(INTERNAL_ERROR);
    }
    if (request !== null) this.over(request);
  }

  streamAgain(headers: HeaderBlock, before: StreamInfo, body: readonly Buffer[], trailers: HeaderBlock | null): void {
    this.request = new ActiveStream(this, headers, true);
    this.request.startAgain(before, body, trailers);
  }

  abort(): void {
    const { request } = this;
    if (request === null) return;
    this.stream?.reset(resetCode(request));
    this.over(request);
  }

  private over(request: ActiveStream): void {
    this.request = null;
    this.owner.onCarrierOver(this, request.info);
  }
}

/** By the client, or by the codec on account of what the client sent. */
function flagOf({ reason, details }: StreamReset): ResponseFlag | null {
  if (reason === "protocol error") return "DPE";
  if (details === "") return null;
  return reason === "local reset" ? "DPE" : "DR";
}

/** What a client is told of a request that comes to nothing after its response has begun. */
function resetCode({ info, requestHeaders }: ActiveStream): number {
  if (requestHeaders.method === "CONNECT" && (info.hasFlag("UF") || info.hasFlag("UC"))) return CONNECT_ERROR;
  return info.hasFlag("DPE") ? PROTOCOL_ERROR : INTERNAL_ERROR;
}
