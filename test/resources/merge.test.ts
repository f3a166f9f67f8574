import { expect, test } from "vitest";
import { Origins } from "../../src/diagnostics/origins.ts";
import { mergeMessages } from "../../src/resources/merge.ts";
import { BOOTSTRAP } from "../support/decoded.ts";

const merge = (base: object, over: object): object => mergeMessages(BOOTSTRAP, base, over, new Origins());

test("single fields are replaced, messages merged, lists joined, maps joined, and neither side is changed", () => {
  const base = { node: { id: "a", cluster: "c" }, static_resources: { clusters: [{ name: "one" }] }, stats_flush_interval: { seconds: 5, nanos: 0 } };
  const before = JSON.stringify(base);
  expect(merge(base, { node: { id: "b" }, static_resources: { clusters: [{ name: "two" }] }, flags_path: "/f" })).toEqual({
    node: { id: "b", cluster: "c" }, static_resources: { clusters: [{ name: "one" }, { name: "two" }] }, stats_flush_interval: { seconds: 5, nanos: 0 }, flags_path: "/f",
  });
  expect(JSON.stringify(base)).toBe(before);
});

test("nothing over something leaves it as it is, and the other way round", () => {
  expect(merge({ node: { id: "a" } }, {})).toEqual({ node: { id: "a" } });
  expect(merge({}, { node: { id: "a" } })).toEqual({ node: { id: "a" } });
});
