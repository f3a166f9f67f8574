import { expect, test } from "vitest";
import { chainName, routeTablesOf } from "../../src/tools/route-tables.ts";
import { load } from "../resources/documents.ts";

const manager = (rest: string): string => `{ filters: [{ name: hcm, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, stat_prefix: x, ${rest} } }]`;
const listener = (name: string, port: number, ...chains: string[]): string => `    - { name: ${name}, address: { socket_address: { address: 0.0.0.0, port_value: ${port} } }, filter_chains: [${chains.join(", ")}] }\n`;
const inline = (name: string, match = ""): string => `${manager(`route_config: { name: ${name} }`)}${match} }`;

const BOOTSTRAP = `static_resources:\n  listeners:\n${listener("a", 80, inline("ra"))}${listener("b", 443, inline("rb1", ", name: first, filter_chain_match: { server_names: [one.example.com] }"), inline("rb2"))}`;

test("the tables inside listeners are found with listener and chain", () => {
  const tables = routeTablesOf(load(BOOTSTRAP).document?.messages ?? []);
  expect(tables.map((t) => [t.name, t.owner?.name, t.owner === undefined || t.chain === undefined ? "" : chainName(t.owner, t.chain)])).toEqual([["ra", "a", "0"], ["rb1", "b", "first"], ["rb2", "b", "1"]]);
});

test("a listener's table by name is found among the resources; one that none uses stands alone", () => {
  const { document } = load(`resources:
  - { "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration, name: used }
  - { "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration, name: alone }
  - { "@type": type.googleapis.com/envoy.config.listener.v3.Listener, name: l, filter_chains: [${manager("rds: { route_config_name: used, config_source: { ads: {} } }")} }] }
`);
  expect(routeTablesOf(document?.messages ?? []).map((t) => [t.name, t.owner?.name])).toEqual([["used", "l"], ["alone", undefined]]);
});

const SCOPED = (filters: string): string => `resources:
  - { "@type": type.googleapis.com/envoy.config.route.v3.ScopedRouteConfiguration, name: a, key: { fragments: [{ string_key: a }] }, route_configuration: { name: own } }
  - { "@type": type.googleapis.com/envoy.config.route.v3.ScopedRouteConfiguration, name: b, key: { fragments: [{ string_key: b }] }, route_configuration_name: named, on_demand: true }
  - { "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration, name: named }
` + (filters === "" ? "" : `  - { "@type": type.googleapis.com/envoy.config.listener.v3.Listener, name: l, filter_chains: [${manager(`http_filters: [${filters}], scoped_routes: { name: s, scoped_rds: { scoped_rds_config_source: { ads: {} } } }`)} }] }\n`);
const filter = (name: string): string => `{ name: f, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.${name} } }`;

test("discovered scopes lead to the tables that they bring and name; one on demand only past the filter that asks for it", () => {
  const found = (filters: string) => routeTablesOf(load(SCOPED(filters)).document?.messages ?? []).map((t) => [t.name, t.owner?.name, t.scope?.name]);
  const router = filter("router.v3.Router");
  expect(found(router)).toEqual([["own", "l", "a"], ["named", undefined, undefined]]);
  expect(found(`${filter("on_demand.v3.OnDemand")}, ${router}`)).toEqual([["own", "l", "a"], ["named", "l", "b"]]);
  expect(found("")).toEqual([["named", undefined, undefined], ["own", undefined, undefined]]);
});
