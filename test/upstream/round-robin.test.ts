import { expect, test } from "vitest";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import { RoundRobin } from "../../src/upstream/round-robin.ts";
import { choices, hostsOf, loadBalancerSuite } from "../contract/load-balancer.suite.ts";

loadBalancerSuite("ROUND_ROBIN", (random) => new RoundRobin(random));

test("equal hosts take turns, through an update too", () => {
  const balancer = new RoundRobin(new SeededRandom(1));
  const hosts = hostsOf({}, {}, {});
  balancer.update(hosts);
  const [a = "", b = "", c = ""] = choices(balancer, 3);
  expect(new Set([a, b, c]).size).toBe(3);
  expect(choices(balancer, 5)).toEqual([a, b, c, a, b]);
  balancer.update(hosts);
  expect(choices(balancer, 2)).toEqual([c, a]);
});

test("a heavy host's turns are spread", () => {
  const balancer = new RoundRobin(new SeededRandom(1));
  balancer.update(hostsOf({ weight: 2 }, { weight: 1 }, { weight: 1 }));
  const names = choices(balancer, 40).join(" ");
  expect(names).not.toContain("h1 h1 h1");
});
