/**
 * Load balancing: nanoseconds a choice among 1,000 hosts by policy, milliseconds to build what a policy needs. Best of several rounds.
 *
 *   bun scripts/bench-micro/balancing.ts
 */
import { xxHash64 } from "../../src/base/xxhash64.ts";
import type { Host } from "../../src/contract/host.ts";
import { NO_RUNTIME } from "../../src/contract/request-view.ts";
import { ipAddress } from "../../src/platform/address.ts";
import { FakeClock } from "../../src/platform/fake-clock.ts";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import type { Cluster } from "../../src/schema/generated/envoy/config/cluster/v3.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";
import { compileBalancing } from "../../src/upstream/balancing.ts";
import { CLUSTER_SHAPE, HOST_SHAPE } from "../../src/upstream/cluster-stats.ts";
import { hostSetsOf } from "../../src/upstream/host-sets.ts";

const HOSTS = 1000;
const CHOICES = 200_000;
const stats = new LocalStats();

function hosts(count: number, weighted: boolean): Host[] {
  return Array.from({ length: count }, (_, i) => ({
    address: ipAddress(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, 80), hostname: "", weight: weighted ? 1 + (i % 5) : 1, priority: 0, locality: NOWHERE, localityWeight: 1, flags: 0,
    metadata: { "envoy.lb": { group: String(i % 10) } }, healthySince: -1e9, stats: stats.block(`.${i}.`, HOST_SHAPE),
  }));
}

const NOWHERE = { region: "", zone: "", sub_zone: "" };
const HASHES = Array.from({ length: 1024 }, (_, i) => xxHash64(`key ${i}`));
const GROUP = [["group", "3"]] as const;

const POLICIES: Readonly<Record<string, { readonly cluster: Cluster; readonly weighted?: boolean }>> = {
  "ROUND_ROBIN": { cluster: {} },
  "ROUND_ROBIN, weights": { cluster: {}, weighted: true },
  "ROUND_ROBIN, localities by weight": { cluster: { common_lb_config: { locality_weighted_lb_config: {} } }, weighted: true },
  "LEAST_REQUEST": { cluster: { lb_policy: "LEAST_REQUEST" } },
  "LEAST_REQUEST, weights": { cluster: { lb_policy: "LEAST_REQUEST" }, weighted: true },
  "RANDOM": { cluster: { lb_policy: "RANDOM" } },
  "RING_HASH": { cluster: { lb_policy: "RING_HASH" } },
  "RING_HASH, 100,000 points": { cluster: { lb_policy: "RING_HASH", ring_hash_lb_config: { minimum_ring_size: 100_000 } } },
  "MAGLEV": { cluster: { lb_policy: "MAGLEV" } },
  "MAGLEV, weights": { cluster: { lb_policy: "MAGLEV" }, weighted: true },
  "MAGLEV, bounded load": { cluster: { lb_policy: "MAGLEV", common_lb_config: { consistent_hashing_lb_config: { hash_balance_factor: 150 } } } },
  "subsets of ROUND_ROBIN": { cluster: { lb_subset_config: { subset_selectors: [{ keys: ["group"] }] } } },
};

for (const [name, { cluster, weighted = false }] of Object.entries(POLICIES)) {
  const balancer = compileBalancing(cluster, { report: () => undefined })({ random: new SeededRandom(1), runtime: NO_RUNTIME, clock: new FakeClock(), stats: stats.block(`cluster.${name}.`, CLUSTER_SHAPE) });
  const list = hosts(HOSTS, weighted);
  let build = Infinity;
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    balancer.update(hostSetsOf(list));
    balancer.choose({ hash: 1n, metadataMatch: GROUP });
    build = Math.min(build, performance.now() - start);
  }
  const context = { hash: 0n, metadataMatch: GROUP };
  let best = Infinity;
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    for (let i = 0; i < CHOICES; i++) {
      context.hash = HASHES[i & 1023] as bigint;
      balancer.choose(context);
    }
    best = Math.min(best, ((performance.now() - start) / CHOICES) * 1e6);
  }
  console.log(`${name.padEnd(36)} ${best.toFixed(0).padStart(5)} ns a choice, ${build.toFixed(1).padStart(6)} ms to build`);
}
