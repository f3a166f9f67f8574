import { expect, test } from "vitest";
import { judge, type Result, type Status } from "../../../src/server/health/result.ts";

const results = (...statuses: readonly (readonly [string, Status])[]): Result[] => statuses.map(([cluster, status]) => ({ cluster, status, host: "h", address: "", check: "", latencyMs: null, reason: "", lasting: false }));

test("each cluster must have its share of healthy hosts; degraded ones count, unknown ones do not", () => {
  const found = results(["a", "healthy"], ["a", "degraded"], ["b", "healthy"], ["b", "unknown"], ["c", "unhealthy"]);
  expect(judge(found, 100)).toEqual({ healthy: false, hosts: 5, healthyHosts: 3, failing: ["b", "c"] });
  expect(judge(found, 50).failing).toEqual(["c"]);
  expect(judge(found, 51).failing).toEqual(["b", "c"]);
  expect(judge(found, 0).healthy).toBe(true);
});

test("what is skipped does not count", () => {
  expect(judge(results(["a", "skipped"]), 100)).toEqual({ healthy: true, hosts: 0, healthyHosts: 0, failing: [] });
});
