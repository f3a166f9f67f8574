import { describe, expect, test } from "vitest";
import type { Host } from "../../src/contract/host.ts";
import { NO_RUNTIME } from "../../src/contract/request-view.ts";
import type { LoadBalancerFactory } from "../../src/contract/load-balancer.ts";
import { ipAddress } from "../../src/platform/address.ts";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";
import { HOST_SHAPE } from "../../src/upstream/cluster-stats.ts";
import { newDice } from "../support/random.ts";

export interface HostWish {
  readonly weight?: number;
  readonly healthy?: boolean;
}

const stats = new LocalStats();

/** Hosts 10.0.0.1, 10.0.0.2, ... */
export function hostsOf(...wishes: readonly HostWish[]): Host[] {
  return wishes.map(({ weight = 1, healthy = true }, i) => ({
    address: ipAddress(`10.0.0.${i + 1}`, 80), hostname: `h${i + 1}`, weight, healthy, priority: 0, locality: { region: "", zone: "", sub_zone: "" }, stats: stats.block(`.h${i}`, HOST_SHAPE),
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

/** What every load balancing policy must do; `weighs`: it looks at weights. */
export function loadBalancerSuite(name: string, make: LoadBalancerFactory, { weighs = true }: { readonly weighs?: boolean } = {}): void {
  describe(`${name} as a load balancer`, () => {
    const dice = newDice();
    const fresh = (): ReturnType<LoadBalancerFactory> => make(new SeededRandom(dice.below(1e9)), NO_RUNTIME);

    test("has no host before it is given one, and none again when all are gone", () => {
      const balancer = fresh();
      expect(choices(balancer, 2)).toEqual(["none", "none"]);
      balancer.update(hostsOf({}));
      expect(choices(balancer, 2)).toEqual(["h1", "h1"]);
      balancer.update([]);
      expect(choices(balancer, 2)).toEqual(["none", "none"]);
    });

    test("chooses every host, and only hosts it has now", () => {
      const balancer = fresh();
      const hosts = hostsOf({}, {}, {}, {}, {});
      balancer.update(hosts);
      expect(new Set(choices(balancer, 500)).size).toBe(5);
      balancer.update(hosts.slice(3));
      expect(new Set(choices(balancer, 500))).toEqual(new Set(["h4", "h5"]));
      balancer.update(hosts.toReversed());
      expect(new Set(choices(balancer, 500)).size).toBe(5);
    });

    test(weighs ? "gives each host its share by weight" : "gives each host the same share, whatever its weight", () => {
      for (const weights of [[1, 1, 1], [1, 2, 3], [1, 99], [128, 1, 1, 64]]) {
        const balancer = fresh();
        balancer.update(hostsOf(...weights.map((weight) => ({ weight }))));
        const due = weighs ? weights : weights.map(() => 1);
        const total = due.reduce((sum, weight) => sum + weight, 0);
        const found = shares(choices(balancer, 20_000));
        due.forEach((weight, i) => expect(Math.abs((found.get(`h${i + 1}`) ?? 0) - weight / total), `seed ${dice.seed}, ${weights.join()}`).toBeLessThan(0.02));
      }
    });

    test("leaves unhealthy hosts out, unless fewer than half are healthy: then it takes them all", () => {
      const balancer = fresh();
      balancer.update(hostsOf({}, { healthy: false }, {}, { healthy: false }));
      expect(new Set(choices(balancer, 100))).toEqual(new Set(["h1", "h3"]));
      balancer.update(hostsOf({}, { healthy: false }, { healthy: false }));
      expect(new Set(choices(balancer, 300))).toEqual(new Set(["h1", "h2", "h3"]));
      balancer.update(hostsOf({ healthy: false }));
      expect(choices(balancer, 1)).toEqual(["h1"]);
    });

    test("does not begin with the same host every time", () => {
      for (const weight of [1, 2]) {
        const firsts = Array.from({ length: 200 }, () => {
          const balancer = fresh();
          balancer.update(hostsOf({}, {}, {}, { weight }));
          return choices(balancer, 1)[0];
        });
        expect(new Set(firsts).size).toBeGreaterThan(2);
      }
    });
  });
}
