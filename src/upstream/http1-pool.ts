/**
 * The HTTP/1 connections of one host in one worker: each carries one request at a time, the one used last is used first. Or its
 * plain TCP connections: the ends of CONNECT tunnels, each for one stream (Envoy's Tcp::ConnPoolImpl).
 */
import type { Host } from "../contract/host.ts";
import * as S from "./cluster-stats.ts";
import { HostPool } from "./host-pool.ts";
import type { PoolShared } from "./pool-shared.ts";
import { Http1Connection, type ConnectionOwner } from "./http1-connection.ts";
import type { PooledConnection } from "./pooled-connection.ts";
import { TunnelConnection } from "./tunnel-connection.ts";

const HTTP1: readonly string[] = ["http/1.1"];

export class Http1Pool extends HostPool implements ConnectionOwner {
  private readonly tunnels: boolean;
  private readonly idle: PooledConnection[] = [];

  /** `tunnels`: of plain TCP connections. */
  constructor(host: Host, shared: PoolShared, tunnels = false) {
    super(host, shared);
    this.tunnels = tunnels;
  }

  protected get protocols(): readonly string[] {
    return this.tunnels ? [] : HTTP1;
  }

  onIdle(connection: PooledConnection, reusable: boolean): void {
    const limit = this.shared.maxRequestsPerConnection;
    const worn = limit > 0 && connection.requests >= limit;
    if (worn) this.shared.stats.inc(S.CX_MAX_REQUESTS);
    if (!reusable || worn || this.draining || this.leaving.has(connection)) {
      connection.close();
      return;
    }
    this.giveBack(connection);
  }

  protected get streamsPerConnection(): number {
    return 1;
  }

  protected takeReady(): PooledConnection | null {
    return this.idle.pop() ?? null;
  }

  protected giveBack(connection: PooledConnection): void {
    if (this.serveWaiting(connection)) return;
    if (this.draining) {
      connection.close();
      return;
    }
    this.idle.push(connection);
    this.armIdle(connection);
  }

  protected ready(connection: PooledConnection): void {
    this.giveBack(connection);
  }

  protected closeIdle(): void {
    for (const connection of this.idle.splice(0)) connection.close();
  }

  protected lose(connection: PooledConnection): void {
    const at = this.idle.indexOf(connection);
    if (at >= 0) this.idle.splice(at, 1);
  }

  protected make(now: number): PooledConnection {
    if (this.tunnels) return new TunnelConnection(this.host, this, now);
    this.shared.stats.inc(S.CX_HTTP1_TOTAL);
    this.shared.stats.child("http1.", S.HTTP1_SHAPE);
    return new Http1Connection(this.host, this, this.shared.codec, now);
  }
}
