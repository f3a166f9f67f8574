/** A retry goes to other priorities than those that this request has been at (docs: http filters/router, retry plugins). */
import { defineExtension } from "../../contract/extension.ts";
import type { HostSets } from "../../contract/host-set.ts";
import type { Host } from "../../contract/host.ts";
import type { PriorityLoads } from "../../contract/load-balancer.ts";
import type { RetryPriority } from "../../contract/retry-priority.ts";
import { availabilitiesOf } from "../../upstream/priority-loads.ts";

class PreviousPriorities implements RetryPriority {
  private readonly frequency: number;
  private attempts: Host[] = [];
  private excluded = new Set<number>();
  private adjusted: PriorityLoads | null = null;

  /** `frequency`: the loads are worked out anew after so many attempts. */
  constructor(frequency: number) {
    this.frequency = frequency;
  }

  attempted(host: Host): void {
    this.attempts.push(host);
  }

  loads(loads: PriorityLoads, sets: HostSets): PriorityLoads {
    if (this.attempts.length < this.frequency) return loads;
    if (this.attempts.length % this.frequency === 0) {
      for (const host of this.attempts) this.excluded.add(host.priority);
      this.adjusted = this.adjust(sets);
      if (this.adjusted === null) return loads;
    }
    return this.adjusted ?? loads;
  }

  /** Null where no priority has anything to offer. */
  private adjust(sets: HostSets): PriorityLoads | null {
    const { healthy, degraded } = availabilitiesOf(sets);
    const remaining = (percents: readonly number[]): number[] => percents.map((percent, i) => (this.excluded.has(i) ? 0 : percent));
    const total = (): number => Math.min(100, [...remaining(healthy), ...remaining(degraded)].reduce((sum, percent) => sum + percent, 0));
    if (total() === 0) {
      // all were tried: begin anew
      this.excluded.clear();
      this.attempts = [];
    }
    return total() === 0 ? null : spread(remaining(healthy), remaining(degraded), total());
  }
}

/** 100 percent by what each can take, round by round; rounding's rest goes to the first. */
function spread(healthy: readonly number[], degraded: readonly number[], total: number): PriorityLoads {
  const loads = { healthy: healthy.map(() => 0), degraded: degraded.map(() => 0) };
  for (let left = 100; left > 0;) {
    for (const [into, percents] of [[loads.healthy, healthy], [loads.degraded, degraded]] as const) {
      percents.forEach((percent, i) => {
        const part = Math.min(left, Math.floor((percent * 100) / total));
        into[i] = (into[i] as number) + part;
        left -= part;
      });
    }
  }
  return loads;
}

export const previousPriorities = defineExtension<"envoy.retry_priorities", { readonly update_frequency?: number }>({
  category: "envoy.retry_priorities",
  name: "envoy.retry_priorities.previous_priorities",
  config: "envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig",
  honours: { "envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig": ["update_frequency"] },
  compile: ({ update_frequency: frequency = 1 }) => ({ open: () => () => new PreviousPriorities(frequency) }),
});
