import { describe, expect, test } from "vitest";
import { DEGRADED_EDS_HEALTH, EDS_STATUS_DRAINING, FAILED_EDS_HEALTH } from "../../src/contract/host-health.ts";
import { PLAIN_POLICY } from "../../src/contract/host-spec.ts";
import { hostSetsOf } from "../../src/upstream/host-sets.ts";
import { loadsOf, priorityAt } from "../../src/upstream/priority-loads.ts";
import { hostsOf, type HostWish } from "../contract/load-balancer.suite.ts";
import { newDice } from "../support/random.ts";

/** By priority: how many hosts are healthy, degraded and down. */
const sets = (...levels: readonly (readonly [number, number, number])[]): ReturnType<typeof hostSetsOf> => hostSetsOf(hostsOf(...levels.flatMap(([up, degraded, down], priority): HostWish[] => [
  ...Array.from({ length: up }, () => ({ priority })),
  ...Array.from({ length: degraded }, () => ({ priority, flags: DEGRADED_EDS_HEALTH })),
  ...Array.from({ length: down }, () => ({ priority, flags: FAILED_EDS_HEALTH })),
])));

describe("the load of priorities", () => {
  // the table of Envoy's documentation on priority levels
  test.each([
    [100, 100, [100, 0]], [72, 72, [100, 0]], [71, 71, [99, 1]], [50, 50, [70, 30]], [25, 100, [35, 65]], [25, 25, [50, 50]],
  ])("%i %% and %i %% of the hosts up: %j", (first, second, loads) => {
    expect(loadsOf(sets([first, 0, 100 - first], [second, 0, 100 - second]), 0).healthy).toEqual(loads);
  });

  test("goes to degraded hosts where the healthy ones do not suffice", () => {
    expect(loadsOf(sets([1, 2, 7], [2, 1, 7], [1, 0, 9]), 0)).toMatchObject({ healthy: [16, 28, 14], degraded: [28, 14, 0] });
    expect(loadsOf(sets([0, 5, 0], [5, 0, 0]), 50)).toMatchObject({ healthy: [0, 100], degraded: [0, 0] });
    expect(loadsOf(sets([0, 5, 0]), 50)).toMatchObject({ healthy: [0], degraded: [100], panic: [false] });
  });

  test("is by the number of hosts in a total panic", () => {
    expect(loadsOf(sets([0, 0, 2], [0, 0, 4]), 50)).toMatchObject({ healthy: [34, 66], degraded: [0, 0], panic: [true, true] });
    expect(loadsOf(sets([1, 0, 9], [5, 0, 4]), 50)).toMatchObject({ healthy: [16, 84], panic: [true, false] });
    expect(loadsOf(sets([0, 0, 2], [0, 0, 4]), 0)).toMatchObject({ healthy: [100, 0], panic: [false, false] });
    expect(loadsOf(hostSetsOf([]), 50)).toMatchObject({ healthy: [100] });
  });

  test("is measured in weights where the assignment says so; hosts that leave count for nothing", () => {
    const hosts = hostsOf({ weight: 3 }, { flags: FAILED_EDS_HEALTH }, { flags: EDS_STATUS_DRAINING, weight: 50 }, { priority: 1 });
    expect(loadsOf(hostSetsOf(hosts, { ...PLAIN_POLICY, weighted: true, overprovisioning: 100 }), 50).healthy).toEqual([75, 25]);
    expect(loadsOf(hostSetsOf(hosts, { ...PLAIN_POLICY, overprovisioning: 100 }), 50).healthy).toEqual([50, 50]);
  });

  test("adds up to 100 whatever the hosts are, and every percent falls somewhere", () => {
    const dice = newDice();
    for (let round = 0; round < 2000; round++) {
      const levels = Array.from({ length: 1 + dice.below(5) }, () => [dice.below(6), dice.below(4), dice.below(6)] as const);
      const loads = loadsOf(sets(...levels), dice.below(101));
      const sum = [...loads.healthy, ...loads.degraded].reduce((total, load) => total + load, 0);
      expect(sum, `seed ${dice.seed}: ${JSON.stringify(levels)}`).toBe(100);
      for (const percent of [1, 50, 100]) {
        const at = priorityAt(loads, percent);
        expect(at < 0 ? loads.degraded[-1 - at] : loads.healthy[at]).toBeGreaterThan(0);
      }
    }
  });
});
