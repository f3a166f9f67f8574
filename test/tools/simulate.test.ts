import { describe, expect, test } from "vitest";
import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import { loadDocument } from "../../src/resources/load.ts";
import { renderSimulation } from "../../src/tools/render-simulation.ts";
import { loadForSimulation } from "../../src/tools/simulate-load.ts";
import { routeTablesOf } from "../../src/tools/route-tables.ts";
import { NO_FACTS, Simulator } from "../../src/tools/simulate.ts";
import type { Simulation } from "../../src/tools/simulation.ts";
import type { SimulatedRequest } from "../../src/tools/simulated-request.ts";

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

const REQUEST: SimulatedRequest = { method: "GET", path: "/", host: "shop.example.com", scheme: "http", headers: [], sourceIp: "127.0.0.1", port: undefined, runtime: new Map(), random: 0n };

const origins = new Origins();
const document = loadDocument({ name: "t.yaml", bytes: new TextEncoder().encode(TABLE) }, { origins, diagnostics: new Findings(origins) });
const [found] = routeTablesOf(document?.messages ?? []);

function simulate(change: Partial<SimulatedRequest>): Simulation {
  if (found === undefined) throw new Error("no table");
  return new Simulator(found, origins, NO_FACTS).run({ ...REQUEST, ...change }).simulation;
}

test("a forwarded request: route with its place, cluster, rewrites, header changes, timeout and retries", () => {
  expect(simulate({ path: "/api/x?y=1", headers: [["cookie", "a=b"]] })).toMatchObject({
    virtual_host: { name: "shop", line: 3 }, route: { name: "api", file: "t.yaml", line: 10, column: 9 },
    result: { kind: "forward", cluster: "api" }, path: "/x?y=1", host: "api.internal", timeouts: { global_ms: 3000, words: "3 s for the whole response" }, retries: { on: ["5xx"], count: 2 },
    request_headers: expect.arrayContaining([{ op: "removed", name: "cookie", value: "a=b", level: "route" }, { op: "set", name: "x-from", value: "edge", level: "route" }]) as unknown,
    response_headers: [{ op: "set", name: "x-shop", value: "yes", level: "virtual host" }],
  });
});

test("redirects, direct responses and 404s are answers", () => {
  expect(simulate({ path: "/old" }).result).toEqual({ kind: "redirect", status: 301, location: "http://shop.example.com/new" });
  expect(simulate({ path: "/ping" }).result).toEqual({ kind: "direct_response", status: 200, body: "pong" });
  expect(simulate({ path: "/none" }).result).toEqual({ kind: "no_route", status: 404, reason: "none of the 4 routes of the virtual host matches" });
  expect(simulate({ host: "other.example.com" }).result).toMatchObject({ kind: "no_route", reason: 'no virtual host has a domain for "other.example.com"' });
});

test("each route that did not match says which condition failed, and where that stands", () => {
  const rejected = simulate({ path: "/old" }).candidates.filter((candidate) => !candidate.matched);
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
  before routing + :scheme: http  (the connection)
  before routing + x-forwarded-proto: http  (there was none: the connection's own scheme)
  before routing + x-request-id: 00000000-0000-4000-8000-000000000000  (generate_request_id)
  virtual host   shop  t.yaml:3:5, because shop.example.com is the host
  route          api  t.yaml:10:9
  result         cluster api
  path           /api/x -> /x
  host           shop.example.com -> api.internal
  request        + x-envoy-expected-rq-timeout-ms: 3000  (router)
  request        + x-from: edge  (route)
  request        + x-envoy-original-host: shop.example.com  (host rewrite)
  request        + x-envoy-original-path: /api/x  (path rewrite)
  timeout        3 s for the whole response
  retries        up to 2 more tries on 5xx, back-off 25 ms to 250 ms
  response       + x-shop: yes  (virtual host)
  note           no connection manager is known: its defaults are taken for what happens before routing
  Routes in the order in which they were asked:
    no  beta  t.yaml:7:9: wanted header x-beta is present; header x-beta is absent  t.yaml:8:47
    yes api  t.yaml:10:9
`);
});

test("controls in a request never reach the terminal", () => {
  const request = { ...REQUEST, path: "/\u001b[31m" };
  expect(renderSimulation(request, simulate(request), { color: false, explain: true })).not.toContain("\u001b");
});

describe("a 404 says what would have helped:", () => {
  test.each([
    ["the port of the host", { host: "shop.example.com:8080" }, "without the port :8080"],
    ["the letters' case of the path", { path: "/API/x" }, "route api would match the path in lower case"],
    ["the slash at the path's end", { path: "/old/" }, "would match with the slash at the end of the path changed"],
    ["doubled slashes", { path: "/api//x".replace("/api//", "//api/") }, "without doubled slashes"],
    ["dot segments", { path: "/x/../old" }, "would match with /./ and /../ resolved"],
    ["escapes", { path: "/%6fld" }, "would match the decoded path"],
    ["the nearest domain", { host: "shop.exampel.com" }, "the nearest domain is shop.example.com"],
  ])("%s", (_title, change, expected) => {
    const { result, hints } = simulate(change);
    expect(result.kind).toBe("no_route");
    expect(hints.join("\n")).toContain(expected);
  });

  test("and the route that came nearest", () => {
    expect(simulate({ path: "/pingg" }).nearest_miss).toMatchObject({ line: 17, condition: 'path is exactly "/ping"' });
  });
});

const BOOTSTRAP = `layered_runtime: { layers: [{ name: s, static_layer: { some: { share: 70 } } }] }
static_resources:
  clusters: [{ name: known, type: STATIC }]
  listeners:
    - name: edge
      address: { socket_address: { address: 0.0.0.0, port_value: 8080 } }
      filter_chains:
        - filters:
            - name: hcm
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: edge
                use_remote_address: true
                normalize_path: true
                merge_slashes: true
                strip_matching_host_port: true
                path_with_escaped_slashes_action: REJECT_REQUEST
                route_config:
                  name: table
                  internal_only_headers: [x-secret]
                  virtual_hosts:
                    - name: all
                      domains: [a.example.com]
                      require_tls: EXTERNAL_ONLY
                      routes:
                        - name: some
                          match: { prefix: /some, runtime_fraction: { default_value: { numerator: 1 }, runtime_key: some.share } }
                          route: { cluster: known }
                        - match: { prefix: /ws }
                          route: { cluster: known, upgrade_configs: [{ upgrade_type: websocket }] }
                        - match: { prefix: /gone }
                          route: { cluster: gone, cluster_not_found_response_code: NOT_FOUND }
                        - match: { prefix: / }
                          route: { weighted_clusters: { clusters: [{ name: known, weight: 3 }, { name: gone, weight: 1 }] } }
`;

describe("behind a connection manager", () => {
  const sinks = new Origins();
  const configuration = loadForSimulation({ name: "b.yaml", bytes: new TextEncoder().encode(BOOTSTRAP) }, { origins: sinks, diagnostics: new Findings(sinks) });
  const through = (change: Partial<SimulatedRequest>): Simulation => {
    const [table] = configuration?.tables ?? [];
    if (table === undefined || configuration === undefined) throw new Error("no table");
    return new Simulator(table, sinks, configuration.facts).run({ ...REQUEST, scheme: "https", host: "a.example.com", sourceIp: "203.0.113.9", ...change }).simulation;
  };

  test("fractions ask the static layers of the runtime, unless the request says otherwise", () => {
    const drawn = (runtime: SimulatedRequest["runtime"]): unknown => through({ path: "/some", runtime, random: 60n }).route?.name;
    expect([drawn(new Map()), drawn(new Map([["some.share", 50]]))]).toEqual(["some", ""]);
  });

  test("an upgrade that nothing allows is refused", () => {
    const upgrade: Partial<SimulatedRequest> = { path: "/x", headers: [["connection", "upgrade"], ["upgrade", "websocket"]] };
    expect(through(upgrade).result).toEqual({ kind: "rejected", status: 403, reason: "no upgrade_configs of the route or the connection manager allow websocket" });
    expect(through({ ...upgrade, path: "/ws" }).result).toMatchObject({ kind: "forward" });
  });

  test("the request is prepared by its options, and each change names the option", () => {
    const { preparation, path, result, client } = through({ host: "a.example.com:8080", path: "//x/./y?z=//", headers: [["x-secret", "1"], ["connection", "close"]] });
    expect([path, result, client]).toEqual(["/x/y?z=//", { kind: "forward", cluster: "known" }, { address: "203.0.113.9", internal: false }]);
    const by = Object.fromEntries(preparation.map((change) => [change.name, [change.op, change.by]]));
    expect(by).toMatchObject({
      ":path": ["changed", "normalize_path, merge_slashes"], ":authority": ["changed", "strip_matching_host_port"],
      "x-forwarded-for": ["set", "use_remote_address: the peer is appended"], "x-secret": ["removed", "internal_only_headers"],
      connection: ["removed", "belongs to one connection (hop-by-hop)"], "x-envoy-external-address": ["set", "use_remote_address: the trusted client address"],
    });
  });

  test("a rejected path never reaches a route", () => {
    expect(through({ path: "/a%2Fb" }).result).toEqual({ kind: "rejected", status: 400, reason: "the path cannot be normalised" });
    expect(through({ path: "*" }).result).toMatchObject({ kind: "rejected", status: 404, reason: "the path does not begin with /" });
  });

  test("require_tls redirects, a cluster that does not exist is answered", () => {
    expect(through({ scheme: "http", path: "/x?y" }).result).toEqual({ kind: "redirect", status: 301, location: "https://a.example.com/x?y" });
    expect(through({ path: "/gone" }).result).toEqual({ kind: "rejected", status: 404, reason: "there is no cluster gone" });
  });

  test("a weighted choice shows how it was drawn", () => {
    expect(through({ random: 7n })).toMatchObject({ draw: { random: "7", value: 3, total: 4, shares: [{ cluster: "known", weight: 3 }, { cluster: "gone", weight: 1 }] } });
  });
});
