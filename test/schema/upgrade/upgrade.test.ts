import { describe, expect, test } from "vitest";
import { Origins } from "../../../src/diagnostics/origins.ts";
import type { RawMap } from "../../../src/diagnostics/raw.ts";
import { upgradeDocument } from "../../../src/schema/upgrade/upgrade.ts";
import { successorOf } from "../../../src/schema/upgrade/successors.ts";
import { RULES } from "../../../src/schema/upgrade/rules.ts";
import { V3 } from "../../../src/schema/table.ts";
import { v2 } from "../../../src/schema/v2.ts";
import { readText } from "../../support/read-text.ts";
import { load } from "../../resources/documents.ts";

const BOOTSTRAP = "envoy.config.bootstrap.v3.Bootstrap";

/** The root of a YAML text after the upgrade, and what was said. */
function upgraded(yaml: string, type = BOOTSTRAP): { root: unknown; said: string[] } | undefined {
  const result = upgradeDocument(type, readText("a.yaml", yaml).plain as RawMap, new Origins());
  return result === undefined ? undefined : { root: JSON.parse(JSON.stringify(result.root)) as unknown, said: result.changes.map((change) => change.message) };
}

const cluster = (fields: string): unknown => {
  const root = upgraded(`clusters: [{ name: a, ${fields} }]`)?.root as { static_resources: { clusters: unknown[] } };
  return root.static_resources.clusters[0];
};

const route = (fields: string): unknown => (upgraded(`{ virtual_hosts: [{ routes: [{ ${fields} }] }] }`, "envoy.config.route.v3.RouteConfiguration")?.root as { virtual_hosts: { routes: unknown[] }[] } | undefined)?.virtual_hosts[0]?.routes[0];

const socket = (address: string, port: number): object => ({ socket_address: { address, port_value: port } });

describe("a document of v3", () => {
  test("is no matter for the upgrade, whatever else is wrong with it", () => {
    expect(upgraded("static_resources: { clusters: [{ name: a, conect_timeout: 1s, typ: STATIC }] }")).toBeUndefined();
  });

  test("that names types of v3 takes words of v1 for slips", () => {
    const filter = '{ name: a, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo } }';
    expect(upgraded(`static_resources: { listeners: [{ filter_chains: [{ filters: [${filter}] }] }], clusters: [{ name: a, connect_timeout_ms: 1 }] }`)).toBeUndefined();
  });
});

describe("clusters", () => {
  test.each([
    ["hosts: [{ socket_address: { address: b, port_value: 1 } }]", socket("b", 1)],
    ['hosts: [{ url: "tcp://b:1" }]', socket("b", 1)],
    ['hosts: ["tcp://[::1]:1"]', socket("::1", 1)],
    ['hosts: [{ url: "unix:///tmp/s" }]', { pipe: { path: "/tmp/s" } }],
    ["hosts: { pipe: { path: /tmp/s } }", { pipe: { path: "/tmp/s" } }],
  ])("%s", (fields, address) => {
    expect(cluster(fields)).toEqual({ name: "a", load_assignment: { cluster_name: "a", endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] } });
  });

  test.each([
    ["lb_type: weighted_least_request", { lb_policy: "LEAST_REQUEST" }],
    ["lb_policy: ORIGINAL_DST_LB, type: ORIGINAL_DST", { lb_policy: "CLUSTER_PROVIDED", type: "ORIGINAL_DST" }],
    ["connect_timeout_ms: 250", { connect_timeout: "0.25s" }],
    ["features: http2", { http2_protocol_options: {} }],
    ["tls_context: { sni: x }", { transport_socket: { name: "envoy.transport_sockets.tls", typed_config: { "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext", sni: "x" } } }],
    ["drain_connections_on_host_removal: true", { ignore_health_on_host_removal: true }],
    ["circuit_breakers: { default: { max_connections: 1 }, high: {} }", { circuit_breakers: { thresholds: [{ priority: "DEFAULT", max_connections: 1 }, { priority: "HIGH" }] } }],
    ["type: sds, lb_type: random", { type: "EDS", lb_policy: "RANDOM", eds_cluster_config: { eds_config: { resource_api_version: "V3", ads: {} } } }],
  ])("%s", (fields, expected) => {
    expect(cluster(fields)).toEqual({ name: "a", ...expected });
  });
});

describe("routes", () => {
  test.each([
    ["timeout_ms: 0, prefix: /a, cluster: b", { match: { prefix: "/a" }, route: { cluster: "b", timeout: "0s" } }],
    ["match: { regex: '/a.*' }, route: { cluster: b, host_rewrite: c }", { match: { safe_regex: { regex: "/a.*" } }, route: { cluster: "b", host_rewrite_literal: "c" } }],
    ["match: { headers: [{ name: h, regex_match: r }] }", { match: { headers: [{ name: "h", string_match: { safe_regex: { regex: "r" } } }] } }],
    ["match: { query_parameters: [{ name: q, value: v }, { name: q, value: r, regex: true }] }", { match: { query_parameters: [{ name: "q", string_match: { exact: "v" } }, { name: "q", string_match: { safe_regex: { regex: "r" } } }] } }],
    ["route: { cors: { allow_origin: ['*', a], enabled: false } }", { route: { cors: { allow_origin_string_match: [{ safe_regex: { regex: ".*" } }, { exact: "a" }], filter_enabled: { default_value: { numerator: 0, denominator: "HUNDRED" } } } } }],
    ["route: { use_websocket: true }", { route: { upgrade_configs: [{ upgrade_type: "websocket" }] } }],
    ["per_filter_config: { envoy.buffer: { disabled: true } }", { typed_per_filter_config: { "envoy.filters.http.buffer": { "@type": "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute", disabled: true } } }],
  ])("%s", (fields, expected) => {
    expect(route(fields)).toEqual(expected);
  });
});

describe("every way in which v2 differs from v3", () => {
  /** What a person must change. */
  const LOST = new Set(["require_ocsp_staple", "max_obj_name_len", "max_stats", "max_concurrent_streams", "id_based_broker_address_rewrite_spec"]);

  test("has a rule, or is known to have no successor", () => {
    const missing: string[] = [];
    for (const name of v2().names()) {
      const type = v2().message(name);
      const next = V3.message(successorOf(name) ?? "");
      if (type === undefined || next === undefined || name.startsWith("envoy.data.") || name.startsWith("envoy.service.")) continue;
      for (const field of type.fields) {
        if (next.fields.some((candidate) => candidate.number === field.number) || LOST.has(field.name)) continue;
        if (RULES[`${name}.${field.name}`] === undefined) missing.push(`${name}.${field.name}`);
      }
    }
    expect(missing).toEqual(["envoy.api.v2.LoadBalancingPolicy.Policy.config"]);
  });
});

describe("places", () => {
  const text = `static_resources:
  clusters:
  - name: a
    connect_timeout: 1s
    hosts: [{ socket_address: { address: b, port_value: 123456 } }]
    tls_context:
      common_tls_context:
        alpn_protcols: [h2]
`;

  test("of changes and of faults are those of the text", () => {
    const { findings } = load(text);
    expect(findings.map(({ code, line, column, severity }) => `${code} ${line}:${column} ${severity}`)).toEqual([
      "LGT1101 5:5 warning", "LGT0304 5:57 error", "LGT1101 6:5 warning", "LGT0201 8:9 error",
    ]);
    expect(findings[0]?.fix).toBe("Write load_assignment: { cluster_name: a, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: b, port_value: 123456 } } } }] }] }.");
  });

  test("what has no successor is an error", () => {
    const { findings } = load("static_resources: { listeners: [{ address: tcp://1.2.3.4:5, filters: [{ name: tcp_proxy, config: { stat_prefix: a, route_config: { routes: [{ cluster: a, destination_ports: '1' }] } } }] }] }");
    expect(findings.filter(({ code }) => code === "LGT1102").map(({ severity, path }) => `${severity} ${path}`)).toEqual(["error static_resources.listeners[0].filters[0].config.route_config"]);
  });
});
