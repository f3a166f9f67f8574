import { expect, test } from "vitest";
import { FAILED_EDS_HEALTH } from "../../src/contract/host-health.ts";
import { AggregateLoads } from "../../src/upstream/aggregate-loads.ts";
import { hostSetsOf } from "../../src/upstream/host-sets.ts";
import { hostsOf, type HostWish } from "../contract/load-balancer.suite.ts";

const part = (...hosts: readonly HostWish[]): { sets: ReturnType<typeof hostSetsOf> } => ({ sets: hostSetsOf(hostsOf(...hosts)) });

test("the priorities of several clusters follow one another; empty ones do not count", () => {
  const parts = [part(), part({ flags: FAILED_EDS_HEALTH }, {}), part({ priority: 1 })];
  const loads = new AggregateLoads(parts, 50);
  // half of two hosts is up: 70 percent stay
  expect(loads.at(70)).toMatchObject({ part: parts[1], priority: 0, degraded: false });
  expect(loads.at(71)).toMatchObject({ part: parts[2], priority: 1 });
  expect([loads.fits(parts), loads.fits([part()])]).toEqual([true, false]);
  expect(new AggregateLoads([part()], 50).at(1)).toBeNull();
});
