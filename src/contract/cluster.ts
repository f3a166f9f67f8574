/** A cluster as the forwarder sees it. */
import type { HeaderBlock } from "../http/header-block.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import type { Host } from "./host.ts";
import type { HostMonitor } from "./host-monitor.ts";
import type { LbContext, LoadReports } from "./load-balancer.ts";
import type { DownstreamFacts } from "./stream-info.ts";
import type { TcpPool } from "./tcp-pool.ts";
import type { ConnectionPool } from "./upstream-stream.ts";

/** Who wants a connection: some clusters choose or make it by that. */
export interface PoolRequest {
  readonly requestHeaders?: HeaderBlock;
  readonly downstream?: DownstreamFacts;
}

export interface Cluster {
  readonly name: string;
  /** `alt_stat_name`, by which logs name it too; absent: its name. */
  readonly observabilityName?: string;
  /** Its `filter_metadata`. */
  readonly metadata?: Readonly<Record<string, unknown>> | null;
  readonly stats: StatBlock;
  /** Hears how its hosts do; null or absent where nobody asks. */
  readonly monitor?: HostMonitor | null;
  /** Hears what its hosts say of their load; absent where nobody asks. */
  readonly loadReports?: LoadReports | undefined;
  /** The runtime takes it out of service for this request (`upstream.maintenance_mode.NAME`). */
  inMaintenance?(): boolean;
  /** The share of requests that is dropped unseen, 0 to 1 (`drop_overloads`); absent: none. */
  readonly dropShare?: number;
  chooseHost(context: LbContext): Host | null;
  /** `protocol`: of the request as it came, which some clusters follow. */
  /** `high`: of a route with `priority: HIGH`; its limits are others. */
  pool(host: Host, protocol: string, high?: boolean, request?: PoolRequest): ConnectionPool;
  /** Of each exchange, ms; 0 = no limit. */
  readonly maxStreamDurationMs: number;
  /** Plain TCP connections, for CONNECT requests that end here: the head is answered with 200 once one is open. */
  tunnelPool(host: Host, high?: boolean): ConnectionPool;
  /** Plain TCP connections, each for one downstream connection. */
  tcpPool(host: Host, request?: PoolRequest): TcpPool;
  /** One more connection would be allowed: `max_connections` is not reached. */
  canConnect(): boolean;
  /** Counts `upstream_rq_<code>`, its class and `upstream_rq_completed`. */
  chargeResponse(status: number, internal: boolean, canary: boolean): void;
  /** Records `upstream_rq_time` of a whole response, ms. */
  chargeTime(milliseconds: number, internal: boolean, canary: boolean): void;
  /** As `chargeResponse`, under `retry.`: a response that is followed by another attempt. */
  chargeRetried(status: number): void;
  /** One more retry at a time, unless there are as many as the circuit breaker or the retry budget allows; given back by {@link releaseRetry}. */
  acquireRetry(high?: boolean): boolean;
  releaseRetry(high?: boolean): void;
}

/** The clusters of a worker at this moment. */
export interface ClusterSource {
  get(name: string): Cluster | undefined;
}
