import { expect, test } from "vitest";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { compileScopes, Scopes, scopeKey, ScopeSet, scopesResource } from "../../src/router/scoped-routes.ts";
import { openRouteTable } from "../../src/router/route-table.ts";
import { MessageTable } from "../../src/router/table-source.ts";
import type { ScopedRoutes } from "../../src/schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";

type Extractor = NonNullable<NonNullable<NonNullable<ScopedRoutes["scope_key_builder"]>["fragments"]>[number]["header_value_extractor"]>;

function keyFor(extractors: readonly Extractor[], ...headers: (readonly [string, string])[]): string | undefined {
  return scopeKey(compileScopes({ scope_key_builder: { fragments: extractors.map((header_value_extractor) => ({ header_value_extractor })) } }), HeaderBlock.of(headers));
}

test("a fragment is an element of the header's first line, by its place", () => {
  const second: Extractor = { name: "x-zone", element_separator: ",", index: 1 };
  expect(keyFor([second], ["x-zone", "a,b,c"], ["x-zone", "q,r"])).toBe('["b"]');
  expect(keyFor([second], ["x-zone", "a"])).toBeUndefined();
  expect(keyFor([{ name: "X-Zone", index: 0 }], ["x-zone", "a,b"])).toBe('["a,b"]');
});

test("or by its key, what follows the first separator of the first element with that key", () => {
  const named: Extractor = { name: "x-scope", element_separator: ";", element: { separator: "=", key: "k" } };
  expect(keyFor([named], ["x-scope", "j=1;k=2=3;k=4"])).toBe('["2=3"]');
  expect(keyFor([named], ["x-scope", "k;k=4"])).toBe('[""]');
  expect(keyFor([named], ["x-scope", " k=4"])).toBeUndefined();
});

test("a request that lacks one fragment has no key, and keys do not run into each other", () => {
  const two: Extractor[] = [{ name: "a", index: 0 }, { name: "b", index: 0 }];
  expect(keyFor(two, ["a", "1"])).toBeUndefined();
  expect(keyFor(two, ["a", "1"], ["b", "23"])).not.toBe(keyFor(two, ["a", "12"], ["b", "3"]));
});

test("of two scopes with one key the later counts", () => {
  const scope = (name: string) => ({ name, key: { fragments: [{ string_key: "x" }] }, route_configuration_name: name });
  const plan = compileScopes({ scoped_route_configurations_list: { scoped_route_configurations: [scope("one"), scope("two")] } });
  expect([...plan.tables]).toEqual([['["x"]', "two"]]);
});

const DISCOVERED: ScopedRoutes = {
  name: "s", scope_key_builder: { fragments: [{ header_value_extractor: { name: "x-s", index: 0 } }] },
  scoped_rds: { scoped_rds_config_source: { path_config_source: { path: "/scopes" } } }, rds_config_source: { path_config_source: { path: "/tables" } },
};

function discoveredScopes(asks: boolean): { readonly nameFor: (key: string) => string | undefined; readonly set: (key: string, onDemand?: boolean) => void } {
  let current: ScopeSet | null = null;
  const table = openRouteTable(new MessageTable({ name: "t" }));
  const scopes = new Scopes(compileScopes(DISCOVERED), { handle: (name) => ({ table: () => (name === scopesResource(DISCOVERED) ? current : name === "t" ? table : null) }) }, asks);
  return {
    nameFor: (key) => scopes.tableFor(HeaderBlock.of([["x-s", key]]))?.level.message.name,
    set: (key, onDemand = false) => { current = new ScopeSet([{ name: "one", key: { fragments: [{ string_key: key }] }, route_configuration_name: "t", on_demand: onDemand }]); },
  };
}

test("discovered scopes are those of the moment", () => {
  const { nameFor, set } = discoveredScopes(false);
  expect(nameFor("a")).toBeUndefined();
  set("a");
  expect([nameFor("a"), nameFor("b")]).toEqual(["t", undefined]);
  set("b");
  expect([nameFor("a"), nameFor("b")]).toEqual([undefined, "t"]);
});

test("a scope on demand is there where the filter that asks for it is", () => {
  for (const asks of [true, false]) {
    const { nameFor, set } = discoveredScopes(asks);
    set("a", true);
    expect(nameFor("a")).toBe(asks ? "t" : undefined);
  }
});

test("managers that discover the same share a resource, and one whose scopes stand in the configuration has none", () => {
  expect(scopesResource({ ...DISCOVERED, name: "other" })).toBe(scopesResource(DISCOVERED));
  expect(scopesResource({ ...DISCOVERED, rds_config_source: {} })).not.toBe(scopesResource(DISCOVERED));
  expect(scopesResource({ name: "s", scoped_route_configurations_list: {} })).toBeUndefined();
});
