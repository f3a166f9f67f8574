/**
 * The HTTP/1 connections of one host in one worker (Envoy's ConnPoolImplBase for HTTP/1): the connection used last is used
 * first, requests without one wait in order, and each that waits starts a connection unless enough are on their way.
 * Or its plain TCP connections: the ends of CONNECT tunnels, each for one stream (Envoy's Tcp::ConnPoolImpl).
 */
import type { Http1ClientOptions } from "../codec/http1-options.ts";
import type { Host } from "../contract/host.ts";
import type { ConnectionPool, PoolCallbacks, PoolTicket, ResetReason, ResponseSink } from "../contract/upstream-stream.ts";
import type { Clock } from "../platform/clock.ts";
import type { CloseCause, Dialer } from "../platform/conn.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import type { BreakerLimits } from "./cluster-plan.ts";
import { connectFailure } from "./connect-failure.ts";
import * as S from "./cluster-stats.ts";
import { Http1Connection, type ConnectionOwner } from "./http1-connection.ts";
import type { PooledConnection } from "./pooled-connection.ts";
import { TunnelConnection } from "./tunnel-connection.ts";

/** What all pools of a cluster share. */
export interface PoolShared {
  readonly clock: Clock;
  readonly dialer: Dialer;
  readonly stats: StatBlock;
  readonly limits: BreakerLimits;
  readonly connectTimeoutMs: number;
  /** 0 = never. */
  readonly idleTimeoutMs: number;
  /** Requests a connection may carry; 0 = no limit. */
  readonly maxRequestsPerConnection: number;
  /** Bytes. */
  readonly bufferLimit: number;
  readonly codec: Http1ClientOptions;
}

/** Offered in TLS where the cluster says nothing of protocols. */
const HTTP1: readonly string[] = ["http/1.1"];

class Waiting implements PoolTicket {
  readonly sink: ResponseSink;
  readonly callbacks: PoolCallbacks;
  private readonly pool: Http1Pool;

  constructor(pool: Http1Pool, sink: ResponseSink, callbacks: PoolCallbacks) {
    this.pool = pool;
    this.sink = sink;
    this.callbacks = callbacks;
  }

  cancel(): void {
    this.pool.forget(this);
  }
}

export class Http1Pool implements ConnectionPool, ConnectionOwner {
  private readonly host: Host;
  private readonly shared: PoolShared;
  private readonly tunnels: boolean;
  private readonly idle: PooledConnection[] = [];
  private readonly all = new Set<PooledConnection>();
  private connecting = 0;
  private readonly waiting: Waiting[] = [];
  private draining = false;
  private onEmpty: (() => void) | null = null;

  /** `tunnels`: of plain TCP connections. */
  constructor(host: Host, shared: PoolShared, tunnels = false) {
    this.host = host;
    this.shared = shared;
    this.tunnels = tunnels;
  }

  newStream(sink: ResponseSink, callbacks: PoolCallbacks): PoolTicket | null {
    const { stats, limits } = this.shared;
    const ready = this.idle.pop();
    if (ready !== undefined) {
      this.attach(ready, sink, callbacks);
      return null;
    }
    if (!stats.tryAcquire(S.LIMIT_PENDING, limits.pending)) {
      stats.inc(S.RQ_PENDING_OVERFLOW);
      callbacks.onPoolFailure("overflow", "", null);
      return null;
    }
    stats.inc(S.RQ_PENDING_TOTAL);
    stats.add(S.RQ_PENDING_ACTIVE, 1);
    this.host.stats.add(S.H_RQ_PENDING_ACTIVE, 1);
    const place = new Waiting(this, sink, callbacks);
    this.waiting.push(place);
    if (this.waiting.length > this.connecting) this.connect();
    return place;
  }

  /** A request that waits no longer. */
  forget(place: Waiting): void {
    const at = this.waiting.indexOf(place);
    if (at < 0) return;
    this.waiting.splice(at, 1);
    this.left();
    this.shared.stats.inc(S.RQ_CANCELLED);
    this.checkEmpty();
  }

  /** No new requests: idle connections close now, busy ones when they are done; then `onEmpty` is called. */
  drain(onEmpty: () => void): void {
    this.draining = true;
    this.onEmpty = onEmpty;
    for (const connection of this.idle.splice(0)) connection.close();
    this.checkEmpty();
  }

  private checkEmpty(): void {
    if (!this.draining || !this.empty) return;
    const tell = this.onEmpty;
    this.onEmpty = null;
    tell?.();
  }

  /** True when nothing is left of it. */
  get empty(): boolean {
    return this.all.size === 0 && this.waiting.length === 0;
  }

  onConnected(connection: PooledConnection): void {
    this.connecting--;
    this.shared.stats.record(S.CX_CONNECT_MS, this.shared.clock.now() - connection.startedAt);
    this.offer(connection);
  }

  onIdle(connection: PooledConnection, reusable: boolean): void {
    const limit = this.shared.maxRequestsPerConnection;
    const worn = limit > 0 && connection.requests >= limit;
    if (worn) this.shared.stats.inc(S.CX_MAX_REQUESTS);
    if (!reusable || worn || this.draining) {
      connection.close();
      return;
    }
    this.offer(connection);
  }

  onClosed(connection: PooledConnection, cause: CloseCause, active: boolean): void {
    this.all.delete(connection);
    const at = this.idle.indexOf(connection);
    if (at >= 0) this.idle.splice(at, 1);
    connection.idleTimer?.cancel();
    this.countClose(connection, cause, active);
    if (!connection.connected) {
      this.connecting--;
      this.failWaiting(cause, connectFailure(cause, connection.conn));
    }
    if (this.waiting.length > this.connecting) this.connect();
    this.checkEmpty();
  }

  onBytes(received: number, sent: number): void {
    if (received > 0) this.shared.stats.add(S.CX_RX_BYTES, received);
    if (sent > 0) this.shared.stats.add(S.CX_TX_BYTES, sent);
  }

  onCloseNotify(): void {
    this.shared.stats.inc(S.CX_CLOSE_NOTIFY);
  }

  onProtocolError(): void {
    this.shared.stats.inc(S.CX_PROTOCOL_ERROR);
  }

  private connect(): void {
    const { shared, host } = this;
    const { stats } = shared;
    if (!stats.tryAcquire(S.LIMIT_CONNECTIONS, shared.limits.connections)) {
      stats.inc(S.CX_OVERFLOW);
      // A request that waits must have something to wait for.
      if (this.all.size > 0) return;
      stats.acquire(S.LIMIT_CONNECTIONS);
    }
    const now = shared.clock.now();
    const connection = this.tunnels ? new TunnelConnection(host, this, now) : new Http1Connection(host, this, shared.codec, now);
    this.connecting++;
    this.all.add(connection);
    stats.inc(S.CX_TOTAL);
    if (!this.tunnels) this.countHttp1();
    stats.add(S.CX_ACTIVE, 1);
    host.stats.inc(S.H_CX_TOTAL);
    host.stats.add(S.H_CX_ACTIVE, 1);
    connection.conn = shared.dialer.dial(host.address, connection, { timeoutMs: shared.connectTimeoutMs, highWatermark: shared.bufferLimit, hostname: host.hostname, ...(this.tunnels ? {} : { alpn: HTTP1 }) });
  }

  private countHttp1(): void {
    this.shared.stats.inc(S.CX_HTTP1_TOTAL);
    this.shared.stats.child("http1.", S.HTTP1_SHAPE);
  }

  /** Gives a free connection to whoever waits longest, or keeps it. */
  private offer(connection: PooledConnection): void {
    const next = this.waiting.shift();
    if (next !== undefined) {
      this.left();
      this.attach(connection, next.sink, next.callbacks);
      return;
    }
    if (this.draining) {
      connection.close();
      return;
    }
    this.idle.push(connection);
    const { idleTimeoutMs, clock } = this.shared;
    if (idleTimeoutMs === 0) return;
    connection.idleTimer ??= clock.timer(() => this.tooIdle(connection));
    connection.idleTimer.arm(idleTimeoutMs);
  }

  private tooIdle(connection: PooledConnection): void {
    if (connection.active) return;
    this.shared.stats.inc(S.CX_IDLE_TIMEOUT);
    connection.close();
  }

  private attach(connection: PooledConnection, sink: ResponseSink, callbacks: PoolCallbacks): void {
    const { stats, limits } = this.shared;
    if (!stats.tryAcquire(S.LIMIT_REQUESTS, limits.requests)) {
      stats.inc(S.RQ_PENDING_OVERFLOW);
      callbacks.onPoolFailure("overflow", "", this.host);
      this.offer(connection);
      return;
    }
    stats.inc(S.RQ_TOTAL);
    stats.add(S.RQ_ACTIVE, 1);
    this.host.stats.inc(S.H_RQ_TOTAL);
    this.host.stats.add(S.H_RQ_ACTIVE, 1);
    callbacks.onPoolReady(connection.begin(sink), this.host);
  }

  onExchangeOver(): void {
    this.shared.stats.release(S.LIMIT_REQUESTS);
    this.shared.stats.sub(S.RQ_ACTIVE, 1);
    this.host.stats.sub(S.H_RQ_ACTIVE, 1);
  }

  private left(): void {
    this.shared.stats.release(S.LIMIT_PENDING);
    this.shared.stats.sub(S.RQ_PENDING_ACTIVE, 1);
    this.host.stats.sub(S.H_RQ_PENDING_ACTIVE, 1);
  }

  /** A connection that never came to be fails everybody who waits (as in Envoy). */
  private failWaiting(cause: CloseCause, failure: string): void {
    const { stats } = this.shared;
    const reason: ResetReason = cause === "timeout" ? "connection timeout" : cause === "local" ? "local connection failure" : "remote connection failure";
    for (const place of this.waiting.splice(0)) {
      this.left();
      stats.inc(S.RQ_PENDING_FAILURE_EJECT);
      place.callbacks.onPoolFailure(reason, failure, this.host);
    }
  }

  private countClose(connection: PooledConnection, cause: CloseCause, active: boolean): void {
    const { stats, clock } = this.shared;
    stats.release(S.LIMIT_CONNECTIONS);
    stats.sub(S.CX_ACTIVE, 1);
    this.host.stats.sub(S.H_CX_ACTIVE, 1);
    if (!connection.connected) {
      stats.inc(S.CX_CONNECT_FAIL);
      this.host.stats.inc(S.H_CX_CONNECT_FAIL);
      if (cause === "timeout") stats.inc(S.CX_CONNECT_TIMEOUT);
    }
    const local = cause === "local" || cause === "timeout";
    stats.inc(S.CX_DESTROY);
    stats.inc(local ? S.CX_DESTROY_LOCAL : S.CX_DESTROY_REMOTE);
    if (active) {
      stats.inc(S.CX_DESTROY_ACTIVE);
      stats.inc(local ? S.CX_DESTROY_LOCAL_ACTIVE : S.CX_DESTROY_REMOTE_ACTIVE);
    }
    stats.record(S.CX_LENGTH_MS, clock.now() - connection.startedAt);
    stats.record(S.RQ_PER_CX, connection.requests);
  }
}
