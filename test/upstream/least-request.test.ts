import { expect, test } from "vitest";
import { NO_RUNTIME } from "../../src/contract/request-view.ts";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import { H_RQ_ACTIVE } from "../../src/upstream/cluster-stats.ts";
import { LeastRequest } from "../../src/upstream/least-request.ts";
import { hostsOf } from "../contract/load-balancer.suite.ts";

const names = (picker: LeastRequest, count: number): string[] => Array.from({ length: count }, () => picker.pick()?.hostname ?? "none");

test("of two hosts that are drawn, the one with fewer requests is taken; a full scan finds the least of all", () => {
  const hosts = hostsOf({}, {}, {});
  hosts.forEach((host, i) => host.stats.set(H_RQ_ACTIVE, i));
  const some = new LeastRequest(1, new SeededRandom(1), NO_RUNTIME, { choices: 2, bias: 1, biasKey: "" });
  some.update(hosts);
  const found = names(some, 9000);
  const share = (name: string): number => found.filter((other) => other === name).length / found.length;
  // drawn with repetition: 5, 3 and 1 of the nine pairs
  expect([share("h1"), share("h2"), share("h3")].map((part) => Math.round(part * 9))).toEqual([5, 3, 1]);
  const all = new LeastRequest(1, new SeededRandom(1), NO_RUNTIME, { choices: 0, bias: 1, biasKey: "" });
  all.update(hosts);
  expect(new Set(names(all, 50))).toEqual(new Set(["h1"]));
  hosts.forEach((host) => host.stats.set(H_RQ_ACTIVE, 0));
});

test("with weights, requests under way count against a host as much as the bias says", () => {
  const share = (bias: number, fromRuntime = false): number => {
    const hosts = hostsOf({ weight: 3 }, { weight: 1 });
    hosts[0]?.stats.set(H_RQ_ACTIVE, 2);
    const picker = new LeastRequest(1, new SeededRandom(1), { get: () => (fromRuntime ? bias : undefined) }, { choices: 2, bias: fromRuntime ? 5 : bias, biasKey: "k" });
    picker.update(hosts);
    const found = names(picker, 1000);
    hosts[0]?.stats.set(H_RQ_ACTIVE, 0);
    return found.filter((name) => name === "h1").length / 1000;
  };
  expect(share(0)).toBeCloseTo(0.75, 1);
  expect(share(1)).toBeCloseTo(0.5, 1);
  expect(share(1, true)).toBeCloseTo(0.5, 1);
});
