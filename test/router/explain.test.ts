import { expect, test } from "vitest";
import { explain } from "../../src/router/explain.ts";
import { get, routeTable } from "../support/route-tables.ts";

test("an explanation names the first condition of each candidate that failed, with values and place", () => {
  const { table, message } = routeTable(`
virtual_hosts:
- name: v
  domains: [h]
  routes:
  - {name: one, match: {prefix: /, headers: [{name: x-env, string_match: {exact: prod}}]}, route: {cluster: a}}
  - {name: two, match: {path: /b, query_parameters: [{name: q}]}, route: {cluster: b}}
  - {name: three, match: {prefix: /a}, route: {cluster: c}}
  - {name: four, match: {prefix: /}, route: {cluster: d}}`);
  const told = explain(table, get("h", "/a?q=1", [["x-env", "dev"]]));
  expect(told.candidates.map(({ route, failed }) => [route.name, failed?.condition, failed?.because])).toEqual([
    ["one", 'header x-env is exactly "prod"', 'header x-env is "dev"'],
    ["two", 'path is exactly "/b"', 'the path is "/a"'],
    ["three", undefined, undefined],
  ]);
  expect(told.candidates[0]?.failed?.at).toBe(message.virtual_hosts?.[0]?.routes?.[0]?.match?.headers?.[0]);
  expect(told.choice?.cluster).toBe("c");
  expect(explain(table, get("z", "/"))).toMatchObject({ host: "z", virtualHost: undefined, choice: null });
});
