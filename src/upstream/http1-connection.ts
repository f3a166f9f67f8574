/**
 * One connection to a host that speaks HTTP/1: carries one exchange after another. The connection is its own stream: a new
 * `Exchange` is handed out for each request, so that a stale one cannot speak on the next request's behalf.
 */
import { Http1Client, type ResponseSink as CodecSink } from "../codec/http1-client.ts";
import type { Http1ClientOptions } from "../codec/http1-options.ts";
import type { CodecError } from "../codec/codec-error.ts";
import type { Host } from "../contract/host.ts";
import type { ResetReason, ResponseSink, UpstreamStream } from "../contract/upstream-stream.ts";
import { wantsClose } from "../codec/http1-connection.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import type { SocketAddress } from "../platform/address.ts";
import type { TlsFacts } from "../platform/tls.ts";
import type { Timer } from "../platform/clock.ts";
import type { CloseCause, Conn } from "../platform/conn.ts";
import type { PooledConnection } from "./pooled-connection.ts";

/** What the pool hears of its connection. */
export interface ConnectionOwner {
  onConnected(connection: PooledConnection): void;
  /** An exchange is over, however it ended: exactly once for each `begin`. */
  onExchangeOver(): void;
  /** Both sides of the exchange are done; `reusable`: another may follow. */
  onIdle(connection: PooledConnection, reusable: boolean): void;
  onClosed(connection: PooledConnection, cause: CloseCause, active: boolean): void;
  onBytes(received: number, sent: number): void;
  onProtocolError(): void;
  /** The upstream announced that it closes after this response. */
  onCloseNotify(): void;
}

export class Http1Connection implements PooledConnection {
  readonly host: Host;
  conn!: Conn;
  idleTimer: Timer | null = null;
  connected = false;
  readonly startedAt: number;
  connectedAt = -1;
  /** Exchanges begun. */
  requests = 0;
  private readonly owner: ConnectionOwner;
  private readonly codec: Http1Client;
  private exchange: Exchange | null = null;
  private sink: ResponseSink | null = null;
  private over = false;
  private blocked = false;
  /** The host finished first; this side's close only follows. */
  private leftByHost = false;
  private paused = false;
  /** It was closed with an exchange under way. */
  private cutOff = false;
  /** By its version and headers the response is the last on its connection. */
  private closeSaid = false;

  constructor(host: Host, owner: ConnectionOwner, options: Http1ClientOptions, now: number) {
    this.host = host;
    this.owner = owner;
    this.startedAt = now;
    this.codec = new Http1Client(options, new Responses(this), this);
  }

  get active(): boolean {
    return this.exchange !== null;
  }

  /** Begins an exchange on this idle connection. */
  begin(sink: ResponseSink): UpstreamStream {
    this.requests++;
    this.sink = sink;
    this.exchange = new Exchange(this, this.codec);
    return this.exchange;
  }

  /** Nothing more is wanted of it. */
  close(): void {
    this.conn.close();
  }

  onConnect(): void {
    this.connected = true;
    this.conn.setNoDelay(true);
    this.owner.onConnected(this);
  }

  onData(_conn: Conn, chunk: Buffer): void {
    this.owner.onBytes(chunk.length, 0);
    if (this.exchange === null) {
      // Bytes that nobody asked for: the next answer could not be told from them.
      this.owner.onProtocolError();
      this.conn.close();
      return;
    }
    this.codec.receive(chunk);
  }

  onDrain(): void {
    this.setBlocked(false);
  }

  onEnd(conn: Conn): void {
    this.leftByHost = true;
    this.endCodec();
    if (this.exchange !== null) this.fail("connection termination", "");
    conn.close();
  }

  onClose(_conn: Conn, cause: CloseCause): void {
    if (this.over) return;
    this.over = true;
    this.endCodec();
    this.owner.onClosed(this, this.leftByHost && cause === "local" ? "remote" : cause, this.cutOff || this.exchange !== null);
    if (this.exchange !== null) this.fail("connection termination", "");
  }

  /** ByteSink of the codec. */
  write(chunk: Buffer, start: number, end: number): boolean {
    this.owner.onBytes(0, end - start);
    const room = this.conn.write(chunk, start, end);
    if (!room) this.setBlocked(true);
    return room;
  }

  informational(headers: HeaderBlock): void {
    this.sink?.on1xx(headers);
  }

  response(headers: HeaderBlock, endStream: boolean): void {
    const sink = this.sink;
    this.closeSaid = wantsClose(headers, this.codec.http10);
    if (endStream) this.finish();
    sink?.onHeaders(headers, endStream);
  }

  body(data: Buffer, endStream: boolean): void {
    const sink = this.sink;
    if (endStream) this.finish();
    sink?.onData(data, endStream);
  }

  trailers(trailers: HeaderBlock): void {
    const sink = this.sink;
    this.finish();
    sink?.onTrailers(trailers);
  }

  protocolError(error: CodecError): void {
    this.owner.onProtocolError();
    this.fail("protocol error", error.flag === "UPE" ? "" : error.details);
    this.conn.close();
  }

  /** The exchange is given up by its user: HTTP/1 can only close. */
  abandon(): void {
    if (this.exchange === null) return;
    this.cutOff = true;
    this.release();
    this.conn.close();
  }

  pause(): void {
    this.paused = true;
    this.conn.pause();
  }

  resume(): void {
    this.paused = false;
    this.conn.resume();
  }

  get local(): SocketAddress {
    return this.conn.local;
  }

  get tls(): TlsFacts | undefined {
    return this.conn.tls;
  }

  /** A tunnel that closes has no proper end: Envoy takes it for a termination. */
  private endCodec(): void {
    if (this.exchange !== null && !this.codec.tunnelling) this.codec.end();
  }

  private fail(reason: ResetReason, failure: string): void {
    const sink = this.sink;
    if (this.exchange !== null) this.cutOff = true;
    this.release();
    sink?.onReset(reason, failure);
  }

  private release(): void {
    if (this.exchange === null) return;
    this.exchange.detach();
    this.exchange = null;
    this.sink = null;
    this.blocked = false;
    // The end may have come in the very bytes that made the downstream stop us: the next exchange must read.
    if (this.paused) this.resume();
    this.owner.onExchangeOver();
  }

  /** The response is whole: the connection is free again before anybody hears of it, for the request that follows at once. */
  private finish(): void {
    if (!this.codec.requestComplete) this.cutOff = true;
    this.release();
    if (this.over) return;
    if (this.closeSaid) this.owner.onCloseNotify();
    this.owner.onIdle(this, this.codec.reusable && this.conn.writable);
  }

  private setBlocked(blocked: boolean): void {
    if (this.blocked === blocked) return;
    this.blocked = blocked;
    this.sink?.onBlocked(blocked);
  }
}

/** One request on a connection; deaf once the exchange is over. */
class Exchange implements UpstreamStream {
  private open: Http1Connection | null;
  private readonly codec: Http1Client;
  readonly connection: Http1Connection;

  constructor(connection: Http1Connection, codec: Http1Client) {
    this.open = connection;
    this.connection = connection;
    this.codec = codec;
  }

  get protocol(): string {
    return "HTTP/1.1";
  }

  get connectionId(): number {
    return this.connection.conn.id;
  }

  get local(): SocketAddress {
    return this.connection.local;
  }

  get tls(): TlsFacts | undefined {
    return this.connection.tls;
  }

  detach(): void {
    this.open = null;
  }

  encodeHeaders(headers: HeaderBlock, endStream: boolean): void {
    if (this.open !== null) this.codec.encodeHeaders(headers, endStream);
  }

  encodeData(data: Buffer, endStream: boolean): void {
    if (this.open !== null) this.codec.encodeData(data, endStream);
  }

  encodeTrailers(trailers: HeaderBlock): void {
    if (this.open !== null) this.codec.encodeTrailers(trailers);
  }

  reset(): void {
    this.open?.abandon();
  }

  pauseReading(): void {
    this.open?.pause();
  }

  resumeReading(): void {
    this.open?.resume();
  }
}

/** The codec's events, told apart from the connection's. */
class Responses implements CodecSink {
  private readonly connection: Http1Connection;

  constructor(connection: Http1Connection) {
    this.connection = connection;
    this.connection = connection;
  }

  onInformational(headers: HeaderBlock): void {
    this.connection.informational(headers);
  }

  onResponse(headers: HeaderBlock, endStream: boolean): void {
    this.connection.response(headers, endStream);
  }

  onBody(data: Buffer, endStream: boolean): void {
    this.connection.body(data, endStream);
  }

  onTrailers(trailers: HeaderBlock): void {
    this.connection.trailers(trailers);
  }

  onError(error: CodecError): void {
    this.connection.protocolError(error);
  }
}
