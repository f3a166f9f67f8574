/** One exchange with an upstream host, whatever protocol carries it. */
import type { HeaderBlock } from "../http/header-block.ts";
import type { SocketAddress } from "../platform/address.ts";
import type { TlsFacts } from "../platform/tls.ts";
import type { Host } from "./host.ts";

/** Why an upstream exchange broke off: Envoy's `resetReasonToString` texts. */
export type ResetReason =
  | "local connection failure" | "remote connection failure" | "connection timeout" | "connection termination" | "local reset"
  | "local refused stream reset" | "overflow" | "remote reset" | "remote refused stream reset" | "protocol error"
  | "remote error with CONNECT request";

/** Hears of the response. Headers first, then data, then trailers; `onReset` at most once, and nothing after it or after the end. */
export interface ResponseSink {
  on1xx(headers: HeaderBlock): void;
  onHeaders(headers: HeaderBlock, endStream: boolean): void;
  onData(data: Buffer, endStream: boolean): void;
  onTrailers(trailers: HeaderBlock): void;
  /** `failure`: what the transport says of it, "" when it says nothing. */
  onReset(reason: ResetReason, failure: string): void;
  /** True: the upstream takes no more request bytes for now. */
  onBlocked(blocked: boolean): void;
}

/** Sends the request. Calls after a reset or after the end of both sides do nothing. */
export interface UpstreamStream {
  readonly local: SocketAddress;
  /** `HTTP/1.1`, `HTTP/2`; "": plain bytes. */
  readonly protocol: string;
  /** The number of the connection it goes by, and when it was begun and had (ms of the worker's clock). */
  readonly connectionId: number;
  readonly connection: { readonly startedAt: number; readonly connectedAt: number };
  /** Of the connection it goes by. */
  readonly tls?: TlsFacts | undefined;
  /** Each direction ends by itself: HTTP/2. A tunnel through HTTP/1 has no half. */
  readonly halfCloses?: boolean;
  encodeHeaders(headers: HeaderBlock, endStream: boolean): void;
  encodeData(data: Buffer, endStream: boolean): void;
  encodeTrailers(trailers: HeaderBlock): void;
  /** Gives the exchange up; the sink hears nothing more. */
  reset(): void;
  pauseReading(): void;
  resumeReading(): void;
}

/** Whoever waits for a connection. One of the two is called, possibly before `newStream` returns. */
export interface PoolCallbacks {
  onPoolReady(stream: UpstreamStream, host: Host): void;
  /** `host` null: the request never got as far as a host. */
  onPoolFailure(reason: ResetReason, failure: string, host: Host | null): void;
}

/** A place in a pool's queue. */
export interface PoolTicket {
  cancel(): void;
}

export interface ConnectionPool {
  /** The sink hears of the response once the stream is ready. Null when `callbacks` were already called. */
  newStream(sink: ResponseSink, callbacks: PoolCallbacks): PoolTicket | null;
}
