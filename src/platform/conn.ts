/**
 * The seam to the network: connections, what dials them and what accepts them. Every implementation runs
 * `test/contract/conn.suite.ts`.
 *
 * A *turn* is the handling of one event (bytes, room to write, a timer). What is written to a connection during a turn is
 * gathered and goes out when the turn ends; what is written outside a turn goes out in a microtask. No handler is ever
 * called from within a call of a method of its connection: `onClose` of a local close comes when the turn ends.
 */
import type { SocketAddress } from "./address.ts";
import type { TlsClientOptions, TlsFacts, TlsServerOptions } from "./tls.ts";

/**
 * Why a connection is over. `local`: this side closed or reset it, or finished last. `remote`: the peer closed it in good order.
 * `reset`: the peer broke it off. `refused`, `timeout`, `unreachable`: it never came to be. `tls`: the handshake failed.
 * `error`: a handler threw, or the machine failed.
 */
export type CloseCause = "local" | "remote" | "reset" | "refused" | "timeout" | "unreachable" | "tls" | "error";

/**
 * What hears of a connection's events. A throw in any of them is reported, and resets that connection (cause `error`);
 * nothing else suffers.
 */
export interface ConnHandler {
  /** A dialed connection is open. Not called for accepted ones. */
  onConnect?(conn: Conn): void;
  /** The handshake begun by `startTls` is done: `conn.tls` tells what was agreed on. Before that there are no bytes. */
  onSecured?(conn: Conn): void;
  /** Bytes arrived. The chunk belongs to the handler: it may be kept and changed in place, unless the handler borrows. */
  onData(conn: Conn, chunk: Buffer): void;
  /** It keeps nothing of a chunk: the bytes may be others once `onData` returns. Asked before each; so large bodies need no new memory. */
  readonly borrows?: boolean;
  /** After a `write` that answered false: what is buffered fell to half of `highWatermark`. */
  onDrain(conn: Conn): void;
  /** The peer sent its FIN. Writing still works; a handler that has nothing to say closes. */
  onEnd(conn: Conn): void;
  /** Exactly once, and the last call. */
  onClose(conn: Conn, cause: CloseCause): void;
}

export interface Conn {
  /** Assignable: a connection is handed on by one assignment. */
  handler: ConnHandler;
  /** Unique within the thread. */
  readonly id: number;
  readonly remote: SocketAddress;
  /** Of a dialed connection: known once it is open (before: `0.0.0.0:0`). */
  readonly local: SocketAddress;
  /** The descriptor, or -1 where the runtime does not tell it. */
  readonly fd: number;
  /** Once a handshake is done. */
  readonly tls: TlsFacts | undefined;
  /** Why the transport failed, in Envoy's words: `TLS_error:|...:TLS_error_end`; "" otherwise. */
  readonly failure: string;
  /** True until the connection is over, or `close`, `end` or `reset` was called. */
  readonly writable: boolean;
  /** Bytes taken by `write` which the kernel has not taken yet. */
  readonly buffered: number;
  /** Bytes. Above it `write` answers false, and `onDrain` follows at half of it. 0: no limit. */
  highWatermark: number;
  /**
   * What is written in several turns is sent together, once the event loop has been round: for a connection that others write to in
   * turns of their own, each a little. False at first.
   */
  gathers: boolean;
  /**
   * Sends `chunk[start, end)`; what must be kept is copied, so that the chunk may be reused at once. False: more than
   * `highWatermark` is buffered, wait for `onDrain` (the bytes are taken all the same). After `end`, `close` or the
   * connection's end the bytes are dropped.
   */
  write(chunk: Buffer, start: number, end: number): boolean;
  /** Stops reading. Bytes that arrive meanwhile stay in the kernel; at most one chunk is kept here. A FIN is seen only after `resume`. */
  pause(): void;
  resume(): void;
  /** Sends what is buffered, then a FIN; reading goes on. When the peer has finished too, the connection is over. */
  end(): void;
  /**
   * Sends what is buffered, then closes; nothing is read any more. With `lingerMs` the connection stays open so long, and what
   * the peer sends is thrown away, unless it closes first: unread bytes would turn into a reset that may destroy the answer on
   * its way (Envoy's delayed close). A peer that takes nothing for that long (without `lingerMs` for `flushMs`: one second
   * unless said otherwise, 0 for no limit) is cut off.
   */
  close(lingerMs?: number, flushMs?: number): void;
  /** Sends a RST; what is buffered is dropped. */
  reset(): void;
  /** Puts bytes back in front of what is to be read: the handler then in place gets them when the turn ends. */
  unshift(chunk: Buffer): void;
  /**
   * Answers the client's TLS handshake, which begins with `hello`: what has been read of it. Until it is done, what is written waits, and
   * `close` and `end` close at once. A handshake that fails closes with the cause `tls`.
   */
  startTls(options: TlsServerOptions, hello: Buffer): void;
  setNoDelay(on: boolean): void;
  /** TCP keepalive; the first probe after `initialDelayMs` of silence. */
  setKeepAlive(on: boolean, initialDelayMs: number): void;
}

export interface DialOptions {
  /** For the TCP handshake, the prelude and TLS: beyond it the cause is `timeout`. */
  readonly timeoutMs: number;
  /** Local address to dial from; port 0 = any. */
  readonly source?: SocketAddress | undefined;
  readonly highWatermark: number;
  /** Said, and perhaps answered, before anything else. */
  readonly prelude?: Prelude | undefined;
  /** Handshake before the connection is open, within `timeoutMs`. */
  readonly tls?: TlsClientOptions | undefined;
  /** The connection is given up as soon as it opens, with the cause `tls` and this as its `failure`: its transport is not ready. */
  readonly refusal?: string | undefined;
  /** For dialers that begin TLS by themselves. Name of the host; "" where it has none. */
  readonly hostname?: string | undefined;
  /** ... which of several transports the host is spoken to through; absent: their default. */
  readonly transport?: number | undefined;
  /** ... the name to ask for, and names one of which the host's certificate must have, in place of what is configured. */
  readonly serverName?: string | undefined;
  readonly acceptedNames?: readonly string[] | undefined;
  /** ... the client on whose behalf it is dialed, and where that client went. */
  readonly client?: { readonly remote: SocketAddress; readonly local: SocketAddress } | undefined;
  /** ... protocols to offer where none are configured. */
  readonly alpn?: readonly string[] | undefined;
}

/** What a dialer says to a peer before the connection is open: a PROXY header, a CONNECT request. */
export interface Prelude {
  readonly bytes: Buffer;
  /**
   * Looks at all that the peer has answered so far: the length of the answer when it is whole and good, 0 while more is needed, -1 when it is
   * bad (the connection fails with the cause `reset`). Absent: no answer is awaited.
   */
  answered?(received: Buffer): number;
}

export interface Dialer {
  /** Returns at once; then `onConnect`, or `onClose` with the cause. What is written before is sent when it opens. */
  dial(target: SocketAddress, handler: ConnHandler, options: DialOptions): Conn;
}

/** By the kernel's numbers (setsockopt(2)). */
export interface SocketOption {
  readonly level: number;
  readonly name: number;
  /** A number is an `int`. */
  readonly value: number | Buffer;
}

export interface ListenOptions {
  /** Share the port with other listeners that do so too (SO_REUSEPORT); the kernel spreads the connections. */
  readonly reusePort: boolean;
  /** Length of the kernel's queue. */
  readonly backlog?: number | undefined;
  /** Set once it listens; the connections that it accepts inherit them. */
  readonly socketOptions?: readonly SocketOption[] | undefined;
  /** Descriptor of a socket that {@link Transport.share} bound to this address: it is listened on, and nothing is bound. */
  readonly shared?: number | undefined;
  /** Of a `::` listener: take no IPv4 (Envoy: `ipv4_compat` is false). Default true. */
  readonly ipv6Only?: boolean | undefined;
  /** Permissions of a Unix socket. */
  readonly mode?: number | undefined;
  /** Given to each connection. Default 1 MiB (Envoy's `per_connection_buffer_limit_bytes`). */
  readonly highWatermark?: number | undefined;
}

/** A bound socket that every thread of the process may listen on. It outlives those who do. */
export interface SharedSocket {
  readonly address: SocketAddress;
  readonly fd: number;
  close(): void;
}

export interface Acceptor {
  /** The bound address, its port filled in. */
  readonly address: SocketAddress;
  /** No new connections; open ones live on. */
  stop(): void;
}

/** A listener could not be bound. `code` is the system's: EADDRINUSE, EADDRNOTAVAIL, EACCES, ... */
export class ListenError extends Error {
  readonly code: string;
  readonly address: SocketAddress;
  constructor(code: string, address: SocketAddress, message: string) {
    super(message);
    this.name = "ListenError";
    this.code = code;
    this.address = address;
  }
}

/** Sets the handler of a new connection (`conn.handler = ...`); bytes come later. */
export type OnConnection = (conn: Conn) => void;

export interface Transport {
  readonly dialer: Dialer;
  /** Whether `reusePort` works between the threads of this process. Where not, one thread must do all the accepting. */
  readonly sharesPorts: boolean;
  /** Rejects with ListenError. A promise, because node:net tells only later. A Unix socket's path is taken over, as Envoy does. */
  listen(address: SocketAddress, options: ListenOptions, onConnection: OnConnection): Promise<Acceptor>;
  /**
   * Binds a socket whose descriptor threads then listen on together: for Unix sockets, of which only one can be bound. Null where the runtime
   * cannot; rejects with ListenError.
   */
  share(address: SocketAddress, options: ListenOptions): Promise<SharedSocket | null>;
  /**
   * Binds alone and lets go at once: rejects with ListenError when somebody, even one who shares, has the port. Port 0 comes
   * back as a free number. Control calls this before the workers share that number.
   */
  probeExclusive(address: SocketAddress): Promise<SocketAddress>;
}
