import { describe, expect, test } from "vitest";
import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import { loadForSimulation } from "../../src/tools/simulate-load.ts";
import type { SimulatedRequest } from "../../src/tools/simulated-request.ts";
import { Simulators } from "../../src/tools/simulators.ts";
import type { Simulation } from "../../src/tools/simulation.ts";

const TYPE = "type.googleapis.com/envoy.extensions.filters.http";
const BOOTSTRAP = `static_resources:
  listeners:
    - name: l
      filter_chains:
        - filters:
            - name: hcm
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: x
                http_filters:
                  - { name: cors, typed_config: { "@type": ${TYPE}.cors.v3.Cors } }
                  - { name: mutate, typed_config: { "@type": ${TYPE}.header_mutation.v3.HeaderMutation, mutations: { request_mutations: [{ append: { header: { key: x-tenant, value: gold } } }] } } }
                  - { name: jwt, typed_config: { "@type": ${TYPE}.jwt_authn.v3.JwtAuthentication } }
                  - { name: router, typed_config: { "@type": ${TYPE}.router.v3.Router } }
                route_config:
                  name: r
                  virtual_hosts:
                    - name: v
                      domains: ["*"]
                      typed_per_filter_config: { cors: { "@type": ${TYPE}.cors.v3.CorsPolicy, allow_origin_string_match: [{ exact: "https://a.example" }], allow_methods: GET } }
                      routes:
                        - { name: never, match: { prefix: /, headers: [{ name: x-tenant, present_match: true }] }, route: { cluster: two } }
                        - { name: off, match: { prefix: /off }, route: { cluster: one }, typed_per_filter_config: { mutate: { "@type": type.googleapis.com/envoy.config.route.v3.FilterConfig, disabled: true } } }
                        - { name: hashed, match: { prefix: /hash }, route: { cluster: two, hash_policy: [{ header: { header_name: x-user } }] } }
                        - { name: ringed, match: { prefix: /ring }, route: { cluster: ring, hash_policy: [{ header: { header_name: x-user } }] } }
                        - { name: limited, match: { prefix: /limited }, route: { cluster: one, rate_limits: [{ actions: [{ remote_address: {} }, { request_headers: { header_name: x-user, descriptor_key: user } }] }, { stage: 1, actions: [{ generic_key: { descriptor_value: all } }] }] } }
                        - { name: mirrored, match: { prefix: / }, route: { cluster: one, request_mirror_policies: [{ cluster: copy, runtime_fraction: { default_value: { numerator: 5 }, runtime_key: copied } }] } }
  clusters:
    - { name: one, load_assignment: { cluster_name: one, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 10.0.0.1, port_value: 80 } } } }] }] } }
    - { name: two, lb_policy: LEAST_REQUEST, load_assignment: { cluster_name: two, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 10.0.0.1, port_value: 80 } } } }, { endpoint: { address: { socket_address: { address: 10.0.0.2, port_value: 80 } } } }] }] } }
    - { name: ring, lb_policy: RING_HASH, load_assignment: { cluster_name: ring, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 10.0.0.1, port_value: 80 } } } }, { endpoint: { address: { socket_address: { address: 10.0.0.2, port_value: 80 } } } }, { endpoint: { address: { socket_address: { address: 10.0.0.3, port_value: 80 } } } }] }] } }
    - { name: copy, type: STRICT_DNS, load_assignment: { cluster_name: copy, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: copy.internal, port_value: 81 } } } }] }] } }
`;

const origins = new Origins();
const configuration = loadForSimulation({ name: "b.yaml", bytes: new TextEncoder().encode(BOOTSTRAP) }, { origins, diagnostics: new Findings(origins) });
if (configuration === undefined) throw new Error("the configuration was not read");
const simulators = new Simulators(configuration, origins);

function sent(change: Partial<SimulatedRequest>): Simulation {
  const request: SimulatedRequest = { method: "GET", path: "/", host: "x", scheme: "http", headers: [], sourceIp: "127.0.0.1", port: undefined, runtime: new Map(), random: 3n, ...change };
  return simulators.run(request, simulators.entrance(request, { listener: undefined, routeTable: undefined })).simulation;
}

const did = (simulation: Simulation): string[] => simulation.filters.map((filter) => `${filter.name} ${filter.did}`);

describe("filters", () => {
  test("that look at nothing but the request are run, and what they change is told; the others are named", () => {
    const simulation = sent({});
    expect(did(simulation)).toEqual(["cors passed", "mutate passed", "jwt not run"]);
    expect(simulation.request_headers[0]).toEqual({ op: "set", name: "x-tenant", value: "gold", level: "filter mutate" });
    expect(simulation.filters[0]).toMatchObject({ file: "b.yaml", overrides: [{ level: "virtual host", type: "envoy.extensions.filters.http.cors.v3.CorsPolicy", config: { allow_methods: "GET" } }] });
  });

  test("may answer before the router does", () => {
    const simulation = sent({ method: "OPTIONS", headers: [["origin", "https://a.example"], ["access-control-request-method", "GET"]] });
    expect(simulation.result).toEqual({ kind: "rejected", status: 200, reason: "filter cors answers (cors_response)" });
    expect(did(simulation)).toEqual(["cors answered", "mutate not reached", "jwt not reached"]);
  });

  test("do not change the route by what they write, unless they have it chosen anew", () => {
    const { result, route } = sent({ path: "/plain" });
    expect([result, route?.name]).toEqual([{ kind: "forward", cluster: "one" }, "mirrored"]);
  });

  test("are switched off by routes", () => {
    const simulation = sent({ path: "/off" });
    expect(did(simulation)).toEqual(["cors passed", "mutate disabled", "jwt not run"]);
    expect(simulation.request_headers.some(({ name }) => name === "x-tenant")).toBe(false);
  });
});

describe("what a forwarded request meets", () => {
  test("its only host, or how one of several is chosen", () => {
    expect(sent({}).endpoint).toEqual({ address: "10.0.0.1:80", words: "the only host" });
    expect(sent({ path: "/hash" }).endpoint).toEqual({ address: undefined, words: "one of 10.0.0.1:80, 10.0.0.2:80 by LEAST_REQUEST" });
  });

  test("its hash, where the route has a policy that finds something", () => {
    expect([sent({}).hash, sent({ path: "/hash" }).hash, sent({ path: "/hash", headers: [["x-user", "7"]] }).hash]).toEqual([undefined, undefined, "1750302349509622455"]);
  });

  test("the host that its hash leads to", () => {
    const hosts = Array.from({ length: 40 }, (_each, at) => sent({ path: "/ring", headers: [["x-user", String(at)]] }).endpoint);
    expect(new Set(hosts.map((host) => host?.address))).toEqual(new Set(["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"]));
    expect(hosts[0]?.words).toBe("by its hash (RING_HASH), one of 3");
    expect(sent({ path: "/ring" }).endpoint?.words).toBe("one of 10.0.0.1:80, 10.0.0.2:80, 10.0.0.3:80 by RING_HASH");
  });

  test("the descriptors that a rate limit filter would look up; one that lacks an entry is none", () => {
    const all = { stage: 1, entries: [{ key: "generic_key", value: "all" }], hits: 1 };
    expect(sent({ path: "/limited", headers: [["x-user", "7"]], sourceIp: "192.0.2.1" }).rate_limits).toEqual([{ stage: 0, entries: [{ key: "remote_address", value: "192.0.2.1" }, { key: "user", value: "7" }], hits: 1 }, all]);
    expect(sent({ path: "/limited" }).rate_limits).toEqual([all]);
  });

  test("copies of the request, by share and by runtime", () => {
    expect(sent({}).mirrors).toEqual([{ cluster: "copy", mirrored: true, percent: 5 }]);
    expect(sent({ random: 99n }).mirrors).toEqual([{ cluster: "copy", mirrored: false, percent: 5 }]);
    expect(sent({ random: 99n, runtime: new Map([["copied", 100]]) }).mirrors).toEqual([{ cluster: "copy", mirrored: true, percent: 100 }]);
  });
});
