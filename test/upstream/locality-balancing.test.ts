import { describe, expect, test } from "vitest";
import type { Host, Locality } from "../../src/contract/host.ts";
import { FAILED_EDS_HEALTH } from "../../src/contract/host-health.ts";
import { PLAIN_POLICY } from "../../src/contract/host-spec.ts";
import type { LoadBalancer } from "../../src/contract/load-balancer.ts";
import type { Cluster } from "../../src/schema/generated/envoy/config/cluster/v3.ts";
import { compileBalancing } from "../../src/upstream/balancing.ts";
import { LB_HEALTHY_PANIC, LB_ZONE_ROUTING_ALL_DIRECTLY, LB_ZONE_ROUTING_CROSS_ZONE } from "../../src/upstream/cluster-stats.ts";
import { hostSetsOf } from "../../src/upstream/host-sets.ts";
import { LocalHosts } from "../../src/upstream/local-cluster.ts";
import { givenWith, hostsOf, type HostWish } from "../contract/load-balancer.suite.ts";

const zone = (name: string): Locality => ({ region: "", zone: name, sub_zone: "" });
const inZone = (name: string, count: number, more: HostWish = {}): HostWish[] => Array.from({ length: count }, () => ({ locality: zone(name), ...more }));
const silent = { report: (): void => undefined };

/** Percent of the choices by zone. */
function shares(balancer: LoadBalancer, count = 4000): Record<string, number> {
  const found: Record<string, number> = {};
  for (let i = 0; i < count; i++) {
    const name = balancer.choose({ hash: null })?.locality.zone ?? "none";
    found[name] = (found[name] ?? 0) + 100 / count;
  }
  return Object.fromEntries(Object.entries(found).map(([name, share]) => [name, Math.round(share)]));
}

describe("localities by weight", () => {
  const cluster: Cluster = { common_lb_config: { locality_weighted_lb_config: {} } };
  const balance = (...hosts: readonly Host[]): LoadBalancer => {
    const balancer = compileBalancing(cluster, silent)(givenWith(3));
    balancer.update(hostSetsOf(hosts));
    return balancer;
  };

  test("share the load by their weights, however many hosts they have; one without weight has none", () => {
    expect(shares(balance(...hostsOf(...inZone("a", 1, { localityWeight: 1 }), ...inZone("b", 7, { localityWeight: 3 }), ...inZone("c", 5))))).toEqual({ a: 25, b: 75 });
  });

  test("get less as their hosts go down, 1.4 times what is up", () => {
    const half = inZone("b", 2, { localityWeight: 1, flags: FAILED_EDS_HEALTH });
    // half of b's hosts: 70 % of its weight
    expect(shares(balance(...hostsOf(...inZone("a", 4, { localityWeight: 1 }), ...inZone("b", 2, { localityWeight: 1 }), ...half)))).toEqual({ a: 59, b: 41 });
  });
});

describe("zone aware routing", () => {
  function open(local: readonly HostWish[], upstream: readonly HostWish[], more: Cluster = {}): { balancer: LoadBalancer; given: ReturnType<typeof givenWith>; hosts: LocalHosts } {
    const hosts = new LocalHosts("local");
    hosts.publish(hostSetsOf(hostsOf(...local), PLAIN_POLICY, zone("a"))[0] ?? null);
    const given = givenWith(5, { local: hosts });
    const balancer = compileBalancing(more, silent)(given);
    balancer.update(hostSetsOf(hostsOf(...upstream), PLAIN_POLICY, zone("a")));
    return { balancer, given, hosts };
  }

  test("keeps everything in the own zone while it has room there", () => {
    const { balancer, given } = open([...inZone("a", 1), ...inZone("b", 1)], [...inZone("a", 3), ...inZone("b", 3)]);
    expect(shares(balancer)).toEqual({ a: 100 });
    expect(given.stats.own(LB_ZONE_ROUTING_ALL_DIRECTLY)).toBe(4000);
  });

  test("sends the rest where there is room", () => {
    // half of the proxies but a quarter of the hosts are here: half stays
    const { balancer, given, hosts } = open([...inZone("a", 2), ...inZone("b", 1), ...inZone("c", 1)], [...inZone("a", 2), ...inZone("b", 3), ...inZone("c", 3)]);
    expect(Math.abs((shares(balancer)["a"] ?? 0) - 50)).toBeLessThan(4);
    expect(given.stats.own(LB_ZONE_ROUTING_CROSS_ZONE)).toBeGreaterThan(1500);
    hosts.publish(hostSetsOf(hostsOf(...inZone("a", 1), ...inZone("b", 9)), PLAIN_POLICY, zone("a"))[0] ?? null);
    expect(shares(balancer)).toEqual({ a: 100 });
  });

  test("is not done for small clusters, nor where it is switched off", () => {
    expect(Object.keys(shares(open([...inZone("a", 1), ...inZone("b", 1)], [...inZone("a", 2), ...inZone("b", 2)]).balancer))).toEqual(expect.arrayContaining(["a", "b"]));
    const off: Cluster = { common_lb_config: { zone_aware_lb_config: { routing_enabled: { value: 0 } } } };
    expect(shares(open([...inZone("a", 1), ...inZone("b", 1)], [...inZone("a", 3), ...inZone("b", 3)], off).balancer)).toEqual({ a: 50, b: 50 });
  });

  test("fails in a panic where that is asked for", () => {
    const failing: Cluster = { common_lb_config: { zone_aware_lb_config: { fail_traffic_on_panic: true } } };
    const { balancer, given } = open([], inZone("a", 4, { flags: FAILED_EDS_HEALTH }), failing);
    expect(balancer.choose({ hash: null })).toBeNull();
    expect(given.stats.own(LB_HEALTHY_PANIC)).toBe(1);
  });
});
