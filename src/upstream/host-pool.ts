/**
 * The connections of one host in one worker, whatever protocol they speak (Envoy's ConnPoolImplBase): requests without a connection
 * wait in order, and connections are made while more wait than those on their way can carry.
 */
import type { Http1ClientOptions } from "../codec/http1-options.ts";
import type { Host } from "../contract/host.ts";
import type { ConnectionPool, PoolCallbacks, PoolTicket, ResetReason, ResponseSink } from "../contract/upstream-stream.ts";
import type { Clock } from "../platform/clock.ts";
import type { CloseCause, Dialer } from "../platform/conn.ts";
import type { Random } from "../platform/random.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import type { BreakerLimits, Http2Plan } from "./cluster-plan.ts";
import { connectFailure } from "./connect-failure.ts";
import * as S from "./cluster-stats.ts";
import type { PooledConnection } from "./pooled-connection.ts";

/** What all pools of a cluster share. */
export interface PoolShared {
  readonly clock: Clock;
  readonly random: Random;
  readonly dialer: Dialer;
  readonly stats: StatBlock;
  readonly limits: BreakerLimits;
  /** Where they are counted. */
  readonly places: S.LimitPlaces;
  readonly connectTimeoutMs: number;
  /** 0 = never. */
  readonly idleTimeoutMs: number;
  /** Requests a connection may carry; 0 = no limit. */
  readonly maxRequestsPerConnection: number;
  /** Bytes. */
  readonly bufferLimit: number;
  readonly codec: Http1ClientOptions;
  readonly http2: Http2Plan;
}

/** One more connection of the cluster and of the host, unless there are as many as there may be. */
export function takeConnection({ stats, places, limits }: PoolShared, host: Host): boolean {
  if (!stats.tryAcquire(places.connections, limits.connections)) return false;
  if (host.stats.tryAcquire(S.H_LIMIT_CONNECTIONS, limits.hostConnections)) return true;
  stats.release(places.connections);
  return false;
}

/** A request that waits for a connection. */
class Waiting implements PoolTicket {
  readonly sink: ResponseSink;
  readonly callbacks: PoolCallbacks;
  private readonly pool: HostPool;

  constructor(pool: HostPool, sink: ResponseSink, callbacks: PoolCallbacks) {
    this.pool = pool;
    this.sink = sink;
    this.callbacks = callbacks;
  }

  cancel(): void {
    this.pool.forget(this);
  }
}

export abstract class HostPool implements ConnectionPool {
  protected readonly host: Host;
  protected readonly shared: PoolShared;
  protected readonly all = new Set<PooledConnection>();
  /** Offered in TLS where the cluster names none. */
  protected abstract readonly protocols: readonly string[];
  protected draining = false;
  /** Of the connections, those that end with what they carry now. */
  protected readonly leaving = new Set<PooledConnection>();
  private connecting = 0;
  private readonly waiting: Waiting[] = [];
  private onEmpty: (() => void) | null = null;

  constructor(host: Host, shared: PoolShared) {
    this.host = host;
    this.shared = shared;
  }

  /** A connection that can carry another request, null if there is none. */
  protected abstract takeReady(): PooledConnection | null;
  /** `takeReady` gave it, but it is not needed. */
  protected abstract giveBack(connection: PooledConnection): void;
  /** A new connection, not yet dialed; counts what is particular to its kind. */
  protected abstract make(now: number): PooledConnection;
  /** Requests that a connection on its way will be able to carry. */
  protected abstract readonly streamsPerConnection: number;
  /** No new requests: those that carry none close now. */
  protected abstract closeIdle(): void;
  /** It is over: nobody may take it any more. */
  protected abstract lose(connection: PooledConnection): void;
  /** Connected, and free for the first time. */
  protected abstract ready(connection: PooledConnection): void;

  newStream(sink: ResponseSink, callbacks: PoolCallbacks): PoolTicket | null {
    const { stats, limits } = this.shared;
    const ready = this.takeReady();
    if (ready !== null) {
      this.attach(ready, sink, callbacks);
      return null;
    }
    if (!stats.tryAcquire(this.shared.places.pending, limits.pending)) {
      stats.inc(S.RQ_PENDING_OVERFLOW);
      callbacks.onPoolFailure("overflow", "", null);
      return null;
    }
    stats.inc(S.RQ_PENDING_TOTAL);
    stats.add(S.RQ_PENDING_ACTIVE, 1);
    this.host.stats.add(S.H_RQ_PENDING_ACTIVE, 1);
    const place = new Waiting(this, sink, callbacks);
    this.waiting.push(place);
    this.connectIfNeeded();
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
    this.closeIdle();
    this.checkEmpty();
  }

  /** The host failed: connections that are there carry nothing new, those to come do. */
  renew(): void {
    this.closeIdle();
    for (const connection of this.all) if (connection.connected) this.leaving.add(connection);
  }

  /** True when nothing is left of it. */
  get empty(): boolean {
    return this.all.size === 0 && this.waiting.length === 0;
  }

  onConnected(connection: PooledConnection): void {
    this.connecting--;
    this.shared.stats.record(S.CX_CONNECT_MS, this.shared.clock.now() - connection.startedAt);
    this.ready(connection);
  }

  onClosed(connection: PooledConnection, cause: CloseCause, active: boolean): void {
    this.all.delete(connection);
    this.leaving.delete(connection);
    this.lose(connection);
    connection.idleTimer?.cancel();
    this.countClose(connection, cause, active);
    if (!connection.connected) {
      this.connecting--;
      this.failWaiting(cause, connectFailure(cause, connection.conn));
    }
    this.connectIfNeeded();
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

  onExchangeOver(): void {
    this.shared.stats.release(this.shared.places.requests);
    this.shared.stats.sub(S.RQ_ACTIVE, 1);
    this.host.stats.sub(S.H_RQ_ACTIVE, 1);
  }

  protected attach(connection: PooledConnection, sink: ResponseSink, callbacks: PoolCallbacks): void {
    const { stats, limits } = this.shared;
    if (!stats.tryAcquire(this.shared.places.requests, limits.requests)) {
      stats.inc(S.RQ_ACTIVE_OVERFLOW);
      callbacks.onPoolFailure("overflow", "", this.host);
      this.giveBack(connection);
      return;
    }
    stats.inc(S.RQ_TOTAL);
    stats.add(S.RQ_ACTIVE, 1);
    this.host.stats.inc(S.H_RQ_TOTAL);
    this.host.stats.add(S.H_RQ_ACTIVE, 1);
    callbacks.onPoolReady(connection.begin(sink), this.host);
  }

  /** Gives a connection to whoever waits longest. False: nobody does. */
  protected serveWaiting(connection: PooledConnection): boolean {
    const next = this.waiting.shift();
    if (next === undefined) return false;
    this.left();
    this.attach(connection, next.sink, next.callbacks);
    return true;
  }

  /** Nobody uses this connection: it closes after too long. */
  protected armIdle(connection: PooledConnection): void {
    const { idleTimeoutMs, clock } = this.shared;
    if (idleTimeoutMs === 0) return;
    connection.idleTimer ??= clock.timer(() => this.tooIdle(connection));
    connection.idleTimer.arm(idleTimeoutMs);
  }

  protected connectIfNeeded(): void {
    if (this.waiting.length > this.connecting * this.streamsPerConnection) this.connect();
  }

  private checkEmpty(): void {
    if (!this.draining || !this.empty) return;
    const tell = this.onEmpty;
    this.onEmpty = null;
    tell?.();
  }

  private connect(): void {
    const { shared, host } = this;
    const { stats } = shared;
    if (!takeConnection(shared, host)) {
      stats.inc(S.CX_OVERFLOW);
      // A request that waits must have something to wait for.
      if (this.all.size > 0) return;
      stats.acquire(shared.places.connections);
      host.stats.acquire(S.H_LIMIT_CONNECTIONS);
    }
    const connection = this.make(shared.clock.now());
    this.connecting++;
    this.all.add(connection);
    stats.inc(S.CX_TOTAL);
    stats.add(S.CX_ACTIVE, 1);
    host.stats.inc(S.H_CX_TOTAL);
    host.stats.add(S.H_CX_ACTIVE, 1);
    connection.conn = shared.dialer.dial(host.address, connection, { timeoutMs: shared.connectTimeoutMs, highWatermark: shared.bufferLimit, hostname: host.hostname, alpn: this.protocols });
  }

  private tooIdle(connection: PooledConnection): void {
    if (connection.active) return;
    this.shared.stats.inc(S.CX_IDLE_TIMEOUT);
    connection.close();
  }

  private left(): void {
    this.shared.stats.release(this.shared.places.pending);
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
    stats.release(this.shared.places.connections);
    this.host.stats.release(S.H_LIMIT_CONNECTIONS);
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
