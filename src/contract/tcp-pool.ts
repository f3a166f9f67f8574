/** Plain TCP connections to an upstream host, each for one downstream connection (Envoy's Tcp::ConnectionPool). */
import type { SocketAddress } from "../platform/address.ts";
import type { CloseCause } from "../platform/conn.ts";
import type { TlsFacts } from "../platform/tls.ts";
import type { Host } from "./host.ts";
import type { PoolTicket, ResetReason } from "./upstream-stream.ts";

/** Hears of an upstream connection that was handed over; nothing after `onUpstreamClose`. */
export interface TcpSink {
  /** It keeps nothing of the bytes: they may be others once it returns. */
  onUpstreamData(data: Buffer): void;
  /** Its FIN: writing still works. */
  onUpstreamEnd(): void;
  /** After a `write` that answered false: it takes more again. */
  onUpstreamDrain(): void;
  /** The connection is over, whoever ended it. `reset` only for a RST. */
  onUpstreamClose(cause: CloseCause): void;
}

/** An upstream that bytes are sent to: a TCP connection, or a tunnel through HTTP. */
export interface TcpUpstream {
  /** Of the connection, unique within the thread. */
  readonly connectionId: number;
  readonly local: SocketAddress;
  readonly tls?: TlsFacts | undefined;
  /** `write` keeps nothing of what it is given. */
  readonly keepsNothing?: boolean;
  /** False: more than the buffer limit waits; `onUpstreamDrain` follows. */
  write(data: Buffer): boolean;
  /** Half close: FIN behind what was written. */
  end(): void;
  pause(): void;
  resume(): void;
  /** Gives it up at once; the sink hears `onUpstreamClose`. */
  close(): void;
  /** The same with a RST: what is buffered is dropped. */
  reset(): void;
  /** Sends what is buffered, then closes; reading stops, and the sink hears only `onUpstreamClose`. True: something is left to send. */
  flush(idleMs: number): boolean;
}

/** Whoever waits for a connection. One of the two is called, possibly before `newConnection` returns. */
export interface TcpPoolCallbacks {
  onPoolReady(upstream: TcpUpstream, host: Host): void;
  /** `host` null: it never got as far as a host. */
  onPoolFailure(reason: ResetReason, failure: string, host: Host | null): void;
}

export interface TcpPool {
  /** `sink` hears of the connection from `onPoolReady` on. Null when `callbacks` were already called. */
  newConnection(sink: TcpSink, callbacks: TcpPoolCallbacks): PoolTicket | null;
}
