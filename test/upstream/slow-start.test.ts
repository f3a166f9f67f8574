import { expect, test } from "vitest";
import { NO_RUNTIME } from "../../src/contract/request-view.ts";
import { FakeClock } from "../../src/platform/fake-clock.ts";
import { compileBalancing } from "../../src/upstream/balancing.ts";
import { hostSetsOf } from "../../src/upstream/host-sets.ts";
import { SlowStart } from "../../src/upstream/slow-start.ts";
import { choices, givenWith, hostsOf } from "../contract/load-balancer.suite.ts";

test("the weight of a host grows with its time, at least from the minimum, faster with more aggression", () => {
  const clock = new FakeClock();
  const [host] = hostsOf({ healthySince: clock.now() });
  const factor = (aggression: number): number => new SlowStart({ windowMs: 1000, aggression, aggressionKey: "", least: 0.1 }, clock, NO_RUNTIME).factor(host as never);
  expect(factor(1)).toBe(0.1);
  clock.advance(250);
  expect([factor(1), factor(2), factor(0)]).toEqual([0.25, 0.5, 0.25]);
  clock.advance(750);
  expect(factor(1)).toBe(1);
});

test("a host that is new gets few requests at first", () => {
  const clock = new FakeClock();
  const balancer = compileBalancing({ round_robin_lb_config: { slow_start_config: { slow_start_window: { seconds: 10, nanos: 0 } } } }, { report: () => undefined })(givenWith(1, { clock }));
  clock.advance(100_000);
  balancer.update(hostSetsOf(hostsOf({ healthySince: 0 }, { healthySince: clock.now() })));
  const share = (): number => choices(balancer, 1000).filter((name) => name === "h2").length;
  expect(share()).toBeLessThan(120);
  clock.advance(9_000);
  expect(share()).toBeGreaterThan(400);
});
