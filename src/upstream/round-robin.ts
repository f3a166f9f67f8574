/**
 * ROUND_ROBIN as Envoy does it: equal weights take turns from a random start; different weights, and hosts that start slowly, are
 * scheduled by earliest deadline first (`EdfScheduler`), which spreads a heavy host's turns instead of bunching them.
 */
import type { Host } from "../contract/host.ts";
import { EdfScheduler, MOST_PICKS } from "./edf-scheduler.ts";
import { configuredWeight, haveEqualWeights, type HostPicker } from "./host-picker.ts";
import type { SlowStart } from "./slow-start.ts";

export class RoundRobin implements HostPicker {
  private hosts: readonly Host[] = [];
  private next: number;
  private readonly seed: number;
  private readonly slowStart: SlowStart | null;
  private readonly weigh: (host: Host) => number;
  private schedule: EdfScheduler<Host> | null = null;
  private fresh = true;

  /** `weigh`: where weights are not the configured ones. */
  constructor(seed: number, slowStart: SlowStart | null = null, weigh: (host: Host) => number = configuredWeight) {
    this.weigh = weigh;
    this.seed = seed;
    this.next = seed;
    this.slowStart = slowStart;
  }

  update(hosts: readonly Host[]): void {
    this.hosts = hosts;
    this.fresh = false;
  }

  pick(): Host | null {
    if (!this.fresh) this.plan();
    if (this.schedule !== null) return this.schedule.pick();
    const count = this.hosts.length;
    if (count === 0) return null;
    const host = this.hosts[this.next % count] as Host;
    this.next = (this.next + 1) >>> 0;
    return host;
  }

  /** Only lists that are used are planned. */
  private plan(): void {
    this.fresh = true;
    const { hosts, slowStart, weigh } = this;
    const slow = slowStart !== null && slowStart.concerns(hosts);
    const plain = hosts.length < 2 || (!slow && haveEqualWeights(hosts, weigh));
    const weight = slow ? (host: Host): number => weigh(host) * slowStart.factor(host) : weigh;
    this.schedule = plain ? null : new EdfScheduler(hosts, weight, slow, this.seed % MOST_PICKS);
  }
}
