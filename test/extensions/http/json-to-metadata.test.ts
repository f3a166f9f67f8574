import { describe, expect, test } from "vitest";
import { jsonToMetadata } from "../../../src/extensions/http/json-to-metadata.ts";
import { FilterStage } from "../../support/filter-stage.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";

const value = (text: string): object => ({ metadata_namespace: "ns", key: "k", value: text });
const CONFIG = { request_rules: { allow_empty_content_type: true, rules: [{ selectors: [{ key: "a" }, { key: "b" }], on_present: { metadata_namespace: "ns", key: "k" }, on_missing: value("missing"), on_error: value("error") }] } };

httpFilterSuite("json_to_metadata", () => ({ entry: filterEntry(jsonToMetadata, CONFIG) }));

function read(body: string, config: object = CONFIG): unknown {
  const stage = new FilterStage([filterEntry(jsonToMetadata, config)]);
  stage.send([body.slice(0, 5), body.slice(5)]);
  expect(stage.request.body).toBe(body);
  return stage.info.metadata?.["ns"]?.["k"];
}

describe("JSON bodies as metadata", () => {
  test("a value deep in the body is found; one that is missing or in the way of another kind is not", () => {
    expect([read('{"a":{"b":"x"}}'), read('{"a":{"b":1.0}}'), read('{"a":{"c":1}}'), read('{"a":[1]}'), read("[1,2,3]"), read('"text"')]).toEqual(["x", 1, "missing", "missing", "missing", "missing"]);
  });

  test("a body that is not JSON, or nested deeper than Envoy reads, is an error and goes on unchanged", () => {
    const nested = (depth: number): string => `${"[".repeat(depth)}1${"]".repeat(depth)}`;
    expect([read('{"a":'), read('{"a":01}'), read("\u0001    "), read(nested(1000)), read(nested(1001)), read("[".repeat(200_000))]).toEqual(["error", "error", "error", "missing", "error", "error"]);
  });

  test("text keeps the form of numbers", () => {
    const config = { request_rules: { ...CONFIG.request_rules, rules: [{ selectors: [{ key: "a" }], on_present: { metadata_namespace: "ns", key: "k", type: "STRING" } }] } };
    expect([read('{"a":1.0}', config), read('{"a":1}', config), read('{"a":true}', config), read('{"a":1e2}', config), read('{"a":""}  ', config)]).toEqual(["1.000000", "1", "1", "100.000000", undefined]);
  });
});
