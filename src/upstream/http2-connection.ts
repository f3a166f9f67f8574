/** One connection to a host that speaks HTTP/2: carries exchanges side by side, each on a stream of its own. */
import { Http2Client } from "../codec/http2-client.ts";
import { Http2Keepalive } from "../codec/http2-keepalive.ts";
import type { Http2Events } from "../codec/http2-link.ts";
import type { Http2Sink } from "../codec/http2-output.ts";
import type { Http2Stats } from "../codec/http2-stats.ts";
import type { Host } from "../contract/host.ts";
import type { ResetReason, ResponseSink, UpstreamStream } from "../contract/upstream-stream.ts";
import type { Timer } from "../platform/clock.ts";
import type { CloseCause, Conn } from "../platform/conn.ts";
import type { PoolShared } from "./pool-shared.ts";
import { Http2Exchange, type ExchangeOwner } from "./http2-exchange.ts";
import type { PooledConnection } from "./pooled-connection.ts";

/** What the pool hears of its connection. */
export interface Http2Owner {
  onConnected(connection: PooledConnection): void;
  /** It takes no more requests for now. */
  onFull(connection: Http2Connection): void;
  /** It can carry more requests than before, or fewer, or none any more. */
  onRoom(connection: Http2Connection): void;
  /** Its last exchange is over. */
  onIdle(connection: PooledConnection): void;
  /** An exchange is over, however it ended: exactly once for each `begin`. */
  onExchangeOver(): void;
  /** An exchange was broken off: by this side, or by the host. */
  onStreamReset(local: boolean): void;
  /** An exchange ended with its connection. */
  onStreamLost(): void;
  /** It has carried as many requests as it may. */
  onWorn(): void;
  onClosed(connection: PooledConnection, cause: CloseCause, active: boolean): void;
  onBytes(received: number, sent: number): void;
  onProtocolError(): void;
  /** The host takes no new requests on it. */
  onCloseNotify(): void;
}

export class Http2Connection implements PooledConnection, Http2Events, Http2Sink, ExchangeOwner {
  readonly host: Host;
  conn!: Conn;
  idleTimer: Timer | null = null;
  connected = false;
  readonly startedAt: number;
  connectedAt = -1;
  requests = 0;
  /** It gets no new requests. */
  draining = false;
  private readonly owner: Http2Owner;
  private readonly shared: PoolShared;
  private readonly counters: Http2Stats;
  private readonly codec: Http2Client;
  private readonly exchanges = new Set<Http2Exchange>();
  private keepalive: Http2Keepalive | null = null;
  private limit: number;
  private over = false;
  /** Within the codec's work on what has come. */
  private receiving = false;
  private leftByHost = false;
  /** It ended with exchanges under way. */
  private cutOff = false;

  constructor(host: Host, owner: Http2Owner, shared: PoolShared, counters: Http2Stats, now: number) {
    this.host = host;
    this.owner = owner;
    this.shared = shared;
    this.counters = counters;
    this.startedAt = now;
    this.limit = shared.http2.options.maxConcurrentStreams;
    this.codec = new Http2Client(shared.http2.options, this, counters, this);
  }

  get active(): boolean {
    return this.exchanges.size > 0;
  }

  get buffered(): number {
    return this.conn.buffered;
  }

  /** Requests that it can take up now. */
  get room(): number {
    const most = this.shared.maxRequestsPerConnection;
    const free = this.limit - this.exchanges.size;
    return most > 0 ? Math.min(free, most - this.requests) : free;
  }

  begin(sink: ResponseSink): UpstreamStream {
    this.idleTimer?.rest();
    this.keepalive?.onNewStream();
    this.requests++;
    const exchange = new Http2Exchange(this, this.codec, sink);
    this.exchanges.add(exchange);
    if (this.requests === this.shared.maxRequestsPerConnection || this.codec.exhausted) {
      this.draining = true;
      this.owner.onWorn();
    }
    if (this.draining || this.room <= 0) this.owner.onFull(this);
    return exchange;
  }

  /** Nothing more is wanted of it. */
  close(): void {
    this.conn.close();
  }

  onConnect(): void {
    this.connected = true;
    this.conn.setNoDelay(true);
    this.conn.gathers = true;
    const { http2, clock, random } = this.shared;
    if (http2.keepalive !== null) this.keepalive = new Http2Keepalive(http2.keepalive, clock, random, this.codec, () => this.onKeepaliveTimeout());
    this.owner.onConnected(this);
  }

  onData(_conn: Conn, chunk: Buffer): void {
    this.owner.onBytes(chunk.length, 0);
    this.keepalive?.heard();
    this.receiving = true;
    this.codec.receive(chunk);
    this.receiving = false;
  }

  onDrain(): void {
    this.codec.setBlocked(false);
  }

  onEnd(conn: Conn): void {
    this.leftByHost = true;
    this.loseAll("connection termination");
    conn.close();
  }

  onClose(_conn: Conn, cause: CloseCause): void {
    if (this.over) return;
    this.over = true;
    this.keepalive?.stop();
    this.owner.onClosed(this, this.leftByHost && cause === "local" ? "remote" : cause, this.cutOff || this.active);
    this.loseAll("connection termination");
    this.codec.stop();
  }

  /** The codec's bytes. */
  write(chunk: Buffer, start: number, end: number): boolean {
    this.owner.onBytes(0, end - start);
    const room = this.conn.write(chunk, start, end);
    if (!room) this.codec.setBlocked(true);
    return room;
  }

  onSettings(): void {
    const before = this.room;
    this.limit = Math.min(this.codec.peer.maxConcurrentStreams ?? this.limit, this.shared.http2.options.maxConcurrentStreams);
    if (this.room !== before) this.owner.onRoom(this);
  }

  onPong(): void {
    this.keepalive?.onPong();
  }

  onFrame(): void {
    this.keepalive?.onFrame();
  }

  onGoaway(): void {
    if (this.draining) return;
    this.owner.onCloseNotify();
    this.draining = true;
    this.owner.onRoom(this);
  }

  onError(): void {
    this.owner.onProtocolError();
    this.loseAll("protocol error");
    this.cutOff = false;
    this.conn.close();
  }

  onExchangeOver(exchange: Http2Exchange, whole: boolean): void {
    if (!this.exchanges.delete(exchange)) return;
    this.owner.onExchangeOver();
    if (this.over || !this.conn.writable) return;
    // Envoy's codec finds itself closed in the midst of its work, and calls that a protocol error.
    if (whole && this.receiving && this.draining && !this.active) this.owner.onProtocolError();
    this.owner.onRoom(this);
    if (!this.active && !this.draining) this.owner.onIdle(this);
  }

  onStreamReset(local: boolean): void {
    this.owner.onStreamReset(local);
  }

  private loseAll(reason: ResetReason): void {
    const exchanges = [...this.exchanges];
    if (exchanges.length > 0) this.cutOff = true;
    this.draining = true;
    this.codec.stop();
    for (const exchange of exchanges) {
      if (reason === "protocol error") this.owner.onStreamReset(true);
      else this.owner.onStreamLost();
      exchange.lose(reason);
    }
  }

  private onKeepaliveTimeout(): void {
    this.counters.onKeepaliveTimeout();
    this.loseAll("connection termination");
    this.conn.close();
  }
}
