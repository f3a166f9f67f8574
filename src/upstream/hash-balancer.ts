/** RING_HASH and MAGLEV (Envoy's ThreadAwareLoadBalancerBase): the request's hash decides the priority, then the host in that priority's table. */
import type { Host } from "../contract/host.ts";
import type { HostSet, HostSets } from "../contract/host-set.ts";
import type { BalancerGiven, LbContext, LoadBalancer } from "../contract/load-balancer.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import { BoundedTable } from "./bounded-table.ts";
import { LB_HEALTHY_PANIC } from "./cluster-stats.ts";
import type { HashTable, HashTableMaker, WeightedHost } from "./hash-table.ts";
import { type Loads, loadsOf, priorityAt } from "./priority-loads.ts";
import { runtimeNumber } from "./runtime-number.ts";

export interface HashOptions {
  readonly panicPercent: number;
  readonly localityWeighted: boolean;
  /** Percent; 0: no bound. */
  readonly balanceFactor: number;
}

export class HashBalancer implements LoadBalancer {
  private readonly given: BalancerGiven;
  private readonly maker: HashTableMaker;
  private readonly options: HashOptions;
  private readonly numbers: StatBlock | null;
  private loads: Loads = { healthy: [], degraded: [], panic: [] };
  private tables: readonly HashTable[] = [];

  constructor(given: BalancerGiven, options: HashOptions, maker: HashTableMaker) {
    this.given = given;
    this.maker = maker;
    this.options = options;
    // gauges of threads add up, and all have the same tables
    this.numbers = given.leader === false ? null : maker.stats(given.stats);
  }

  choose(context: LbContext, attempt = 0): Host | null {
    const { tables, loads } = this;
    if (tables.length === 0) return null;
    const hash = context.hash ?? this.given.random.u64();
    let priority = tables.length === 1 ? 0 : priorityAt(loads, Number(hash % 100n) + 1);
    if (priority < 0) priority = -1 - priority;
    if (loads.panic[priority] === true) this.given.stats.inc(LB_HEALTHY_PANIC);
    return (tables[priority] as HashTable).lookUp(hash, attempt);
  }

  update(sets: HostSets): void {
    const percent = Math.floor(runtimeNumber(this.given.runtime, "upstream.healthy_panic_threshold", this.options.panicPercent));
    this.loads = loadsOf(sets, percent);
    this.tables = sets.map((set, i) => this.tableOf(weighted(set, this.loads.panic[i] === true, this.options.localityWeighted)));
  }

  private tableOf(hosts: readonly WeightedHost[]): HashTable {
    const table = this.maker.make(hosts, this.numbers);
    return this.options.balanceFactor === 0 || hosts.length === 0 ? table : new BoundedTable(table, hosts, this.options.balanceFactor, this.given.stats);
  }
}

/** The hosts that are used, with their parts of the whole. */
function weighted(set: HostSet, panic: boolean, byLocality: boolean): WeightedHost[] {
  if (!byLocality) return parts(panic ? set.hosts : set.healthy, 1);
  const total = set.localities.reduce((sum, { weight }) => sum + weight, 0);
  return set.localities.filter(({ weight }) => weight > 0).flatMap(({ hosts, healthy, weight }) => parts(panic ? hosts : healthy, weight / total));
}

function parts(hosts: readonly Host[], whole: number): WeightedHost[] {
  const sum = hosts.reduce((total, { weight }) => total + weight, 0);
  return hosts.map((host) => ({ host, weight: (host.weight * whole) / sum }));
}
