/** A TCP proxy opened in a worker: what its sessions share. */
import { xxHash64 } from "../base/xxhash64.ts";
import type { AccessLogger, LogType } from "../contract/access-logger.ts";
import type { Env } from "../contract/env.ts";
import type { LbContext } from "../contract/load-balancer.ts";
import type { StreamInfo } from "../contract/stream-info.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import { criteriaOf } from "../upstream/subset-criteria.ts";
import type { TcpProxyPlan, WeightedCluster } from "./tcp-proxy-plan.ts";
import type { TunnelPlan } from "./tcp-tunnel-plan.ts";
import { TCP_PROXY_SHAPE } from "./tcp-proxy-stats.ts";

/** Filter state that other filters leave for a TCP proxy. */
export const CLUSTER_KEY = "envoy.tcp_proxy.cluster";
const NO_TUNNEL_KEY = "envoy.tcp_proxy.disable_tunneling";
export const IDLE_TIMEOUT_KEY = "envoy.tcp_proxy.per_connection_idle_timeout_ms";

export type TcpRoute = Pick<WeightedCluster, "name" | "criteria">;

export class TcpProxy {
  readonly plan: TcpProxyPlan;
  readonly env: Env;
  readonly stats: StatBlock;
  private readonly loggers: readonly AccessLogger[];

  constructor(plan: TcpProxyPlan, env: Env) {
    this.plan = plan;
    this.env = env;
    this.stats = env.stats.block(`tcp.${plan.statPrefix}.`, TCP_PROXY_SHAPE);
    this.loggers = plan.loggers.map((logger) => logger.open(env));
  }

  /** Where a connection goes; undefined when nothing is configured. */
  chooseRoute({ filterState }: StreamInfo): TcpRoute | undefined {
    const { clusters, byFilterState, criteria } = this.plan;
    const given = byFilterState ? filterState?.get(CLUSTER_KEY) : undefined;
    if (typeof given === "string") return { name: given, criteria };
    if (clusters.length < 2) return clusters[0];
    const total = clusters.at(-1)?.upTo ?? 1;
    const draw = Number(this.env.random.u64() % BigInt(total));
    return clusters.find(({ upTo }) => draw < upTo);
  }

  balancing(info: StreamInfo, { criteria }: TcpRoute): LbContext {
    const dynamic = info.metadata?.["envoy.lb"];
    const metadataMatch = dynamic === undefined ? criteria : criteriaOf({ ...Object.fromEntries(criteria ?? []), ...dynamic });
    return { hash: this.hashOf(info), metadataMatch };
  }

  private hashOf(info: StreamInfo): bigint | null {
    const { hash } = this.plan;
    if (hash === null) return null;
    if (hash === "source_ip") return info.remote.kind === "ip" ? xxHash64(info.remote.ip) : null;
    const value = info.filterState?.get(hash.filterState);
    return typeof value === "string" ? xxHash64(value) : null;
  }

  idleMs({ filterState }: StreamInfo): number {
    const own = filterState?.get(IDLE_TIMEOUT_KEY);
    return typeof own === "string" ? Number(own) : this.plan.idleMs;
  }

  /** `max_downstream_connection_duration` with its jitter, ms; 0 = none. */
  durationMs(): number {
    const { maxDurationMs, jitterPercent } = this.plan;
    const jitter = Math.ceil(maxDurationMs * (jitterPercent / 100));
    return jitter === 0 ? maxDurationMs : maxDurationMs + Number(this.env.random.u64() % BigInt(jitter));
  }

  /** What carries the bytes of this connection through HTTP; null: nothing does. */
  tunnelOf({ filterState }: StreamInfo): TunnelPlan | null {
    return filterState?.get(NO_TUNNEL_KEY) === "true" ? null : this.plan.tunnel;
  }

  log(info: StreamInfo, type: LogType): void {
    for (const logger of this.loggers) logger.log({ info, requestHeaders: null, responseHeaders: null, responseTrailers: null }, type);
  }
}
