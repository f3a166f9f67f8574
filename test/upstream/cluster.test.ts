import { expect, test } from "vitest";
import type { Env } from "../../src/contract/env.ts";
import type { CompileContext } from "../../src/contract/extension.ts";
import type { Host } from "../../src/contract/host.ts";
import type { HostSpec } from "../../src/contract/host-spec.ts";
import { NO_RUNTIME } from "../../src/contract/request-view.ts";
import { formatAddress, ipAddress } from "../../src/platform/address.ts";
import { FakeClock } from "../../src/platform/fake-clock.ts";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import type { Cluster } from "../../src/schema/generated/envoy/config/cluster/v3.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";
import { LiveCluster } from "../../src/upstream/cluster.ts";
import { compileCluster } from "../../src/upstream/cluster-plan.ts";
import { LIMIT_PENDING, LIMIT_REQUESTS } from "../../src/upstream/cluster-stats.ts";

const NOWHERE = { region: "", zone: "", sub_zone: "" };
const spec = (ip: string, hostname = ""): HostSpec => ({ address: ipAddress(ip, 80), hostname, weight: 1, priority: 0, locality: NOWHERE, localityWeight: 0, flags: 0 });

function open(message: Cluster): LiveCluster {
  const plan = compileCluster({ name: "c", ...message }, { diagnostics: { report: () => undefined } } as unknown as CompileContext);
  return new LiveCluster(plan, { clock: new FakeClock(), random: new SeededRandom(1), stats: new LocalStats(), runtime: NO_RUNTIME } as unknown as Env);
}

const free = (cluster: LiveCluster): number => {
  let n = 0;
  while (cluster.acquireRetry()) n++;
  for (let i = 0; i < n; i++) cluster.releaseRetry();
  return n;
};

test("retries under way are limited by max_retries, 3 where nothing is said", () => {
  expect(free(open({}))).toBe(3);
  expect(free(open({ circuit_breakers: { thresholds: [{ max_retries: 1 }] } }))).toBe(1);
});

test("a retry budget is a share of the requests there are, and never less than its minimum", () => {
  const cluster = open({ circuit_breakers: { thresholds: [{ max_retries: 1, retry_budget: { budget_percent: { value: 25 }, min_retry_concurrency: 2 } }] } });
  expect(free(cluster)).toBe(2);
  for (let i = 0; i < 15; i++) cluster.stats.acquire(LIMIT_REQUESTS);
  cluster.stats.acquire(LIMIT_PENDING);
  expect(free(cluster)).toBe(4);
  expect(free(open({ circuit_breakers: { thresholds: [{ retry_budget: {} }] } }))).toBe(3);
});

test("the host of a LOGICAL_DNS cluster stays the same wherever its name leads", () => {
  const cluster = open({ type: "LOGICAL_DNS" });
  cluster.updateHosts([spec("10.0.0.1", "db")]);
  const host = cluster.chooseHost({ hash: null });
  cluster.updateHosts([spec("10.0.0.2", "db")]);
  const after = cluster.chooseHost({ hash: null });
  expect([after === host, after && formatAddress(after.address)]).toEqual([true, "10.0.0.2:80"]);
});

test("a retry is offered other hosts as often as it allows", () => {
  const cluster = open({});
  cluster.updateHosts([spec("10.0.0.1"), spec("10.0.0.2")]);
  const bad = cluster.chooseHost({ hash: null });
  const chosen = (hostAttempts: number) => cluster.chooseHost({ hash: null, avoid: { hostAttempts, rejects: (host) => host === bad } });
  for (let i = 0; i < 4; i++) expect(chosen(3)).not.toBe(bad);
  expect(new Set([chosen(0), chosen(0)]).has(bad)).toBe(true);
});

test("hosts that come ahead of their update are the hosts of the update; those that it does not bring are gone", () => {
  const cluster = open({});
  const chosen = () => new Set(Array.from({ length: 8 }, () => cluster.chooseHost({ hash: null }) as Host));
  cluster.updateHosts([spec("10.0.0.1")]);
  const [first] = chosen();
  cluster.prepareHosts([spec("10.0.0.1"), spec("10.0.0.2")]);
  expect([...chosen()]).toEqual([first]);
  cluster.prepareHosts([spec("10.0.0.3")]);
  cluster.updateHosts([spec("10.0.0.1"), spec("10.0.0.2")]);
  expect(chosen().has(first as Host)).toBe(true);
  expect([...chosen()].map(({ address }) => formatAddress(address)).toSorted()).toEqual(["10.0.0.1:80", "10.0.0.2:80"]);
});
