import { describe, expect, test } from "vitest";
import type { Host } from "../../src/contract/host.ts";
import { NO_RUNTIME } from "../../src/contract/request-view.ts";
import { FAILED_EDS_HEALTH } from "../../src/contract/host-health.ts";
import type { BalancerGiven, LoadBalancerFactory } from "../../src/contract/load-balancer.ts";
import { ipAddress } from "../../src/platform/address.ts";
import { FakeClock } from "../../src/platform/fake-clock.ts";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";
import { CLUSTER_SHAPE, HOST_SHAPE } from "../../src/upstream/cluster-stats.ts";
import { hostSetsOf } from "../../src/upstream/host-sets.ts";
import { newDice } from "../support/random.ts";

export interface HostWish extends Partial<Omit<Host, "stats" | "address">> {
  readonly healthy?: boolean;
}

/** What a balancer is opened with. */
export function givenWith(seed: number, more: Partial<BalancerGiven> = {}): BalancerGiven {
  return { random: new SeededRandom(seed), runtime: NO_RUNTIME, clock: new FakeClock(), stats: new LocalStats().block("cluster.c.", CLUSTER_SHAPE), ...more };
}

const NOWHERE = { region: "", zone: "", sub_zone: "" };
const stats = new LocalStats();

/** Hosts 10.0.0.1, 10.0.0.2, ... */
export function hostsOf(...wishes: readonly HostWish[]): Host[] {
  return wishes.map(({ healthy = true, ...wish }, i) => ({
    address: ipAddress(`10.0.${i >> 8}.${(i & 255) + 1}`, 80), hostname: `h${i + 1}`, weight: 1, flags: healthy ? 0 : FAILED_EDS_HEALTH, priority: 0, locality: NOWHERE,
    localityWeight: 0, metadata: {}, healthySince: -1e9, ...wish, stats: stats.block(`.h${i}`, HOST_SHAPE),
  }));
}

/** Names of the hosts of so many choices. */
export function choices(balancer: ReturnType<LoadBalancerFactory>, count: number): string[] {
  return Array.from({ length: count }, () => balancer.choose({ hash: null })?.hostname ?? "none");
}

function shares(names: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const name of names) found.set(name, (found.get(name) ?? 0) + 1 / names.length);
  return found;
}

/** What every load balancing policy must do; `weighs`: it looks at weights; `hashes`: its shares are only about even. */
export function loadBalancerSuite(name: string, make: LoadBalancerFactory, { weighs = true, hashes = false }: { readonly weighs?: boolean; readonly hashes?: boolean } = {}): void {
  describe(`${name} as a load balancer`, () => {
    const dice = newDice();
    const fresh = (): ReturnType<LoadBalancerFactory> => make(givenWith(dice.below(1e9)));

    test("has no host before it is given one, and none again when all are gone", () => {
      const balancer = fresh();
      expect(choices(balancer, 2)).toEqual(["none", "none"]);
      balancer.update(hostSetsOf(hostsOf({})));
      expect(choices(balancer, 2)).toEqual(["h1", "h1"]);
      balancer.update(hostSetsOf([]));
      expect(choices(balancer, 2)).toEqual(["none", "none"]);
    });

    test("chooses every host, and only hosts it has now", () => {
      const balancer = fresh();
      const hosts = hostsOf({}, {}, {}, {}, {});
      balancer.update(hostSetsOf(hosts));
      expect(new Set(choices(balancer, 500)).size).toBe(5);
      balancer.update(hostSetsOf(hosts.slice(3)));
      expect(new Set(choices(balancer, 500))).toEqual(new Set(["h4", "h5"]));
      balancer.update(hostSetsOf(hosts.toReversed()));
      expect(new Set(choices(balancer, 500)).size).toBe(5);
    });

    test(weighs ? "gives each host its share by weight" : "gives each host the same share, whatever its weight", () => {
      for (const weights of [[1, 1, 1], [1, 2, 3], [1, 99], [128, 1, 1, 64]]) {
        const balancer = fresh();
        balancer.update(hostSetsOf(hostsOf(...weights.map((weight) => ({ weight })))));
        const due = weighs ? weights : weights.map(() => 1);
        const total = due.reduce((sum, weight) => sum + weight, 0);
        const found = shares(choices(balancer, 20_000));
        due.forEach((weight, i) => expect(Math.abs((found.get(`h${i + 1}`) ?? 0) - weight / total), `seed ${dice.seed}, ${weights.join()}`).toBeLessThan(hashes ? 0.06 : 0.02));
      }
    });

    test("leaves unhealthy hosts out, unless fewer than half are healthy: then it takes them all", () => {
      const balancer = fresh();
      balancer.update(hostSetsOf(hostsOf({}, { healthy: false }, {}, { healthy: false })));
      expect(new Set(choices(balancer, 100))).toEqual(new Set(["h1", "h3"]));
      balancer.update(hostSetsOf(hostsOf({}, { healthy: false }, { healthy: false })));
      expect(new Set(choices(balancer, 300))).toEqual(new Set(["h1", "h2", "h3"]));
      balancer.update(hostSetsOf(hostsOf({ healthy: false })));
      expect(choices(balancer, 1)).toEqual(["h1"]);
    });

    test("does not begin with the same host every time", () => {
      for (const weight of [1, 2]) {
        const firsts = Array.from({ length: 200 }, () => {
          const balancer = fresh();
          balancer.update(hostSetsOf(hostsOf({}, {}, {}, { weight })));
          return choices(balancer, 1)[0];
        });
        expect(new Set(firsts).size).toBeGreaterThan(2);
      }
    });
  });
}
