/**
 * The HTTP filter chain of one stream: two paths over the same filters, local replies, and one handle a filter.
 * Used by the connection manager for downstream streams and by the forwarder for upstream filters.
 */
import type { DownstreamWatcher, HttpFilter, HttpFilterFactory, LocalReply, StreamHandle } from "../contract/http-filter.ts";
import type { RequestView } from "../contract/request-view.ts";
import type { Route } from "../contract/route.ts";
import type { StreamInfo } from "../contract/stream-info.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { takeHeaders } from "../http/header-pool.ts";
import { RESPONSE } from "../http/names.ts";
import { DecodePath, EncodePath, type PathOwner } from "./filter-path.ts";

/** One filter of a chain, opened once a worker. */
export interface ChainEntry {
  /** The filter's name in the configuration: per-route configuration is found under it. */
  readonly name: string;
  readonly create: HttpFilterFactory;
  /** Compiled per-route configuration for a route's message; null when the extension takes none. */
  routeConfig(message: object): unknown;
}

/** What the chain asks of the stream it serves. */
export interface StreamOwner {
  readonly info: StreamInfo;
  readonly requestHeaders: HeaderBlock;
  readonly view: RequestView;
  route(): Route | null;
  clearRouteCache(): void;
  /** The message of the most specific level that configures this filter for the route, or null. */
  perFilterConfig(filter: string): object | null;
  /** The messages of all levels that configure it, least specific first. */
  perFilterConfigs(filter: string): readonly object[];
  /** Fills the headers of a local reply (and may change its body, as `local_reply_config` does); returns the body, in wire form. */
  composeReply(reply: LocalReply, headers: HeaderBlock): string;
  write1xx(headers: HeaderBlock): void;
  writeHeaders(headers: HeaderBlock, endStream: boolean): void;
  writeData(data: Buffer, endStream: boolean): void;
  writeTrailers(trailers: HeaderBlock): void;
  resetStream(details: string): void;
  /** See `StreamHandle.recreateStream`. */
  recreate(response: HeaderBlock, body: readonly Buffer[], trailers: HeaderBlock | null): boolean;
  pauseReading(): void;
  resumeReading(): void;
  /** Pushes back on (or releases) whoever produces the response. */
  watchBlocked(watcher: DownstreamWatcher): void;
}

const EMPTY = Buffer.alloc(0);

export class FilterChain implements PathOwner {
  readonly decode: DecodePath;
  readonly encode: EncodePath;
  readonly owner: StreamOwner;
  responseHeaders: HeaderBlock | null = null;
  private readonly filters: HttpFilter[] = [];
  private destroyed = false;
  private watcher: DownstreamWatcher | null = null;

  constructor(owner: StreamOwner, entries: readonly ChainEntry[], bufferLimit: number) {
    this.owner = owner;
    const count = entries.length;
    for (let i = 0; i < count; i++) {
      const entry = entries[i] as ChainEntry;
      this.filters.push(entry.create(new Handle(this, entry, i, count - 1 - i)));
    }
    this.decode = new DecodePath(this.filters, this);
    this.encode = new EncodePath(count === 1 ? this.filters : this.filters.toReversed(), this);
    this.decode.bufferLimit = bufferLimit;
    this.encode.bufferLimit = bufferLimit;
  }

  /** True once response headers were given to the encoder filters: no local reply is possible any more. */
  get responseStarted(): boolean {
    return this.responseHeaders !== null;
  }

  encode1xx(headers: HeaderBlock): void {
    for (let i = this.filters.length - 1; i >= 0; i--) this.filters[i]?.encode1xx?.(headers);
    this.owner.write1xx(headers);
  }

  encodeHeaders(headers: HeaderBlock, endStream: boolean): void {
    if (this.destroyed || this.encode.aborted) return;
    this.responseHeaders = headers;
    this.encode.startHeaders(headers, endStream);
  }

  encodeData(data: Buffer, endStream: boolean): void {
    if (!this.destroyed && !this.encode.aborted) this.encode.pushData(data, endStream);
  }

  encodeTrailers(trailers: HeaderBlock): void {
    if (!this.destroyed && !this.encode.aborted) this.encode.pushTrailers(trailers);
  }

  /** Answers the stream here: through every encoder filter, in Envoy's order. After the response has started the stream is reset instead. */
  localReply(reply: LocalReply): void {
    if (this.destroyed || this.encode.aborted) return;
    this.decode.aborted = true;
    const info = this.owner.info;
    info.details = reply.details;
    if (this.responseHeaders !== null) {
      this.encode.aborted = true;
      this.owner.resetStream(reply.details);
      return;
    }
    const headers = takeHeaders(RESPONSE);
    const body = this.owner.composeReply(reply, headers);
    this.responseHeaders = headers;
    const bytes = body.length === 0 || this.owner.requestHeaders.method === "HEAD" ? EMPTY : Buffer.from(body, "latin1");
    this.encode.startHeaders(headers, bytes.length === 0);
    if (bytes.length > 0 && !this.encode.aborted) this.encode.pushData(bytes, true);
  }

  /** The request begins anew elsewhere; `response` is logged as if it had been sent. */
  recreate(response: HeaderBlock, body: readonly Buffer[], trailers: HeaderBlock | null): boolean {
    if (this.destroyed || this.encode.aborted || this.responseHeaders !== null) return false;
    this.responseHeaders = response;
    if (this.owner.recreate(response, body, trailers)) return true;
    this.responseHeaders = null;
    return false;
  }

  /** Ends the chain: every filter hears of it exactly once. */
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.decode.aborted = true;
    this.encode.aborted = true;
    for (const filter of this.filters) filter.onDestroy?.();
  }

  /** Tells the filters that the stream is over, before it is logged. */
  complete(): void {
    for (const filter of this.filters) filter.onStreamComplete?.();
  }

  headersThrough(headers: HeaderBlock, endStream: boolean): void {
    this.owner.writeHeaders(headers, endStream);
  }

  dataThrough(data: Buffer, endStream: boolean): void {
    this.owner.writeData(data, endStream);
  }

  trailersThrough(trailers: HeaderBlock): void {
    this.owner.writeTrailers(trailers);
  }

  requestHeldTooMuch(buffering: boolean): void {
    if (!buffering) return this.owner.pauseReading();
    this.localReply({ status: 413, body: "Payload Too Large", details: "request_payload_too_large" });
  }

  requestHeldLess(): void {
    this.owner.resumeReading();
  }

  responseHeldTooMuch(buffering: boolean): void {
    if (!buffering) return this.pushBack(true);
    this.responseHeaders = null; // the headers are still held here, so the client has seen nothing
    this.localReply({ status: 500, body: "Internal Server Error", details: "response_payload_too_large" });
  }

  responseHeldLess(): void {
    this.pushBack(false);
  }

  watchBlocked(watcher: DownstreamWatcher): void {
    this.watcher = watcher;
    this.owner.watchBlocked(watcher);
  }

  pushBack(blocked: boolean): void {
    this.watcher?.onDownstreamBlocked(blocked);
  }
}

/** A filter's handle: what `StreamHandle` promises, for the filter at one place of one chain. */
class Handle implements StreamHandle {
  private readonly chain: FilterChain;
  private readonly entry: ChainEntry;
  private readonly decodeIndex: number;
  private readonly encodeIndex: number;

  constructor(chain: FilterChain, entry: ChainEntry, decodeIndex: number, encodeIndex: number) {
    this.chain = chain;
    this.entry = entry;
    this.decodeIndex = decodeIndex;
    this.encodeIndex = encodeIndex;
  }

  get name(): string {
    return this.entry.name;
  }

  get info(): StreamInfo {
    return this.chain.owner.info;
  }

  get requestHeaders(): HeaderBlock {
    return this.chain.owner.requestHeaders;
  }

  get responseHeaders(): HeaderBlock | null {
    return this.chain.responseHeaders;
  }

  get view(): RequestView {
    return this.chain.owner.view;
  }

  get bufferLimit(): number {
    return this.chain.decode.bufferLimit;
  }

  route(): Route | null {
    return this.chain.owner.route();
  }

  clearRouteCache(): void {
    this.chain.owner.clearRouteCache();
  }

  routeConfigs(): readonly unknown[] {
    return this.chain.owner.perFilterConfigs(this.entry.name).map((message) => this.entry.routeConfig(message));
  }

  routeConfig(): unknown {
    const message = this.chain.owner.perFilterConfig(this.entry.name);
    return message === null ? null : this.entry.routeConfig(message);
  }

  localReply(reply: LocalReply): void {
    this.chain.localReply(reply);
  }

  resumeDecoding(): void {
    this.chain.decode.resume(this.decodeIndex);
  }

  resumeEncoding(): void {
    this.chain.encode.resume(this.encodeIndex);
  }

  injectDecodedData(data: Buffer, endStream: boolean): void {
    this.chain.decode.inject(this.decodeIndex, data, endStream);
  }

  injectEncodedData(data: Buffer, endStream: boolean): void {
    this.chain.encode.inject(this.encodeIndex, data, endStream);
  }

  heldDecodedData(): readonly Buffer[] {
    return this.chain.decode.heldBy(this.decodeIndex);
  }

  heldEncodedData(): readonly Buffer[] {
    return this.chain.encode.heldBy(this.encodeIndex);
  }

  replaceDecodedData(data: Buffer): void {
    this.chain.decode.replace(this.decodeIndex, data);
  }

  replaceEncodedData(data: Buffer): void {
    this.chain.encode.replace(this.encodeIndex, data);
  }

  addDecodedTrailers(): HeaderBlock {
    return this.chain.decode.addTrailers();
  }

  addEncodedTrailers(): HeaderBlock {
    return this.chain.encode.addTrailers();
  }

  encode1xx(headers: HeaderBlock): void {
    this.chain.encode1xx(headers);
  }

  encodeHeaders(headers: HeaderBlock, endStream: boolean): void {
    this.chain.encodeHeaders(headers, endStream);
  }

  encodeData(data: Buffer, endStream: boolean): void {
    this.chain.encodeData(data, endStream);
  }

  encodeTrailers(trailers: HeaderBlock): void {
    this.chain.encodeTrailers(trailers);
  }

  resetStream(details: string): void {
    this.chain.owner.resetStream(details);
  }

  recreateStream(response: HeaderBlock, body: readonly Buffer[], trailers: HeaderBlock | null): boolean {
    return this.chain.recreate(response, body, trailers);
  }

  pauseDownstream(): void {
    this.chain.owner.pauseReading();
  }

  resumeDownstream(): void {
    this.chain.owner.resumeReading();
  }

  pushBackResponse(wait: boolean): void {
    this.chain.pushBack(wait);
  }

  watchDownstream(watcher: DownstreamWatcher): void {
    this.chain.watchBlocked(watcher);
  }
}
