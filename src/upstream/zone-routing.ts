/**
 * Zone aware routing: as much as possible goes to the proxy's own zone, the rest where there is room (Envoy's
 * ZoneAwareLoadBalancerBase; docs: zone aware routing). Of the first priority only.
 */
import type { Locality } from "../contract/host.ts";
import type { HostSet, LocalityHosts } from "../contract/host-set.ts";
import type { Random } from "../platform/random.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import {
  LB_LOCAL_CLUSTER_NOT_OK, LB_ZONE_CLUSTER_TOO_SMALL, LB_ZONE_NO_CAPACITY_LEFT, LB_ZONE_ROUTING_ALL_DIRECTLY, LB_ZONE_ROUTING_CROSS_ZONE,
  LB_ZONE_ROUTING_SAMPLED,
} from "./cluster-stats.ts";

export interface ZoneOptions {
  /** Percent of requests; `upstream.zone_routing.enabled` may say otherwise. */
  readonly enabled: number;
  readonly minClusterSize: number;
  readonly failOnPanic: boolean;
  /** Everything stays in the own zone if it has so many healthy hosts. */
  readonly forceLocalFrom: number | undefined;
  readonly byWeight: boolean;
}

export const ZONE_DEFAULTS: ZoneOptions = { enabled: 100, minClusterSize: 6, failOnPanic: false, forceLocalFrom: undefined, byWeight: false };

/** Where requests go: null means that zones do not count. */
export class ZoneRouting {
  private readonly direct: boolean;
  /** Of 10,000. */
  private readonly localShare: number;
  /** Room of the zones up to each. */
  private readonly room: readonly number[];
  private readonly stats: StatBlock;

  private constructor(set: HostSet, local: HostSet, options: ZoneOptions, stats: StatBlock) {
    this.stats = stats;
    const shares = sharesOf(local.localities, set.localities, options.byWeight);
    const [own] = shares;
    this.direct = set.hasLocal && own !== undefined && (
      (own.upstream > 0 && own.upstream >= own.local) || (options.forceLocalFrom !== undefined && (set.localities[0]?.healthy.length ?? 0) >= options.forceLocalFrom)
    );
    this.localShare = set.hasLocal && own !== undefined && own.local > 0 ? Math.floor((own.upstream * 10_000) / own.local) : 0;
    let sum = 0;
    this.room = shares.map(({ local: here, upstream }, i) => (sum += i === 0 && set.hasLocal ? 0 : Math.max(0, upstream - here)));
  }

  static of(set: HostSet, local: HostSet, options: ZoneOptions, minClusterSize: number, stats: StatBlock): ZoneRouting | null {
    if (set.localities.length < 2) return null;
    if (options.forceLocalFrom === undefined && local.localities.length < 2) return null;
    if (!local.hasLocal || local.localities[0]?.hosts.length === 0) {
      stats.inc(LB_LOCAL_CLUSTER_NOT_OK);
      return null;
    }
    if (set.healthy.length < minClusterSize) {
      stats.inc(LB_ZONE_CLUSTER_TOO_SMALL);
      return null;
    }
    return new ZoneRouting(set, local, options, stats);
  }

  /** The index of a locality. */
  pick(random: Random): number {
    const { stats, room } = this;
    if (this.direct) {
      stats.inc(LB_ZONE_ROUTING_ALL_DIRECTLY);
      return 0;
    }
    if (random.u32() % 10_000 < this.localShare) {
      stats.inc(LB_ZONE_ROUTING_SAMPLED);
      return 0;
    }
    stats.inc(LB_ZONE_ROUTING_CROSS_ZONE);
    const most = room.at(-1) as number;
    if (most === 0) {
      stats.inc(LB_ZONE_NO_CAPACITY_LEFT);
      return random.u32() % room.length;
    }
    const at = random.u32() % most;
    return room.findIndex((sum) => at < sum);
  }
}

/** Of 10,000: what this zone has of the proxies, and of the healthy hosts. */
interface Share {
  readonly local: number;
  readonly upstream: number;
}

function sharesOf(local: readonly LocalityHosts[], upstream: readonly LocalityHosts[], byWeight: boolean): Share[] {
  const size = ({ healthy }: LocalityHosts): number => (byWeight ? healthy.reduce((sum, host) => sum + host.weight, 0) : healthy.length);
  const total = (all: readonly LocalityHosts[]): number => all.reduce((sum, one) => sum + size(one), 0);
  const [locals, upstreams] = [total(local), total(upstream)];
  return upstream.map((zone) => {
    const here = local.find((other) => other.healthy.length > 0 && isSame(other.locality, zone.locality));
    if (zone.healthy.length === 0) return { local: 0, upstream: 0 };
    return {
      local: here === undefined || locals === 0 ? 0 : Math.floor((10_000 * size(here)) / locals),
      upstream: upstreams === 0 ? 0 : Math.floor((10_000 * size(zone)) / upstreams),
    };
  });
}

function isSame(a: Locality, b: Locality): boolean {
  return a.region === b.region && a.zone === b.zone && a.sub_zone === b.sub_zone;
}
