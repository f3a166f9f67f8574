import { expect, test } from "vitest";
import { Origins } from "../../src/diagnostics/origins.ts";
import { INLINE, liftRouteTables, SCOPE } from "../../src/resources/lift-route-tables.ts";
import type { Listener } from "../../src/schema/generated/envoy/config/listener/v3.ts";
import type { HttpConnectionManager } from "../../src/schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import { answer, fromFile, httpListener, table } from "../support/bootstrap.ts";

test("a table in its listener's place becomes a resource of its own, named for where it stood, and the written listener stays as it was", () => {
  const routes = table(answer("/", 200));
  const written = httpListener("l", 1, { route_config: routes }) as Listener;
  const before = JSON.stringify(written);
  const { listener, tables } = liftRouteTables(written, new Origins());
  expect(tables).toEqual([{ name: `${INLINE}l/0/0`, message: routes }]);
  expect(listener.filter_chains?.[0]?.filters?.[0]?.typed_config).toMatchObject({ stat_prefix: "l", rds: { route_config_name: `${INLINE}l/0/0` } });
  expect(JSON.stringify(listener)).not.toContain("direct_response");
  expect(JSON.stringify(written)).toBe(before);
});

test("a change of the routes alone leaves the listener the same", () => {
  const text = (status: number): string => JSON.stringify(liftRouteTables(httpListener("l", 1, { route_config: table(answer("/", status)) }) as Listener, new Origins()).listener);
  expect(text(200)).toBe(text(404));
});

test("a listener that subscribes to its table is handed back as it is", () => {
  const written = httpListener("l", 1, { rds: { route_config_name: "t", config_source: fromFile("./r.yaml") } }) as Listener;
  const { listener, tables } = liftRouteTables(written, new Origins());
  expect([listener === written, tables]).toEqual([true, []]);
});

test("the tables of scopes become resources too, and the scopes name them", () => {
  const routes = table(answer("/", 200));
  const scopes = { scope_key_builder: { fragments: [] }, scoped_route_configurations_list: { scoped_route_configurations: [{ name: "s", key: { fragments: [{ string_key: "a" }] }, route_configuration: routes }] } };
  const { listener, tables } = liftRouteTables(httpListener("l", 1, { scoped_routes: scopes }) as Listener, new Origins());
  expect(tables).toEqual([{ name: `${INLINE}l/0/0${SCOPE}0`, message: routes }]);
  const manager = listener.filter_chains?.[0]?.filters?.[0]?.typed_config as HttpConnectionManager | undefined;
  const [scope] = manager?.scoped_routes?.scoped_route_configurations_list?.scoped_route_configurations ?? [];
  expect(scope).toEqual({ name: "s", key: { fragments: [{ string_key: "a" }] }, route_configuration_name: `${INLINE}l/0/0${SCOPE}0` });
});
