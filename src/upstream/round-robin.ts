/**
 * ROUND_ROBIN as Envoy does it: equal weights take turns from a random start; different weights are scheduled by earliest
 * deadline first (`EdfScheduler`), which spreads a heavy host's turns instead of bunching them.
 * Unhealthy hosts are left out unless fewer than half are healthy (the default panic threshold): then all are used.
 */
import type { Host } from "../contract/host.ts";
import type { LoadBalancer } from "../contract/load-balancer.ts";
import type { Random } from "../platform/random.ts";
import { EdfScheduler } from "./edf-scheduler.ts";
import { haveEqualWeights, usableHosts } from "./usable-hosts.ts";

export class RoundRobin implements LoadBalancer {
  private hosts: readonly Host[] = [];
  private next: number;
  private schedule: EdfScheduler<Host> | null = null;
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
    this.next = random.u32();
  }

  choose(): Host | null {
    if (this.schedule !== null) return this.schedule.pick();
    const count = this.hosts.length;
    if (count === 0) return null;
    const host = this.hosts[this.next % count] as Host;
    this.next = (this.next + 1) >>> 0;
    return host;
  }

  update(hosts: readonly Host[]): void {
    this.hosts = usableHosts(hosts);
    if (haveEqualWeights(this.hosts)) {
      this.schedule = null;
      return;
    }
    this.schedule = new EdfScheduler(this.hosts, (host) => host.weight);
    // A random start, so that the proxies of a fleet do not all begin with the same host.
    for (let skip = this.random.u32() % this.hosts.length; skip > 0; skip--) this.schedule.pick();
  }
}
