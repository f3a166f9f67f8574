/**
 * A hash table whose hosts take no more than their share of the requests under way, times a factor; what goes beyond goes to other hosts in an
 * order that the hash decides (consistent hashing with bounded loads, Mirrokni et al., 2016; Envoy's BoundedLoadHashingLoadBalancer).
 * Requests are those of this worker.
 */
import { MersenneTwister } from "../base/mersenne-twister.ts";
import type { Host } from "../contract/host.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import { H_RQ_ACTIVE, RQ_ACTIVE } from "./cluster-stats.ts";
import type { HashTable, WeightedHost } from "./hash-table.ts";

export class BoundedTable implements HashTable {
  private readonly table: HashTable;
  private readonly hosts: readonly WeightedHost[];
  private readonly weights: ReadonlyMap<Host, number>;
  private readonly factor: number;
  private readonly cluster: StatBlock;

  /** `factor`: percent of the average, `hash_balance_factor`. */
  constructor(table: HashTable, hosts: readonly WeightedHost[], factor: number, cluster: StatBlock) {
    this.table = table;
    this.hosts = hosts;
    this.weights = new Map(hosts.map(({ host, weight }) => [host, weight]));
    this.factor = factor;
    this.cluster = cluster;
  }

  lookUp(hash: bigint, attempt: number): Host | null {
    const host = this.table.lookUp(hash, attempt);
    if (host === null) return null;
    const load = this.load(host, this.weights.get(host) ?? 0);
    return load <= 1 ? host : this.other(hash, host, load);
  }

  /** Of what it may have; above 1: too much. */
  private load(host: Host, weight: number): number {
    const slots = Math.floor(((this.cluster.own(RQ_ACTIVE) + 1) * this.factor + 99) / 100);
    return host.stats.own(H_RQ_ACTIVE) / Math.max(Math.ceil(slots * weight), 1);
  }

  private other(hash: bigint, full: Host, load: number): Host {
    const chance = new MersenneTwister(Number(hash & 0xffff_ffffn));
    const count = this.hosts.length;
    const order = Array.from({ length: count }, (_, i) => i);
    let best = full;
    let least = load;
    for (let i = 0; i < count; i++) {
      const j = i + uniform(chance, count - i);
      const drawn = order[j] as number;
      order[j] = order[i] as number;
      order[i] = drawn;
      const { host, weight } = this.hosts[drawn] as WeightedHost;
      if (host === full) continue;
      const its = this.load(host, weight);
      if (its <= 1) return host;
      if (its < least) [best, least] = [host, its];
    }
    return best;
  }
}

/** 0 to k - 1, each as likely. */
function uniform(chance: MersenneTwister, k: number): number {
  const part = Math.floor(0x1_0000_0000 / k);
  for (;;) {
    const x = Math.floor(chance.next() / part);
    if (x < k) return x;
  }
}
