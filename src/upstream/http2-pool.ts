/**
 * The HTTP/2 connections of one host in one worker: each carries as many requests at a time as both sides allow. New requests go to
 * the connection that became free last; another is made when all are full.
 */
import { HTTP2_SHAPE, Http2Stats } from "../codec/http2-stats.ts";
import type { Host } from "../contract/host.ts";
import * as S from "./cluster-stats.ts";
import { HostPool } from "./host-pool.ts";
import type { PoolShared } from "./pool-shared.ts";
import { Http2Connection, type Http2Owner } from "./http2-connection.ts";
import type { PooledConnection } from "./pooled-connection.ts";

const HTTP2: readonly string[] = ["h2"];

export class Http2Pool extends HostPool implements Http2Owner {
  protected readonly protocols = HTTP2;
  /** Connections with room for a request, the one to be used next last. */
  private readonly free: Http2Connection[] = [];
  private readonly counters: Http2Stats;

  constructor(host: Host, shared: PoolShared) {
    super(host, shared);
    this.counters = new Http2Stats(shared.stats.child("http2.", HTTP2_SHAPE));
  }

  onFull(connection: Http2Connection): void {
    this.lose(connection);
  }

  /** Room came (a stream ended, the server allows more) or went. */
  onRoom(connection: Http2Connection): void {
    if (connection.draining) {
      this.lose(connection);
      if (!connection.active) connection.close();
      return;
    }
    if (connection.room <= 0) return this.lose(connection);
    if (!this.free.includes(connection)) this.free.push(connection);
    this.serve(connection);
  }

  /** Nobody uses the connection any more. */
  onIdle(connection: PooledConnection): void {
    if (this.draining || this.leaving.has(connection)) connection.close();
    else this.armIdle(connection);
  }

  onStreamReset(local: boolean): void {
    this.shared.stats.inc(local ? S.RQ_TX_RESET : S.RQ_RX_RESET);
  }

  onStreamLost(): void {
    this.shared.stats.inc(S.RQ_PENDING_FAILURE_EJECT);
  }

  onWorn(): void {
    this.shared.stats.inc(S.CX_MAX_REQUESTS);
  }

  protected get streamsPerConnection(): number {
    const { http2, maxRequestsPerConnection: limit } = this.shared;
    return limit > 0 ? Math.min(limit, http2.options.maxConcurrentStreams) : http2.options.maxConcurrentStreams;
  }

  protected takeReady(): PooledConnection | null {
    return this.free.at(-1) ?? null;
  }

  protected giveBack(): void {}

  protected ready(connection: PooledConnection): void {
    this.onRoom(connection as Http2Connection);
    if (!connection.active) this.onIdle(connection);
  }

  protected closeIdle(): void {
    for (const connection of [...this.all] as Http2Connection[]) {
      connection.draining = true;
      if (connection.connected && !connection.active) connection.close();
    }
    this.free.length = 0;
  }

  protected lose(connection: PooledConnection): void {
    const at = this.free.indexOf(connection as Http2Connection);
    if (at >= 0) this.free.splice(at, 1);
  }

  protected make(now: number): PooledConnection {
    this.shared.stats.inc(S.CX_HTTP2_TOTAL);
    return new Http2Connection(this.host, this, this.shared, this.counters, now);
  }

  private serve(connection: Http2Connection): void {
    while (connection.room > 0 && !connection.draining && this.serveWaiting(connection));
    this.connectIfNeeded();
  }
}
