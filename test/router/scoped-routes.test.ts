import { expect, test } from "vitest";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { compileScopes, scopeKey } from "../../src/router/scoped-routes.ts";
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
