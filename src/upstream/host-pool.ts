/**
 * The connections of one host in one worker, whatever protocol they speak (Envoy's ConnPoolImplBase): requests without a connection
 * wait in order, and connections are made while more wait than those on their way can carry.
 */
import type { Host } from "../contract/host.ts";
import type { ConnectionPool, PoolCallbacks, PoolTicket, ResponseSink } from "../contract/upstream-stream.ts";
import type { CloseCause } from "../platform/conn.ts";
import { connectFailure } from "./connect-failure.ts";
import * as S from "./cluster-stats.ts";
import { countClosed, countConnected, countOpened, countUse, countUseOver, type PoolShared } from "./pool-shared.ts";
import type { PooledConnection } from "./pooled-connection.ts";
import { WaitingQueue } from "./waiting-queue.ts";

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
  private readonly waiting: WaitingQueue<ResponseSink, PoolCallbacks>;
  private onEmpty: (() => void) | null = null;

  constructor(host: Host, shared: PoolShared) {
    this.host = host;
    this.shared = shared;
    this.waiting = new WaitingQueue(host, shared, () => this.checkEmpty());
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
    const ready = this.takeReady();
    if (ready !== null) {
      this.attach(ready, sink, callbacks);
      return null;
    }
    const place = this.waiting.enter(sink, callbacks);
    if (place !== null) this.connectIfNeeded();
    return place;
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
    countConnected(this.shared, connection);
    this.ready(connection);
  }

  onClosed(connection: PooledConnection, cause: CloseCause, active: boolean): void {
    this.all.delete(connection);
    this.leaving.delete(connection);
    this.lose(connection);
    connection.idleTimer?.cancel();
    countClosed(this.shared, this.host, connection, cause, active, connection.requests);
    if (!connection.connected) {
      this.connecting--;
      this.waiting.fail(cause, connectFailure(cause, connection.conn));
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
    countUseOver(this.shared, this.host);
  }

  protected attach(connection: PooledConnection, sink: ResponseSink, callbacks: PoolCallbacks): void {
    const { stats, limits } = this.shared;
    if (!stats.tryAcquire(this.shared.places.requests, limits.requests)) {
      stats.inc(S.RQ_ACTIVE_OVERFLOW);
      callbacks.onPoolFailure("overflow", "", this.host);
      this.giveBack(connection);
      return;
    }
    countUse(this.shared, this.host);
    callbacks.onPoolReady(connection.begin(sink), this.host);
  }

  /** Gives a connection to whoever waits longest. False: nobody does. */
  protected serveWaiting(connection: PooledConnection): boolean {
    const next = this.waiting.shift();
    if (next === undefined) return false;
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
    // a request that waits must have something to wait for
    if (!countOpened(shared, host, this.all.size === 0)) return;
    const connection = this.make(shared.clock.now());
    this.connecting++;
    this.all.add(connection);
    connection.conn = shared.dialer.dial(host.address, connection, { timeoutMs: shared.connectTimeoutMs, highWatermark: shared.bufferLimit, hostname: host.hostname, transport: host.transport, alpn: this.protocols });
  }

  private tooIdle(connection: PooledConnection): void {
    if (connection.active) return;
    this.shared.stats.inc(S.CX_IDLE_TIMEOUT);
    connection.close();
  }
}
