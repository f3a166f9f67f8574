import { expect, test } from "vitest";
import type { RuntimeValue } from "../../src/contract/request-view.ts";
import { explain } from "../../src/router/explain.ts";
import { request, routeTable } from "../support/route-tables.ts";

const { table } = routeTable(`
virtual_hosts:
- name: v
  domains: ["*"]
  routes:
  - { match: { prefix: / }, route: { weighted_clusters: { runtime_key_prefix: w, clusters: [{ name: a, weight: 1 }, { name: b, weight: 0 }] } } }
  - { match: { prefix: / }, route: { cluster: next } }`);

function asked(weights: Readonly<Record<string, RuntimeValue>>) {
  return request([[":authority", "h"], [":path", "/"], [":method", "GET"], ["x-forwarded-proto", "http"]], { runtime: { get: (key) => weights[key] } });
}

test("a route whose clusters the runtime gives no weight is passed over", () => {
  expect(table.match(asked({}))?.cluster).toBe("a");
  expect(table.match(asked({ "w.a": 0, "w.b": 3 }))?.cluster).toBe("b");
  expect(table.match(asked({ "w.a": 0 }))?.cluster).toBe("next");
});

test("and the explanation says so", () => {
  const { candidates, choice } = explain(table, asked({ "w.a": 0 }));
  expect(choice?.cluster).toBe("next");
  expect(candidates[0]?.failed).toMatchObject({ key: "runtime_key_prefix", condition: "some cluster has a weight, by the runtime's w.* or as configured", because: "the runtime gives all of them 0" });
});
