/** The plain TCP connections of one host in one worker: each serves once, and who waits starts one (Envoy's Tcp::ConnPoolImpl). */
import type { Host } from "../contract/host.ts";
import type { TcpPool as Pool, TcpPoolCallbacks, TcpSink } from "../contract/tcp-pool.ts";
import type { PoolTicket, ResetReason } from "../contract/upstream-stream.ts";
import type { CloseCause } from "../platform/conn.ts";
import { connectFailure } from "./connect-failure.ts";
import * as S from "./cluster-stats.ts";
import { type PoolShared, takeConnection } from "./host-pool.ts";
import { TcpClient, type TcpClientOwner } from "./tcp-client.ts";

class Waiting implements PoolTicket {
  readonly sink: TcpSink;
  readonly callbacks: TcpPoolCallbacks;
  private readonly pool: TcpPool;

  constructor(pool: TcpPool, sink: TcpSink, callbacks: TcpPoolCallbacks) {
    this.pool = pool;
    this.sink = sink;
    this.callbacks = callbacks;
  }

  cancel(): void {
    this.pool.forget(this);
  }
}

export class TcpPool implements Pool, TcpClientOwner {
  private readonly host: Host;
  private readonly shared: PoolShared;
  private readonly waiting: Waiting[] = [];
  /** Dialed and not open yet, in order. */
  private readonly connecting: TcpClient[] = [];
  private open = 0;
  private readonly clients = new Set<TcpClient>();
  private onEmpty: (() => void) | null = null;

  constructor(host: Host, shared: PoolShared) {
    this.host = host;
    this.shared = shared;
  }

  newConnection(sink: TcpSink, callbacks: TcpPoolCallbacks): PoolTicket | null {
    const { stats, limits } = this.shared;
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
    this.connectAsNeeded();
    return place;
  }

  /** Who waits no longer; a connection that nobody waits for any more is given up. */
  forget(place: Waiting): void {
    const at = this.waiting.indexOf(place);
    if (at < 0) return;
    this.waiting.splice(at, 1);
    this.left();
    this.shared.stats.inc(S.RQ_CANCELLED);
    if (this.connecting.length > this.waiting.length) this.connecting.at(-1)?.giveUp();
    this.checkEmpty();
  }

  /** True when nothing is left of it. */
  get empty(): boolean {
    return this.open === 0 && this.waiting.length === 0;
  }

  /** Cuts all connections that are open. */
  closeAll(): void {
    for (const client of this.clients) client.close();
  }

  /** No new connections; when the last one has gone, `onEmpty` is called. */
  drain(onEmpty: () => void): void {
    this.onEmpty = onEmpty;
    this.checkEmpty();
  }

  onConnected(client: TcpClient): void {
    this.connecting.splice(this.connecting.indexOf(client), 1);
    this.shared.stats.record(S.CX_CONNECT_MS, this.shared.clock.now() - client.startedAt);
    const next = this.waiting.shift();
    if (next === undefined) return client.close();
    this.left();
    const { stats } = this.shared;
    stats.inc(S.RQ_TOTAL);
    stats.add(S.RQ_ACTIVE, 1);
    this.host.stats.inc(S.H_RQ_TOTAL);
    this.host.stats.add(S.H_RQ_ACTIVE, 1);
    stats.acquire(this.shared.places.requests);
    client.give(next.sink);
    next.callbacks.onPoolReady(client, this.host);
  }

  onClosed(client: TcpClient, cause: CloseCause): void {
    this.open--;
    this.clients.delete(client);
    this.countClose(client, cause);
    if (!client.connected) {
      this.connecting.splice(this.connecting.indexOf(client), 1);
      if (!client.givenUp) this.failWaiting(cause, connectFailure(cause, client.conn));
    }
    this.connectAsNeeded();
    this.checkEmpty();
  }

  private connectAsNeeded(): void {
    while (this.waiting.length > this.connecting.length && this.connect());
  }

  private connect(): boolean {
    const { shared, host } = this;
    const { stats } = shared;
    if (!takeConnection(shared, host)) {
      stats.inc(S.CX_OVERFLOW);
      // who waits must have something to wait for
      if (this.open > 0) return false;
      stats.acquire(shared.places.connections);
      host.stats.acquire(S.H_LIMIT_CONNECTIONS);
    }
    const client = new TcpClient(host, this, stats, shared.clock.now());
    this.connecting.push(client);
    this.clients.add(client);
    this.open++;
    stats.inc(S.CX_TOTAL);
    stats.add(S.CX_ACTIVE, 1);
    host.stats.inc(S.H_CX_TOTAL);
    host.stats.add(S.H_CX_ACTIVE, 1);
    client.conn = shared.dialer.dial(host.address, client, { timeoutMs: shared.connectTimeoutMs, highWatermark: shared.bufferLimit, hostname: host.hostname });
    return true;
  }

  private left(): void {
    this.shared.stats.release(this.shared.places.pending);
    this.shared.stats.sub(S.RQ_PENDING_ACTIVE, 1);
    this.host.stats.sub(S.H_RQ_PENDING_ACTIVE, 1);
  }

  /** A connection that never came to be fails everybody who waits (as in Envoy). */
  private failWaiting(cause: CloseCause, failure: string): void {
    const reason: ResetReason = cause === "timeout" ? "connection timeout" : cause === "local" ? "local connection failure" : "remote connection failure";
    for (const place of this.waiting.splice(0)) {
      this.left();
      this.shared.stats.inc(S.RQ_PENDING_FAILURE_EJECT);
      place.callbacks.onPoolFailure(reason, failure, this.host);
    }
  }

  private countClose(client: TcpClient, cause: CloseCause): void {
    const { stats, clock } = this.shared;
    stats.release(this.shared.places.connections);
    this.host.stats.release(S.H_LIMIT_CONNECTIONS);
    stats.sub(S.CX_ACTIVE, 1);
    this.host.stats.sub(S.H_CX_ACTIVE, 1);
    if (!client.connected) {
      stats.inc(S.CX_CONNECT_FAIL);
      this.host.stats.inc(S.H_CX_CONNECT_FAIL);
      if (cause === "timeout") stats.inc(S.CX_CONNECT_TIMEOUT);
    }
    const local = cause === "local" || cause === "timeout";
    stats.inc(S.CX_DESTROY);
    stats.inc(local ? S.CX_DESTROY_LOCAL : S.CX_DESTROY_REMOTE);
    stats.record(S.CX_LENGTH_MS, clock.now() - client.startedAt);
    stats.record(S.RQ_PER_CX, client.used ? 1 : 0);
    if (!client.used) return;
    stats.release(this.shared.places.requests);
    stats.sub(S.RQ_ACTIVE, 1);
    this.host.stats.sub(S.H_RQ_ACTIVE, 1);
    stats.inc(S.CX_DESTROY_ACTIVE);
    stats.inc(local ? S.CX_DESTROY_LOCAL_ACTIVE : S.CX_DESTROY_REMOTE_ACTIVE);
  }

  private checkEmpty(): void {
    if (this.onEmpty === null || this.open > 0 || this.waiting.length > 0) return;
    const tell = this.onEmpty;
    this.onEmpty = null;
    tell();
  }
}
