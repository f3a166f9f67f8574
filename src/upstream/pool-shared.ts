/** What all pools of a cluster share, and how they count their connections. */
import type { Http1ClientOptions } from "../codec/http1-options.ts";
import type { Host } from "../contract/host.ts";
import type { Clock } from "../platform/clock.ts";
import type { CloseCause, Dialer } from "../platform/conn.ts";
import type { Random } from "../platform/random.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import type { BreakerLimits, Http2Plan } from "./cluster-plan.ts";
import * as S from "./cluster-stats.ts";

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

/** A connection of a pool, as it is counted. */
export interface CountedConnection {
  /** By the clock, ms. */
  readonly startedAt: number;
  connectedAt?: number;
  readonly connected: boolean;
}

/** Counts one more connection of the cluster and of the host. False: there are as many as there may be, and none is `needed`. */
export function countOpened(shared: PoolShared, host: Host, needed: boolean): boolean {
  const { stats, places } = shared;
  if (!takeConnection(shared, host)) {
    stats.inc(S.CX_OVERFLOW);
    if (!needed) return false;
    stats.acquire(places.connections);
    host.stats.acquire(S.H_LIMIT_CONNECTIONS);
  }
  stats.inc(S.CX_TOTAL);
  stats.add(S.CX_ACTIVE, 1);
  host.stats.inc(S.H_CX_TOTAL);
  host.stats.add(S.H_CX_ACTIVE, 1);
  return true;
}

function takeConnection({ stats, places, limits }: PoolShared, host: Host): boolean {
  if (!stats.tryAcquire(places.connections, limits.connections)) return false;
  if (host.stats.tryAcquire(S.H_LIMIT_CONNECTIONS, limits.hostConnections)) return true;
  stats.release(places.connections);
  return false;
}

export function countConnected({ stats, clock }: PoolShared, connection: CountedConnection): void {
  const now = clock.now();
  connection.connectedAt = now;
  stats.record(S.CX_CONNECT_MS, now - connection.startedAt);
}

/** `active`: it was in use when it ended. `requests`: how many it carried. */
export function countClosed(shared: PoolShared, host: Host, connection: CountedConnection, cause: CloseCause, active: boolean, requests: number): void {
  const { stats, places, clock } = shared;
  stats.release(places.connections);
  host.stats.release(S.H_LIMIT_CONNECTIONS);
  stats.sub(S.CX_ACTIVE, 1);
  host.stats.sub(S.H_CX_ACTIVE, 1);
  if (!connection.connected) {
    stats.inc(S.CX_CONNECT_FAIL);
    host.stats.inc(S.H_CX_CONNECT_FAIL);
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
  stats.record(S.RQ_PER_CX, requests);
}

/** A request, or a client of TCP, begins to use a connection. Whether it may is asked before. */
export function countUse({ stats }: PoolShared, host: Host): void {
  stats.inc(S.RQ_TOTAL);
  stats.add(S.RQ_ACTIVE, 1);
  host.stats.inc(S.H_RQ_TOTAL);
  host.stats.add(S.H_RQ_ACTIVE, 1);
}

/** What `countUse` counted is over. */
export function countUseOver({ stats, places }: PoolShared, host: Host): void {
  stats.release(places.requests);
  stats.sub(S.RQ_ACTIVE, 1);
  host.stats.sub(S.H_RQ_ACTIVE, 1);
}
