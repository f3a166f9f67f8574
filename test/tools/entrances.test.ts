import { describe, expect, test } from "vitest";
import { Origins } from "../../src/diagnostics/origins.ts";
import { Findings } from "../../src/diagnostics/findings.ts";
import { ipAddress } from "../../src/platform/address.ts";
import { loadForSimulation } from "../../src/tools/simulate-load.ts";
import type { SimulatedRequest } from "../../src/tools/simulated-request.ts";
import { Simulators } from "../../src/tools/simulators.ts";
import type { Simulation } from "../../src/tools/simulation.ts";

const manager = (table: string): string => `{ name: hcm, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, stat_prefix: x, route_config: { name: ${table}, virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: ${table} } }] }] } } }`;
const chain = (table: string, match = ""): string => `{ name: chain-${table}, ${match === "" ? "" : `filter_chain_match: { ${match} }, `}filters: [${manager(table)}] }`;
const TLS = '{ name: tls, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector } }';
const HTTP = '{ name: http, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.listener.http_inspector.v3.HttpInspector } }';
const TCP = '{ name: tcp, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: bytes } }';

function listener(name: string, address: string, port: number, rest: string, ...chains: string[]): string {
  return `    - { name: ${name}, address: { socket_address: { address: "${address}", port_value: ${port} } }, ${rest}filter_chains: [${chains.join(", ")}] }\n`;
}

const REQUEST: SimulatedRequest = { method: "GET", path: "/", host: "a.example", scheme: "http", headers: [], sourceIp: "192.0.2.1", port: undefined, runtime: new Map(), random: 0n };

function simulators(...listeners: string[]): Simulators {
  const origins = new Origins();
  const text = `dynamic_resources: { cds_config: { ads: {} } }\nstatic_resources:\n  listeners:\n${listeners.join("")}`;
  const configuration = loadForSimulation({ name: "b.yaml", bytes: new TextEncoder().encode(text) }, { origins, diagnostics: new Findings(origins) });
  if (configuration === undefined) throw new Error("the configuration was not read");
  return new Simulators(configuration, origins);
}

function sent(to: Simulators, change: Partial<SimulatedRequest>, named: { listener?: string; routeTable?: string } = {}): Simulation {
  const request = { ...REQUEST, ...change };
  return to.run(request, to.entrance(request, { listener: named.listener, routeTable: named.routeTable })).simulation;
}

/** Where it went, in a word. */
function went(to: Simulators, change: Partial<SimulatedRequest>, named: { listener?: string; routeTable?: string } = {}): string {
  const { result } = sent(to, change, named);
  return result.kind === "forward" || result.kind === "tcp" ? result.cluster : "reason" in result ? result.reason : result.kind;
}

describe("the listener is chosen", () => {
  const three = simulators(listener("plain", "0.0.0.0", 80, "", chain("plain")), listener("own", "10.0.0.1", 80, "", chain("own")), listener("six", "::", 81, "", chain("six")));

  test("by the address, an exact one before one for all addresses of its family", () => {
    expect(went(three, { dest: ipAddress("10.0.0.1", 80) })).toBe("own");
    expect(went(three, { dest: ipAddress("10.0.0.2", 80) })).toBe("plain");
    expect(went(three, { dest: ipAddress("2001:db8::1", 81) })).toBe("six");
    expect(went(three, { dest: ipAddress("10.0.0.1", 81) })).toMatch(/^no listener listens on 10\.0\.0\.1:81; there are "plain"/);
    expect(went(three, { dest: ipAddress("", 81) })).toBe("six");
  });

  test("by its name, or by the URL's port, or it is the first that fits, which is said", () => {
    expect(went(three, {}, { listener: "six" })).toBe("six");
    expect(went(three, { port: 81 })).toBe("six");
    expect(sent(three, { port: 8080 }).notes[0]).toContain('listener "plain" is taken, the first of 3 that fit');
    expect(three.entrance(REQUEST, { listener: "none", routeTable: undefined })).toMatchObject({ kind: "unknown", reason: expect.stringContaining('there is no listener "none"') as unknown });
  });

  test("by TLS where nothing else tells them apart", () => {
    const socket = ', transport_socket: { name: t, typed_config: { "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext } }';
    const two = simulators(listener("a", "0.0.0.0", 8080, "", chain("plain")), listener("b", "0.0.0.0", 8443, "", chain("secure").replace(/ }$/, `${socket} }`)));
    expect([went(two, {}), went(two, { scheme: "https" })]).toEqual(["plain", "secure"]);
  });

  test("that is not bound only by way of one with use_original_dst, which keeps what nobody wants", () => {
    const mesh = [listener("catcher", "0.0.0.0", 15_001, "use_original_dst: true, ", chain("rest")), listener("hidden", "10.0.0.9", 80, "bind_to_port: false, ", chain("hidden"))];
    expect(went(simulators(...mesh), { dest: ipAddress("10.0.0.9", 80) })).toBe("hidden");
    expect(went(simulators(...mesh), { dest: ipAddress("10.9.9.9", 80) })).toBe("rest");
    expect(went(simulators(mesh[1] ?? ""), { dest: ipAddress("10.0.0.9", 80) })).toContain("no listener listens on");
  });

  test("not at all when a route table is named", () => {
    expect(went(three, { dest: ipAddress("1.1.1.1", 1) }, { routeTable: "own" })).toBe("own");
    expect(three.entrance(REQUEST, { listener: undefined, routeTable: "none" })).toMatchObject({ kind: "unknown", reason: expect.stringContaining("no route table fits") as unknown });
  });
});

describe("the filter chain is chosen", () => {
  const names = [chain("one", "server_names: [one.example]"), chain("h2", 'server_names: [two.example], application_protocols: [h2]'), `{ name: bytes, filter_chain_match: { server_names: [db.example] }, filters: [${TCP}] }`];
  const edge = simulators(listener("edge", "0.0.0.0", 443, `listener_filters: [${TLS}], `, ...names));

  test("by the name and the protocols of TLS, as tls_inspector sees them", () => {
    expect(went(edge, { scheme: "https", host: "one.example:443" })).toBe("one");
    expect(went(edge, { scheme: "https", host: "other.example", sni: "ONE.example" })).toBe("one");
    expect(went(edge, { scheme: "https", host: "two.example", alpn: ["h2"] })).toBe("h2");
    expect(sent(edge, { scheme: "https", host: "two.example" })).toMatchObject({ result: { kind: "closed" }, notes: [expect.stringContaining("--alpn h2,http/1.1")] });
  });

  test("and its steps, and why the others were not, are told", () => {
    expect(sent(edge, { scheme: "https", host: "one.example" }).filter_chain).toMatchObject({
      name: "chain-one", file: "b.yaml", by_default: false, steps: [{ field: "server_names", value: "one.example", taken: "one.example" }],
      others: [{ name: "chain-h2", field: "server_names" }, { name: "bytes", field: "server_names" }],
    });
  });

  test("one that forwards bytes is an answer; without any the connection is closed", () => {
    expect(sent(edge, { scheme: "https", host: "db.example" }).result).toEqual({ kind: "tcp", cluster: "bytes" });
    expect(went(edge, { scheme: "https", host: "none.example" })).toContain("no filter chain matches");
  });

  test("blindly without tls_inspector, which is said", () => {
    const blind = simulators(listener("edge", "0.0.0.0", 443, "", chain("one", "server_names: [one.example]"), chain("any")));
    expect(sent(blind, { scheme: "https", host: "one.example" })).toMatchObject({ result: { cluster: "any" }, notes: [expect.stringContaining("no tls_inspector"), expect.anything()] });
  });

  test("by what http_inspector finds in plain text, by address and by source", () => {
    const plain = simulators(listener("l", "0.0.0.0", 80, `listener_filters: [${HTTP}], `, chain("http", "application_protocols: [http/1.1]"), chain("near", "source_prefix_ranges: [{ address_prefix: 10.0.0.0, prefix_len: 8 }], application_protocols: [http/1.1]")));
    expect(went(plain, {})).toBe("http");
    expect(went(plain, { sourceIp: "10.1.1.1" })).toBe("near");
    const dest = simulators(listener("l", "0.0.0.0", 80, "", chain("ten", "prefix_ranges: [{ address_prefix: 10.0.0.0, prefix_len: 8 }]"), chain("rest")));
    expect([went(dest, { dest: ipAddress("10.1.1.1", 80) }), went(dest, { dest: ipAddress("11.1.1.1", 80) })]).toEqual(["ten", "rest"]);
  });
});

test("a table that comes by RDS and is not there is named", () => {
  const rds = manager("x").replace(/route_config: .*/, "rds: { route_config_name: far, config_source: { ads: {} } } } }");
  expect(went(simulators(listener("l", "0.0.0.0", 80, "", `{ filters: [${rds}] }`)), {})).toBe('the route table "far" comes by RDS and is not in the file');
});

describe("scoped routes", () => {
  const scope = (name: string, key: string): string => `{ name: ${name}, key: { fragments: [{ string_key: ${key} }] }, route_configuration: { name: table-${name}, virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: ${name} } }] }] } }`;
  const scoped = manager("x").replace(/route_config: .*/, `scoped_routes: { name: s, scope_key_builder: { fragments: [{ header_value_extractor: { name: x-tenant, index: 0 } }] }, scoped_route_configurations_list: { scoped_route_configurations: [${scope("gold", "g")}, ${scope("silver", "s")}] } } } }`);
  const tenants = simulators(listener("l", "0.0.0.0", 80, "", `{ filters: [${scoped}] }`));

  test("lead to the table whose key the headers make, and the scope is told", () => {
    expect([went(tenants, { headers: [["x-tenant", "g"]] }), went(tenants, { headers: [["x-tenant", "s"]] })]).toEqual(["gold", "silver"]);
    expect(sent(tenants, { headers: [["x-tenant", "s"]] })).toMatchObject({ scope: { name: "silver", file: "b.yaml" }, route_table: { name: "table-silver" } });
  });

  test("without a scope the answer is 404, and why", () => {
    expect(sent(tenants, { headers: [["x-tenant", "b"]] }).result).toEqual({ kind: "no_route", status: 404, reason: 'no scope has the key ["b"]' });
    expect(sent(tenants, {}).result).toMatchObject({ status: 404, reason: "the request lacks what its scope is found by" });
  });
});

describe("an absolute-form target, as it comes over the wire", () => {
  const table = (fields: string): Simulators => simulators(listener("l", "0.0.0.0", 80, "", `{ filters: [${manager("t").replace("stat_prefix: x", `stat_prefix: x, ${fields}`)}] }`));
  const asked = (target: string, fields: string): unknown => {
    const { result } = sent(table(fields), { target, path: target });
    return "status" in result ? [result.status, result.kind] : result.kind;
  };

  test.each([
    ["https://b.example/x", "use_remote_address: true", [403, "rejected"]], ["ftp://b.example/x", "codec_type: AUTO", [400, "rejected"]], ["http://[::1/x", "codec_type: AUTO", [400, "rejected"]],
    ["http://b.example/x", "http_protocol_options: { allow_absolute_url: false }", [404, "rejected"]],
  ])("%s with %s", (target, fields, expected) => {
    expect(asked(target, fields)).toEqual(expected);
  });

  test("overrules host and path", () => {
    const found = sent(table("codec_type: AUTO"), { target: "http://b.example:81/x?y", path: "http://b.example:81/x?y" });
    expect(found.result.kind).toBe("forward");
    expect(JSON.stringify(found)).toContain("b.example:81");
  });
});
