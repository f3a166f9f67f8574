/** An aggregate cluster in a worker: other clusters in a row, whose priorities follow one another. Hosts, pools and their numbers stay those clusters' own. */
import type { ClusterSource } from "../contract/cluster.ts";
import type { Env } from "../contract/env.ts";
import type { Host } from "../contract/host.ts";
import type { LbContext, PriorityLoads } from "../contract/load-balancer.ts";
import type { ConnectionPool } from "../contract/upstream-stream.ts";
import { AggregateLoads, type Place } from "./aggregate-loads.ts";
import { LiveCluster } from "./cluster.ts";
import type { ClusterPlan } from "./cluster-plan.ts";
import { CX_NONE_HEALTHY } from "./cluster-stats.ts";
import type { LiveHost } from "./live-host.ts";
import type { TcpPool } from "./tcp-pool.ts";

export class AggregateCluster extends LiveCluster {
  private readonly clusters: ClusterSource;
  private loads: AggregateLoads<LiveCluster> | null = null;

  constructor(plan: ClusterPlan, env: Env) {
    super(plan, env);
    this.clusters = env.clusters;
  }

  override chooseHost(context: LbContext): Host | null {
    const parts = this.plan.parts.map((name) => this.clusters.get(name)).filter((part): part is LiveCluster => part instanceof LiveCluster);
    if (this.loads === null || !this.loads.fits(parts)) this.loads = new AggregateLoads(parts, this.plan.panicPercent);
    const place = this.loads.at((this.env.random.u32() % 100) + 1);
    const host = place === null ? null : place.part.pick(inPlace(context, place));
    if (host === null) this.stats.inc(CX_NONE_HEALTHY);
    return host;
  }

  override pool(host: Host, protocol: string, high?: boolean): ConnectionPool {
    return (host as LiveHost).owner.pool(host, protocol, high);
  }

  override tunnelPool(host: Host, high?: boolean): ConnectionPool {
    return (host as LiveHost).owner.tunnelPool(host, high);
  }

  override tcpPool(host: Host): TcpPool {
    return (host as LiveHost).owner.tcpPool(host) as TcpPool;
  }
}

/** The same request, bound to one priority of its part. */
function inPlace(context: LbContext, { part, priority, degraded }: Place<LiveCluster>): LbContext {
  const { avoid = null } = context;
  const all = part.sets.map((_, i) => (i === priority ? 100 : 0));
  const none = part.sets.map(() => 0);
  const loads: PriorityLoads = degraded ? { healthy: none, degraded: all } : { healthy: all, degraded: none };
  return {
    get hash() {
      return context.hash;
    },
    metadataMatch: context.metadataMatch ?? null, header: (name) => context.header?.(name) ?? null, dynamicMetadata: context.dynamicMetadata ?? {},
    avoid: { hostAttempts: avoid?.hostAttempts ?? 0, rejects: (host) => avoid?.rejects(host) ?? false, loadsFor: () => loads },
  };
}
