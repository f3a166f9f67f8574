import { expect, test } from "vitest";
import { explain } from "../../src/router/explain.ts";
import { caseHint } from "../../src/tools/simulate-case-hints.ts";
import { hintsFor } from "../../src/tools/simulate-hints.ts";
import type { Candidate } from "../../src/router/explain.ts";
import { get, routeTable } from "../support/route-tables.ts";

const { table } = routeTable(`
virtual_hosts:
- name: v
  domains: [shop.example.com]
  routes:
  - { name: cart, match: { path: /Cart }, route: { cluster: c } }
  - { name: env, match: { path: /e, headers: [{ name: x-env, string_match: { exact: Prod } }] }, route: { cluster: c } }`);

function hint(path: string, headers: (readonly [string, string])[] = [], at = 0): string | undefined {
  const view = get("shop.example.com", path, headers);
  return caseHint(table, view, explain(table, view).candidates[at] as Candidate);
}

test("letters' case of a path in the configuration", () => {
  expect(hint("/cart?q")).toContain('route cart would match the path with the letters\' case of "/Cart"');
  expect(hint("/carts")).toBeUndefined();
});

test("letters' case of a header's value", () => {
  expect(hint("/e", [["x-env", "prod"]], 1)).toContain("route env would match with x-env: Prod");
  expect(hint("/e", [["x-env", "test"]], 1)).toBeUndefined();
});

test("a dot at the end of the host", () => {
  const view = get("shop.example.com.", "/Cart");
  expect(hintsFor(table, view, explain(table, view))).toEqual(["virtual host v would be chosen without the dot at the end of the host: strip_trailing_host_dot is off"]);
});
