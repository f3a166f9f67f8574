/**
 * LEAST_REQUEST as Envoy does it. Equal weights: of some hosts drawn at random, the one with the fewest requests under way. Different weights:
 * earliest deadline first, a host's weight divided by its requests under way. Requests are those of this worker: the others' would have to be
 * read from memory that they write all the time.
 */
import type { Host } from "../contract/host.ts";
import type { RuntimeView } from "../contract/request-view.ts";
import type { Random } from "../platform/random.ts";
import { H_RQ_ACTIVE } from "./cluster-stats.ts";
import { EdfScheduler, MOST_PICKS } from "./edf-scheduler.ts";
import { haveEqualWeights, type HostPicker } from "./host-picker.ts";
import type { SlowStart } from "./slow-start.ts";

export interface LeastRequestOptions {
  /** Hosts drawn for a choice, 2 or more; 0: all of them are looked at. */
  readonly choices: number;
  /** How much requests under way weigh against `weight`: 0 not at all, 1 as they are. */
  readonly bias: number;
  /** The runtime key that may say otherwise; "" for none. */
  readonly biasKey: string;
}

export class LeastRequest implements HostPicker {
  private hosts: readonly Host[] = [];
  private schedule: EdfScheduler<Host> | null = null;
  private fresh = true;
  private readonly seed: number;
  private readonly random: Random;
  private readonly runtime: RuntimeView;
  private readonly options: LeastRequestOptions;
  private readonly slowStart: SlowStart | null;

  constructor(seed: number, random: Random, runtime: RuntimeView, options: LeastRequestOptions, slowStart: SlowStart | null = null) {
    this.seed = seed;
    this.random = random;
    this.runtime = runtime;
    this.options = options;
    this.slowStart = slowStart;
  }

  update(hosts: readonly Host[]): void {
    this.hosts = hosts;
    this.fresh = false;
  }

  pick(): Host | null {
    if (!this.fresh) this.plan();
    if (this.schedule !== null) return this.schedule.pick();
    if (this.hosts.length === 0) return null;
    return this.options.choices === 0 ? this.leastOfAll() : this.leastOfSome();
  }

  /** Only lists that are used are planned. */
  private plan(): void {
    this.fresh = true;
    this.schedule = null;
    const { hosts, slowStart } = this;
    const slow = slowStart !== null && slowStart.concerns(hosts);
    if (hosts.length < 2 || (!slow && haveEqualWeights(hosts))) return;
    const bias = this.bias();
    const weight = (host: Host): number => host.weight / (active(host) + 1) ** bias;
    this.schedule = new EdfScheduler(hosts, slow ? (host) => weight(host) * slowStart.factor(host) : weight, true, this.seed % MOST_PICKS);
  }

  private bias(): number {
    const value = this.options.biasKey === "" ? undefined : this.runtime.get(this.options.biasKey);
    return typeof value === "number" && value >= 0 ? value : this.options.bias;
  }

  private leastOfSome(): Host {
    let best = this.draw();
    for (let left = this.options.choices - 1; left > 0; left--) {
      const other = this.draw();
      if (active(other) < active(best)) best = other;
    }
    return best;
  }

  /** Among equals, each is as likely as the others. */
  private leastOfAll(): Host {
    let best = this.hosts[0] as Host;
    let equals = 1;
    for (let i = 1; i < this.hosts.length; i++) {
      const other = this.hosts[i] as Host;
      if (active(other) > active(best)) continue;
      equals = active(other) < active(best) ? 1 : equals + 1;
      if (equals === 1 || this.random.u32() % equals === 0) best = other;
    }
    return best;
  }

  private draw(): Host {
    return this.hosts[this.random.u32() % this.hosts.length] as Host;
  }
}

function active(host: Host): number {
  return host.stats.own(H_RQ_ACTIVE);
}
