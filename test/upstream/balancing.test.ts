import { describe, expect, test } from "vitest";
import type { LoadBalancerFactory } from "../../src/contract/load-balancer.ts";
import type { Cluster } from "../../src/schema/generated/envoy/config/cluster/v3.ts";
import { compileBalancing } from "../../src/upstream/balancing.ts";
import { hostSetsOf } from "../../src/upstream/host-sets.ts";
import { choices, givenWith, hostsOf, loadBalancerSuite } from "../contract/load-balancer.suite.ts";

const PACKAGE = "type.googleapis.com/envoy.extensions.load_balancing_policies";

function compile(cluster: Cluster, codes: string[] = []): LoadBalancerFactory {
  return compileBalancing(cluster, { report: ({ code }) => void codes.push(code) });
}

const typed = (type: string, config: object = {}): Cluster => ({ load_balancing_policy: { policies: [{ typed_extension_config: { name: "p", typed_config: { "@type": `${PACKAGE}.${type}`, ...config } } }] } }) as Cluster;

loadBalancerSuite("ROUND_ROBIN", compile({}));
loadBalancerSuite("LEAST_REQUEST", compile({ lb_policy: "LEAST_REQUEST" }));
loadBalancerSuite("LEAST_REQUEST with a full scan", compile(typed("least_request.v3.LeastRequest", { selection_method: "FULL_SCAN" })));
loadBalancerSuite("RANDOM", compile({ lb_policy: "RANDOM" }), { weighs: false });
loadBalancerSuite("RING_HASH without a hash", compile({ lb_policy: "RING_HASH", ring_hash_lb_config: { minimum_ring_size: 20_000 } }), { hashes: true });
loadBalancerSuite("MAGLEV without a hash", compile({ lb_policy: "MAGLEV" }), { hashes: true });
loadBalancerSuite("override_host without a header", compile(typed("override_host.v3.OverrideHost", {
  override_host_sources: [{ header: "x-host" }], fallback_policy: typed("round_robin.v3.RoundRobin").load_balancing_policy,
})));

describe("the policy of a cluster", () => {
  const kind = (cluster: Cluster, codes: string[] = []): string => compile(cluster, codes)(givenWith(1)).constructor.name;

  test("is what lb_policy names", () => {
    expect([{}, { lb_policy: "RANDOM" }, { lb_policy: "MAGLEV" }, { lb_policy: "RING_HASH" }].map((cluster) => kind(cluster as Cluster))).toEqual(["SpreadBalancer", "SpreadBalancer", "HashBalancer", "HashBalancer"]);
  });

  test("is the first of load_balancing_policy that is known; where none is, it is reported", () => {
    const codes: string[] = [];
    const policies = ["x.Unknown", "maglev.v3.Maglev", "round_robin.v3.RoundRobin"].flatMap((type) => typed(type).load_balancing_policy?.policies ?? []);
    expect([kind({ load_balancing_policy: { policies } }, codes), codes]).toEqual(["HashBalancer", []]);
    expect([kind(typed("peak_ewma.v3alpha.PeakEwma"), codes), codes]).toEqual(["SpreadBalancer", ["LGT0901"]]);
  });
});

describe("override_host", () => {
  const balancer = compile(typed("override_host.v3.OverrideHost", {
    override_host_sources: [{ header: "X-Host" }, { metadata: { key: "f", path: [{ key: "a" }] } }], fallback_policy: typed("round_robin.v3.RoundRobin").load_balancing_policy,
  }))(givenWith(1));
  balancer.update(hostSetsOf(hostsOf({}, {}, {})));

  test("takes the hosts that the request names, one after the other, then the fallback's", () => {
    const context = { hash: null, header: () => "10.0.0.9:80, 10.0.0.3:80,10.0.0.2:80", dynamicMetadata: {} };
    expect([1, 2].map(() => balancer.choose(context)?.hostname)).toEqual(["h3", "h2"]);
    expect(choices(balancer, 3).sort()).toEqual(["h1", "h2", "h3"]);
    expect(balancer.choose(context)).not.toBeNull();
  });

  test("reads dynamic metadata too", () => {
    expect(balancer.choose({ hash: null, header: () => null, dynamicMetadata: { f: { a: "10.0.0.2:80" } } })?.hostname).toBe("h2");
  });
});
