import { expect, test } from "vitest";
import { categoriesOf, extensionByName, extensionByType, extensionCategories, extensionsIn } from "../../src/schema/extensions.ts";
import { V3 } from "../../src/schema/table.ts";

const ROUTER = "envoy.extensions.filters.http.router.v3.Router";

test("extensions are found by type and by name within their category", () => {
  expect(extensionByType("envoy.filters.http", ROUTER)?.name).toBe("envoy.filters.http.router");
  expect(extensionByName("envoy.filters.http", "envoy.filters.http.router")?.types).toContain(ROUTER);
  expect(extensionByType("envoy.filters.network", ROUTER)).toBeUndefined();
  expect(extensionByName("envoy.filters.http", "envoy.router")?.types).toEqual([]);
});

test("a type tells in which categories it belongs", () => {
  expect(categoriesOf("envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer")).toEqual(["envoy.transport_sockets.downstream", "envoy.transport_sockets.upstream"]);
  expect(categoriesOf("envoy.config.core.v3.Address")).toEqual([]);
});

test("every configuration type of an extension is a message that Envoy is built with", () => {
  const strange = extensionCategories().flatMap((c) => extensionsIn(c)).flatMap((e) => e.types).filter((type) => V3.message(type)?.file.linked !== true);
  expect([...new Set(strange)].filter((type) => type.startsWith("envoy."))).toEqual([]);
});
