import { expect, test } from "vitest";
import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import { gatherScopes } from "../../src/resources/gather-scopes.ts";
import { INLINE } from "../../src/resources/lift-route-tables.ts";
import type { ScopedRouteConfiguration } from "../../src/schema/generated/envoy/config/route/v3.ts";

function gathered(...scopes: ScopedRouteConfiguration[]) {
  const origins = new Origins();
  const findings = new Findings(origins, { disabled: new Set() });
  const { resources, wanted } = gatherScopes(scopes, { name: "R", file: "scopes.yaml", tables: "tables.yaml", statPrefix: "h" }, origins, findings);
  return { resources, wanted, messages: findings.resolve().map(({ message }) => message) };
}

const key = (text: string) => ({ fragments: [{ string_key: text }] });
const named = (name: string, at: string): ScopedRouteConfiguration => ({ name, key: key(at), route_configuration_name: "t" });

test("scopes are one resource, tables that they bring are others, and those that they name are wanted", () => {
  const { resources, wanted, messages } = gathered(named("a", "1"), { name: "b", key: key("2"), route_configuration: { name: "own" } });
  expect(messages).toEqual([]);
  expect(resources.map(({ type, name }) => [type, name.startsWith(INLINE)])).toEqual([["route", true], ["scopes", false]]);
  const [own, all] = resources;
  expect(all?.message).toEqual({ scoped_route_configurations: [named("a", "1"), { name: "b", key: key("2"), route_configuration_name: own?.name }] });
  expect(wanted).toMatchObject([{ type: "route", name: "t", file: "tables.yaml" }]);
});

test.each([
  ["two of one name", [named("a", "1"), named("a", "2")], "there is already a scope named 'a'"],
  ["two with one key", [named("a", "1"), named("b", "1")], "the scope 'b' has the key of 'a'"],
  ["one without a table", [{ name: "a", key: key("1") }], "the scope 'a' has no route table: route_configuration_name is empty"],
] as const)("refused: %s", (_what, scopes, message) => {
  expect(gathered(...scopes).messages).toEqual([message]);
});
