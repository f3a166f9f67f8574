import { expect, test } from "vitest";
import type { Cluster } from "../../src/schema/generated/envoy/config/cluster/v3.ts";
import type { Host } from "../../src/contract/host.ts";
import { FakeClock } from "../../src/platform/fake-clock.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { compileBalancing } from "../../src/upstream/balancing.ts";
import { weightFrom } from "../../src/upstream/client-weights.ts";
import { hostSetsOf } from "../../src/upstream/host-sets.ts";
import { choices, givenWith, hostsOf, loadBalancerSuite } from "../contract/load-balancer.suite.ts";

const PACKAGE = "type.googleapis.com/envoy.extensions.load_balancing_policies";
const policy = (type: string, config: object): Cluster => ({ load_balancing_policy: { policies: [{ typed_extension_config: { name: "p", typed_config: { "@type": `${PACKAGE}.${type}`, ...config } } }] } }) as Cluster;
const own = (config: object): Cluster => policy("client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin", config);
const compile = (cluster: Cluster, codes: string[] = []): ReturnType<typeof compileBalancing> => compileBalancing(cluster, { report: ({ code }) => void codes.push(code) });
const OPTIONS = { metricNames: [], errorPenalty: 0, blackoutMs: 0, expirationMs: 0, updateMs: 1000 };

loadBalancerSuite("client_side_weighted_round_robin before any report", compile(own({})));

function opened(cluster: Cluster, hosts: readonly Host[]): { share(): Record<string, number>; say(host: number, text: string): boolean; clock: FakeClock } {
  const clock = new FakeClock();
  const balancer = compile(cluster)(givenWith(1, { clock }));
  balancer.update(hostSetsOf(hosts));
  return {
    clock,
    share: () => Object.fromEntries(Map.groupBy(choices(balancer, 600), (name) => name).entries().map(([name, all]) => [name, Math.round(all.length / 6)])),
    say: (host, text) => balancer.reports?.hear(hosts[host] as Host, HeaderBlock.of([[":status", "200"], ["endpoint-load-metrics", `TEXT ${text}`]])) ?? false,
  };
}

test("hosts have what their reports earn them, once the blackout is over; those without have the median", () => {
  const { clock, share, say } = opened(own({ blackout_period: { seconds: 2, nanos: 0 } }), hostsOf({ weight: 5 }, {}, {}));
  expect(share()).toEqual({ h1: 71, h2: 14, h3: 14 });
  expect([say(0, "rps_fractional=100,cpu_utilization=0.5"), say(1, "rps_fractional=300,cpu_utilization=0.5")]).toEqual([true, true]);
  clock.advance(1000);
  expect(share()).toEqual({ h1: 33, h2: 33, h3: 33 });
  clock.advance(1000);
  // 200, 600, and their median 400
  expect(share()).toEqual({ h1: 17, h2: 50, h3: 33 });
});

test("what is old counts no more, and the blackout begins again", () => {
  const { clock, share, say } = opened(own({ blackout_period: { seconds: 1, nanos: 0 }, weight_expiration_period: { seconds: 3, nanos: 0 } }), hostsOf({}, {}));
  say(0, "rps_fractional=300,application_utilization=1");
  say(1, "rps_fractional=100,application_utilization=1");
  clock.advance(1000);
  expect(share()).toEqual({ h1: 75, h2: 25 });
  clock.advance(3000);
  expect(share()).toEqual({ h1: 50, h2: 50 });
  say(0, "rps_fractional=300,application_utilization=1");
  clock.advance(999);
  expect(share()).toEqual({ h1: 50, h2: 50 });
});

test("a weight is the rate by the utilisation: named metrics, the application's, the processor's; errors make it smaller", () => {
  const report = new Map([["rps_fractional", 100], ["eps", 10], ["application_utilization", 0.5], ["cpu_utilization", 0.25], ["utilization.a", 0.8], ["utilization.b", 0.2]]);
  expect(weightFrom(report, OPTIONS)).toBe(200);
  expect(weightFrom(report, { ...OPTIONS, errorPenalty: 5 })).toBe(100);
  expect(weightFrom(report, { ...OPTIONS, metricNames: ["utilization.b", "named_metrics.x"] })).toBe(500);
  expect(weightFrom(report, { ...OPTIONS, metricNames: ["utilization.*"] })).toBe(125);
  expect(weightFrom(new Map([["rps_fractional", 100], ["cpu_utilization", 0.25]]), OPTIONS)).toBe(400);
  expect(weightFrom(new Map([["cpu_utilization", 0.25]]), OPTIONS)).toBeNull();
  expect(weightFrom(new Map([["rps_fractional", 100]]), OPTIONS)).toBeNull();
});

test("wrr_locality weighs localities, and takes no other policy; subsets hear no reports", () => {
  const locality = (zone: string, localityWeight: number): object => ({ locality: { region: "", zone, sub_zone: "" }, localityWeight });
  const { share } = opened(policy("wrr_locality.v3.WrrLocality", { endpoint_picking_policy: own({}).load_balancing_policy }), hostsOf(locality("a", 3), locality("b", 1), locality("b", 1)));
  expect(share()["h1"]).toBe(75);
  const codes: string[] = [];
  compile(policy("wrr_locality.v3.WrrLocality", { endpoint_picking_policy: policy("random.v3.Random", {}).load_balancing_policy }), codes);
  compile(policy("subset.v3.Subset", { subset_lb_policy: own({}).load_balancing_policy }), codes);
  expect(codes).toEqual(["LGT0901", "LGT0901"]);
});
