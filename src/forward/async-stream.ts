/** A request that the proxy makes itself, through a router filter but without a downstream connection (Envoy's AsyncStreamImpl). */
import { Buffer } from "node:buffer";
import type { Env } from "../contract/env.ts";
import type { HttpFilter, HttpFilterFactory, LocalReply, StreamHandle } from "../contract/http-filter.ts";
import type { RequestView, RuntimeView } from "../contract/request-view.ts";
import { StreamInfo } from "../contract/stream-info.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { RESPONSE } from "../http/names.ts";
import { pipeAddress } from "../platform/address.ts";
import type { RouteChoice } from "../router/route.ts";
import { shapeLocalReply } from "../stream/local-reply.ts";

/** Hears of the response: the upstream's, or one made here where there is none (503, 504 ...). `onReset` ends it early. */
export interface AsyncSink {
  onHeaders(headers: HeaderBlock, endStream: boolean): void;
  onData(data: Buffer, endStream: boolean): void;
  onTrailers(trailers: HeaderBlock): void;
  onReset(details: string): void;
  /** True: the upstream takes no more of the request's body for now. */
  onBlocked(blocked: boolean): void;
}

const NOWHERE = pipeAddress("");
const NOTHING: Readonly<Record<string, never>> = {};

export class AsyncStream implements StreamHandle, RequestView {
  readonly name = "async client";
  readonly info: StreamInfo;
  readonly requestHeaders: HeaderBlock;
  readonly random: bigint;
  readonly bufferLimit: number;
  responseHeaders: HeaderBlock | null = null;
  private readonly choice: RouteChoice;
  private readonly sink: AsyncSink;
  private readonly env: Env;
  private readonly filter: HttpFilter;
  private requestEnded = false;
  private responseEnded = false;
  private over = false;

  constructor(env: Env, create: HttpFilterFactory, choice: RouteChoice, headers: HeaderBlock, bufferLimit: number, sink: AsyncSink) {
    this.env = env;
    this.choice = choice;
    this.requestHeaders = headers;
    this.bufferLimit = bufferLimit;
    this.sink = sink;
    this.random = env.random.u64();
    this.info = new StreamInfo({ connectionId: 0, remote: NOWHERE, local: NOWHERE, direct: NOWHERE });
    this.info.start = env.clock.now();
    this.info.startWall = env.clock.wall();
    this.filter = create(this);
  }

  /** Once, first. */
  start(endStream: boolean): void {
    this.sent(endStream);
    this.filter.decodeHeaders?.(this.requestHeaders, endStream);
    this.endIfWhole();
  }

  sendData(data: Buffer, endStream: boolean): void {
    if (this.over || this.requestEnded) return;
    this.sent(endStream);
    this.filter.decodeData?.(data, endStream);
    this.endIfWhole();
  }

  sendTrailers(trailers: HeaderBlock): void {
    if (this.over || this.requestEnded) return;
    this.sent(true);
    this.filter.decodeTrailers?.(trailers);
    this.endIfWhole();
  }

  /** Nobody wants the response any more; the sink hears nothing further. */
  cancel(): void {
    this.end();
  }

  get view(): RequestView {
    return this;
  }

  get headers(): HeaderBlock {
    return this.requestHeaders;
  }

  get runtime(): RuntimeView {
    return this.env.runtime;
  }

  get peer(): undefined {
    return undefined;
  }

  get metadata(): Readonly<Record<string, unknown>> {
    return NOTHING;
  }

  get filterState(): Readonly<Record<string, string>> {
    return NOTHING;
  }

  route(): RouteChoice {
    return this.choice;
  }

  localReply(reply: LocalReply): void {
    if (this.responseHeaders !== null) return this.resetStream(reply.details);
    this.info.details = reply.details;
    const headers = new HeaderBlock();
    headers.kind = RESPONSE;
    headers.status = reply.status;
    reply.modify?.(headers);
    const body = shapeLocalReply(reply, headers, this.requestHeaders);
    this.encodeHeaders(headers, body === "");
    if (body !== "") this.encodeData(Buffer.from(body, "latin1"), true);
  }

  encode1xx(): void {}

  encodeHeaders(headers: HeaderBlock, endStream: boolean): void {
    if (this.over) return;
    this.responseHeaders = headers;
    this.responseEnded = endStream;
    this.sink.onHeaders(headers, endStream);
    this.endIfWhole();
  }

  encodeData(data: Buffer, endStream: boolean): void {
    if (this.over) return;
    this.responseEnded = endStream;
    this.sink.onData(data, endStream);
    this.endIfWhole();
  }

  encodeTrailers(trailers: HeaderBlock): void {
    if (this.over) return;
    this.responseEnded = true;
    this.sink.onTrailers(trailers);
    this.endIfWhole();
  }

  resetStream(details: string): void {
    if (this.over) return;
    this.info.details = details;
    this.end();
    this.sink.onReset(details);
  }

  pauseDownstream(): void {
    if (!this.over) this.sink.onBlocked(true);
  }

  resumeDownstream(): void {
    if (!this.over) this.sink.onBlocked(false);
  }

  recreateStream(): boolean {
    return false;
  }

  routeConfig(): unknown {
    return null;
  }

  routeConfigs(): readonly unknown[] {
    return [];
  }

  // There is one filter here, and nothing that could be stopped, held or pushed back.
  watchDownstream(): void {}
  pushBackResponse(): void {}
  clearRouteCache(): void {}
  resumeDecoding(): void {}
  resumeEncoding(): void {}
  injectDecodedData(): void {}
  injectEncodedData(): void {}
  replaceDecodedData(): void {}
  replaceEncodedData(): void {}

  heldDecodedData(): readonly Buffer[] {
    return [];
  }

  heldEncodedData(): readonly Buffer[] {
    return [];
  }

  addDecodedTrailers(): HeaderBlock {
    return new HeaderBlock();
  }

  addEncodedTrailers(): HeaderBlock {
    return new HeaderBlock();
  }

  private sent(endStream: boolean): void {
    if (!endStream) return;
    this.requestEnded = true;
    this.info.requestEnd = this.env.clock.now();
  }

  private endIfWhole(): void {
    if (this.requestEnded && this.responseEnded) this.end();
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    this.filter.onDestroy?.();
  }
}
