import { type HttpFilter, type LocalReply, StopIteration, type StreamHandle, type Verdict } from "../../src/contract/http-filter.ts";
import { NO_RUNTIME, type RequestView } from "../../src/contract/request-view.ts";
import type { Route } from "../../src/contract/route.ts";
import { StreamInfo } from "../../src/contract/stream-info.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { pipeAddress } from "../../src/platform/address.ts";
import { type ChainEntry, FilterChain, type StreamOwner } from "../../src/stream/filter-chain.ts";
import { shapeLocalReply } from "../../src/stream/local-reply.ts";

/** One direction of a message as it came out at its end: `H` head, `D` data, `T` trailers, a dot after what ended it. */
export class Passed {
  readonly events: string[] = [];
  head: readonly string[] = [];
  body = "";
  trailers: readonly string[] = [];

  headers(headers: HeaderBlock, endStream: boolean): void {
    this.head = lines(headers);
    this.events.push(endStream ? "H." : "H");
  }

  data(data: Buffer, endStream: boolean): void {
    this.body += data.toString("latin1");
    this.events.push(endStream ? "D." : "D");
  }

  trail(trailers: HeaderBlock): void {
    this.trailers = lines(trailers);
    this.events.push("T.");
  }

  get ends(): number {
    return this.events.filter((event) => event.endsWith(".")).length;
  }

  /** What does not depend on how the message was cut. */
  get whole(): object {
    return { head: this.head, body: this.body, trailers: this.trailers, ended: this.ends };
  }
}

function lines(headers: HeaderBlock): string[] {
  const found: string[] = [];
  headers.forEach((name, value) => found.push(`${name}: ${value}`));
  return found;
}

/** A stream around the filters under test: what reaches the terminal filter, what reaches the client, and everything asked of the connection. */
export class FilterStage implements StreamOwner {
  readonly info = new StreamInfo({ connectionId: 1, remote: pipeAddress("r"), local: pipeAddress("l"), direct: pipeAddress("r") });
  readonly requestHeaders: HeaderBlock;
  readonly request = new Passed();
  readonly response = new Passed();
  readonly chain: FilterChain;
  /** How often each filter heard of its end; calls that came after it. */
  readonly destroyed: number[] = [];
  late = 0;
  reset: string | null = null;
  /** Reading from the client is held back this many times. */
  paused = 0;
  /** Per-route configuration by filter name. */
  routeConfigs: Readonly<Record<string, object>> = {};
  terminal!: StreamHandle;

  constructor(entries: readonly ChainEntry[], bufferLimit = 1_048_576, headers: readonly (readonly [string, string])[] = []) {
    this.requestHeaders = HeaderBlock.of([[":method", "POST"], [":path", "/"], [":authority", "x"], [":scheme", "http"], ...headers]);
    const watched = entries.map((entry, i) => ({ ...entry, create: (handle: StreamHandle): HttpFilter => this.#watch(entry.create(handle), i) }));
    const terminal: ChainEntry = { name: "terminal", routeConfig: () => null, create: (handle) => this.#watch(this.#end(handle), entries.length) };
    this.chain = new FilterChain(this, [...watched, terminal], bufferLimit);
  }

  /** The client's message: a head, pieces of a body, trailers. */
  send(pieces: readonly string[], trailers?: readonly (readonly [string, string])[]): void {
    this.chain.decode.startHeaders(this.requestHeaders, pieces.length === 0 && trailers === undefined);
    pieces.forEach((piece, i) => this.data(piece, i === pieces.length - 1 && trailers === undefined));
    if (trailers !== undefined && !this.over) this.chain.decode.pushTrailers(HeaderBlock.of(trailers));
  }

  data(piece: string, endStream: boolean): void {
    if (!this.over) this.chain.decode.pushData(Buffer.from(piece, "latin1"), endStream);
  }

  /** The other side's message, from the terminal filter. */
  answer(pieces: readonly string[], trailers?: readonly (readonly [string, string])[], status = 200): void {
    const head = HeaderBlock.of([[":status", String(status)]]);
    this.terminal.encodeHeaders(head, pieces.length === 0 && trailers === undefined);
    pieces.forEach((piece, i) => this.terminal.encodeData(Buffer.from(piece, "latin1"), i === pieces.length - 1 && trailers === undefined));
    if (trailers !== undefined) this.terminal.encodeTrailers(HeaderBlock.of(trailers));
  }

  get over(): boolean {
    return this.destroyed.some((times) => times > 0);
  }

  route(): Route | null {
    return null;
  }

  clearRouteCache(): void {}

  perFilterConfig(filter: string): object | null {
    return this.routeConfigs[filter] ?? null;
  }

  perFilterConfigs(filter: string): readonly object[] {
    const config = this.perFilterConfig(filter);
    return config === null ? [] : [config];
  }

  composeReply(reply: LocalReply, headers: HeaderBlock): string {
    headers.status = reply.status;
    reply.modify?.(headers);
    return shapeLocalReply(reply, headers, this.requestHeaders);
  }

  write1xx(): void {}

  writeHeaders(headers: HeaderBlock, endStream: boolean): void {
    this.response.headers(headers, endStream);
  }

  writeData(data: Buffer, endStream: boolean): void {
    this.response.data(data, endStream);
  }

  writeTrailers(trailers: HeaderBlock): void {
    this.response.trail(trailers);
  }

  get view(): RequestView {
    return { headers: this.requestHeaders, random: 0n, runtime: NO_RUNTIME, peer: undefined, metadata: {}, filterState: {} };
  }

  recreate(): boolean {
    return false;
  }

  resetStream(details: string): void {
    this.reset = details;
    this.chain.destroy();
  }

  pauseReading(): void {
    this.paused++;
  }

  resumeReading(): void {
    this.paused--;
  }

  watchBlocked(): void {}

  #end(handle: StreamHandle): HttpFilter {
    this.terminal = handle;
    return {
      decodeHeaders: (headers, endStream): Verdict => {
        this.request.headers(headers, endStream);
        return StopIteration;
      },
      decodeData: (data, endStream): Verdict => {
        this.request.data(data, endStream);
        return StopIteration;
      },
      decodeTrailers: (trailers): Verdict => {
        this.request.trail(trailers);
        return StopIteration;
      },
    };
  }

  /** The same filter, with a note of every call that comes after its end. */
  #watch(filter: HttpFilter, at: number): HttpFilter {
    this.destroyed[at] = 0;
    const seen = (): void => {
      if ((this.destroyed[at] ?? 0) > 0) this.late++;
    };
    return new Proxy(filter, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown;
        if (name === "onDestroy") {
          return (): void => {
            this.destroyed[at] = (this.destroyed[at] ?? 0) + 1;
            target.onDestroy?.();
          };
        }
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          seen();
          return Reflect.apply(value, target, args) as unknown;
        };
      },
    });
  }
}
