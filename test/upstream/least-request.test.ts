import { expect, test } from "vitest";
import { NO_RUNTIME } from "../../src/contract/request-view.ts";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import { H_RQ_ACTIVE } from "../../src/upstream/cluster-stats.ts";
import { LeastRequest } from "../../src/upstream/least-request.ts";
import { choices, hostsOf, loadBalancerSuite } from "../contract/load-balancer.suite.ts";

loadBalancerSuite("LEAST_REQUEST", (random, runtime) => new LeastRequest(random, runtime, { choices: 2, bias: 1, biasKey: "" }));
loadBalancerSuite("LEAST_REQUEST with a full scan", (random, runtime) => new LeastRequest(random, runtime, { choices: 0, bias: 1, biasKey: "" }));

test("of two hosts that are drawn, the one with fewer requests is taken; a full scan finds the least of all", () => {
  const hosts = hostsOf({}, {}, {});
  hosts.forEach((host, i) => host.stats.set(H_RQ_ACTIVE, i));
  const some = new LeastRequest(new SeededRandom(1), NO_RUNTIME, { choices: 2, bias: 1, biasKey: "" });
  some.update(hosts);
  const names = choices(some, 9000);
  const share = (name: string): number => names.filter((other) => other === name).length / names.length;
  // drawn with repetition: 5, 3 and 1 of the nine pairs
  expect([share("h1"), share("h2"), share("h3")].map((part) => Math.round(part * 9))).toEqual([5, 3, 1]);
  const all = new LeastRequest(new SeededRandom(1), NO_RUNTIME, { choices: 0, bias: 1, biasKey: "" });
  all.update(hosts);
  expect(new Set(choices(all, 50))).toEqual(new Set(["h1"]));
  hosts.forEach((host) => host.stats.set(H_RQ_ACTIVE, 0));
});

test("with weights, requests under way count against a host as much as the bias says", () => {
  const share = (bias: number, fromRuntime = false): number => {
    const hosts = hostsOf({ weight: 3 }, { weight: 1 });
    hosts[0]?.stats.set(H_RQ_ACTIVE, 2);
    const balancer = new LeastRequest(new SeededRandom(1), { get: () => (fromRuntime ? bias : undefined) }, { choices: 2, bias: fromRuntime ? 5 : bias, biasKey: "k" });
    balancer.update(hosts);
    const names = choices(balancer, 1000);
    hosts[0]?.stats.set(H_RQ_ACTIVE, 0);
    return names.filter((name) => name === "h1").length / 1000;
  };
  expect(share(0)).toBeCloseTo(0.75, 1);
  expect(share(1)).toBeCloseTo(0.5, 1);
  expect(share(1, true)).toBeCloseTo(0.5, 1);
});
