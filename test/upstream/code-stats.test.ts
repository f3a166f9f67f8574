import { expect, test } from "vitest";
import { LocalStats } from "../../src/stats/local-stats.ts";
import { CLUSTER_SHAPE } from "../../src/upstream/cluster-stats.ts";
import { CodeStats } from "../../src/upstream/code-stats.ts";

test("a status is counted by itself, by its class and as completed, under names born with it", () => {
  const stats = new LocalStats();
  const codes = new CodeStats(stats.block("cluster.c.", CLUSTER_SHAPE), "external.");
  for (const status of [200, 204, 503, 503]) codes.charge(status);
  const value = (name: string): number => stats.value(`cluster.c.external.upstream_rq_${name}`);
  expect(["200", "204", "503", "2xx", "5xx", "completed"].map(value)).toEqual([1, 1, 2, 2, 2, 4]);
  expect(stats.store.value("cluster.c.external.upstream_rq_4xx")).toBeUndefined();
});

test("an odd status counts as completed only", () => {
  const stats = new LocalStats();
  const codes = new CodeStats(stats.block("cluster.c.", CLUSTER_SHAPE), "");
  codes.charge(700);
  expect([stats.value("cluster.c.upstream_rq_completed"), stats.store.value("cluster.c.upstream_rq_700")]).toEqual([1, undefined]);
});
