import { expect, test } from "vitest";
import { Registry } from "../../../src/contract/extension.ts";
import { ALL_EXTENSIONS } from "../../../src/extensions/all.ts";
import { loadConfiguration } from "../../../src/resources/configuration.ts";
import { EXTENSIONS } from "../../../src/schema/generated/extensions.ts";
import { bootstrap, cluster, forward, httpListener, table, text } from "../../support/bootstrap.ts";

const TYPE = "type.googleapis.com/";
const REGISTRY = new Registry(ALL_EXTENSIONS);
const OTHERS = EXTENSIONS.filter(([category, , config]) => category === "envoy.filters.http" && config !== undefined && REGISTRY.find("envoy.filters.http", { "@type": TYPE + config }) === undefined)
  .map(([, name, config]) => [name, config ?? ""] as const);

test("most filters of Envoy's list that are not run are known by their type", () => {
  expect(OTHERS.length).toBeGreaterThan(40);
});

test.each(OTHERS)("%s is known, and refused by serve with its place", (name, config) => {
  const http_filters = [{ name, typed_config: { "@type": TYPE + config } }, { name: "r", typed_config: { "@type": `${TYPE}envoy.extensions.filters.http.router.v3.Router` } }];
  const bytes = Buffer.from(text(bootstrap({ listeners: [httpListener("front", 8080, { route_config: table(forward("/", "u")), http_filters })], clusters: [cluster("u", 9000)] })));
  const { findings } = loadConfiguration({ file: { name: "other.yaml", bytes }, overlay: undefined }, {
    registry: REGISTRY, read: (file) => ({ name: file, problem: "does not exist" }), serviceCluster: "", nodeId: "", unknownStaticFields: "error", unknownDynamicFields: "error", unsupported: "error",
  });
  const refusal = findings.find(({ code, message }) => code === "LGT0901" && message.includes(name));
  expect([refusal?.severity, refusal?.path]).toEqual(["error", expect.stringContaining("http_filters[0]")]);
});
