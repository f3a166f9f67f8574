/** Slow start: the weight of a host that has just become healthy grows during a window (docs: slow start mode). */
import type { Host } from "../contract/host.ts";
import { isHealthy } from "../contract/host-health.ts";
import type { RuntimeView } from "../contract/request-view.ts";
import type { Clock } from "../platform/clock.ts";

export interface SlowStartOptions {
  readonly windowMs: number;
  readonly aggression: number;
  /** The runtime key of `aggression`; "" for none. */
  readonly aggressionKey: string;
  /** The least share of its weight, 0 to 1. */
  readonly least: number;
}

export class SlowStart {
  private readonly options: SlowStartOptions;
  private readonly clock: Clock;
  private readonly runtime: RuntimeView;

  constructor(options: SlowStartOptions, clock: Clock, runtime: RuntimeView) {
    this.options = options;
    this.clock = clock;
    this.runtime = runtime;
  }

  /** Some of these are on their way up. */
  concerns(hosts: readonly Host[]): boolean {
    const from = this.clock.now() - this.options.windowMs;
    return hosts.some((host) => host.healthySince >= from && isHealthy(host.flags));
  }

  /** The part of its weight that a host has by now. */
  factor(host: Host): number {
    const { windowMs, least } = this.options;
    const age = this.clock.now() - host.healthySince;
    if (age >= windowMs || !isHealthy(host.flags)) return 1;
    const time = Math.max(1, age) / windowMs;
    const aggression = this.aggression();
    return Math.max(aggression === 1 ? time : time ** (1 / aggression), least);
  }

  private aggression(): number {
    const { aggression, aggressionKey } = this.options;
    const value = aggressionKey === "" ? undefined : this.runtime.get(aggressionKey);
    const wanted = typeof value === "number" ? value : aggression;
    return wanted > 0 ? wanted : 1;
  }
}
