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
