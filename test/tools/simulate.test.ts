import { expect, test } from "vitest";
import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import { loadDocument } from "../../src/resources/load.ts";
import { renderSimulation } from "../../src/tools/render-simulation.ts";
import { routeTablesOf } from "../../src/tools/route-tables.ts";
import { type SimulatedRequest, type Simulation, Simulator } from "../../src/tools/simulate.ts";

const TABLE = `name: table
virtual_hosts:
  - name: shop
    domains: ["shop.example.com"]
    response_headers_to_add: [{ header: { key: x-shop, value: "yes" } }]
    routes:
      - name: beta
        match: { prefix: /, headers: [{ name: x-beta, present_match: true }] }
        route: { cluster: beta }
      - name: api
        match: { prefix: /api/ }
        route: { cluster: api, prefix_rewrite: /, host_rewrite_literal: api.internal, timeout: 3s, retry_policy: { retry_on: 5xx, num_retries: 2 } }
        request_headers_to_add: [{ header: { key: x-from, value: edge } }]
        request_headers_to_remove: [cookie]
      - match: { path: /old }
        redirect: { path_redirect: /new }
      - match: { path: /ping }
        direct_response: { status: 200, body: { inline_string: pong } }
`;

const REQUEST: SimulatedRequest = { method: "GET", path: "/", host: "shop.example.com", scheme: "http", headers: [], sourceIp: "127.0.0.1", runtime: new Map(), random: 0n };

const origins = new Origins();
const document = loadDocument({ name: "t.yaml", bytes: new TextEncoder().encode(TABLE) }, { origins, diagnostics: new Findings(origins) });
const [found] = routeTablesOf(document?.messages ?? []);

function simulate(change: Partial<SimulatedRequest>): Simulation {
  if (found === undefined) throw new Error("no table");
  return new Simulator(found, origins).run({ ...REQUEST, ...change });
}

test("a forwarded request: route with its place, cluster, rewrites, header changes, timeout and retries", () => {
  expect(simulate({ path: "/api/x?y=1", headers: [["cookie", "a=b"]] })).toMatchObject({
    virtual_host: { name: "shop", line: 3 }, route: { name: "api", file: "t.yaml", line: 10, column: 9 },
    result: { kind: "forward", cluster: "api" }, path: "/x?y=1", host: "api.internal", timeout_ms: 3000, retries: { on: ["5xx"], count: 2 },
    request_headers: expect.arrayContaining([{ op: "removed", name: "cookie", value: "a=b" }, { op: "set", name: "x-from", value: "edge" }]) as unknown,
    response_headers: [{ op: "set", name: "x-shop", value: "yes" }],
  });
});

test("redirects, direct responses and 404s are answers", () => {
  expect(simulate({ path: "/old" }).result).toEqual({ kind: "redirect", status: 301, location: "http://shop.example.com/new" });
  expect(simulate({ path: "/ping" }).result).toEqual({ kind: "direct_response", status: 200, body: "pong" });
  expect(simulate({ path: "/none" }).result).toEqual({ kind: "no_route", status: 404, reason: "none of the 4 routes of the virtual host matches" });
  expect(simulate({ host: "other.example.com" }).result).toMatchObject({ kind: "no_route", reason: 'no virtual host has a domain for "other.example.com"' });
});

test("each route that did not match says which condition failed, and where that stands", () => {
  const { rejected } = simulate({ path: "/old" });
  expect(rejected.map((r) => [r.name, r.line])).toEqual([["beta", 7], ["api", 10]]);
  expect(rejected[0]?.because).toContain("x-beta");
  expect(rejected[0]?.place).toMatchObject({ file: "t.yaml", line: 8 });
});

test("text beyond ASCII comes back as it went in", () => {
  expect(simulate({ path: "/api/ü", headers: [["x-beta", "ö"]] }).path).toBe("/api/ü");
});

test("the report for people", () => {
  const request = { ...REQUEST, path: "/api/x" };
  expect(renderSimulation(request, simulate(request), { color: false, explain: true })).toBe(`GET http://shop.example.com/api/x
  route table    table  t.yaml:1:1
  virtual host   shop  t.yaml:3:5
  route          api  t.yaml:10:9
  result         cluster api
  path           /api/x -> /x
  host           shop.example.com -> api.internal
  request        = x-envoy-expected-rq-timeout-ms: 3000
  request        = x-from: edge
  request        = x-envoy-original-host: shop.example.com
  request        = x-envoy-original-path: /api/x
  timeout        3 s
  retries        2 on 5xx
  response       = x-shop: yes
  Routes that did not match, in order:
    beta  t.yaml:7:9: header x-beta is present; header x-beta is absent
`);
});
