import { describe, expect, test } from "vitest";
import { routeTablesOf, tablesFor } from "../../src/tools/route-tables.ts";
import { load } from "../resources/documents.ts";

const manager = (rest: string): string => `{ filters: [{ name: hcm, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, stat_prefix: x, ${rest} } }]`;
const listener = (name: string, port: number, ...chains: string[]): string => `    - { name: ${name}, address: { socket_address: { address: 0.0.0.0, port_value: ${port} } }, filter_chains: [${chains.join(", ")}] }\n`;
const inline = (name: string, match = ""): string => `${manager(`route_config: { name: ${name} }`)}${match} }`;

const BOOTSTRAP = `static_resources:\n  listeners:\n${listener("a", 80, inline("ra"))}${listener("b", 443, inline("rb1", ", filter_chain_match: { server_names: [one.example.com, '*.wild.example'] }"), inline("rb2"))}`;
const tables = routeTablesOf(load(BOOTSTRAP).document?.messages ?? []);
const names = (aim: Partial<Parameters<typeof tablesFor>[1]>): string[] => tablesFor(tables, { listener: undefined, routeTable: undefined, port: undefined, tls: false, host: "", ...aim }).map((t) => t.name);

test("the tables inside listeners are found with listener, port and chain", () => {
  expect(tables.map((t) => [t.name, t.listener, t.port, t.filterChain])).toEqual([["ra", "a", 80, "0"], ["rb1", "b", 443, "0"], ["rb2", "b", 443, "1"]]);
});

describe("a request reaches the tables that fit what it says:", () => {
  test.each([
    ["its port", { port: 80 }, ["ra"]],
    ["the listener's name", { listener: "a" }, ["ra"]],
    ["the table's name", { routeTable: "rb2" }, ["rb2"]],
    ["port and TLS name", { port: 443, tls: true, host: "one.example.com" }, ["rb1"]],
    ["port and a wildcard of TLS names", { port: 443, tls: true, host: "x.wild.example" }, ["rb1"]],
    ["port and another TLS name", { port: 443, tls: true, host: "two.example.com" }, ["rb2"]],
    ["a name that is not there", { listener: "c" }, []],
  ])("%s", (_title, aim, expected) => {
    expect(names(aim)).toEqual(expected);
  });
});

test("a listener's table by name is found among the resources; one that none uses stands alone", () => {
  const { document } = load(`resources:
  - { "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration, name: used }
  - { "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration, name: alone }
  - { "@type": type.googleapis.com/envoy.config.listener.v3.Listener, name: l, filter_chains: [${manager("rds: { route_config_name: used, config_source: { ads: {} } }")} }] }
`);
  expect(routeTablesOf(document?.messages ?? []).map((t) => [t.name, t.listener])).toEqual([["used", "l"], ["alone", undefined]]);
});
