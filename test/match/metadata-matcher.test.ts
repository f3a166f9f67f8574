import { expect, test } from "vitest";
import { MetadataCondition } from "../../src/match/metadata-matcher.ts";
import type { ValueMatcher } from "../../src/schema/generated/envoy/type/matcher/v3.ts";
import { request } from "../support/route-tables.ts";

const metadata = { f: { s: "text", n: 2.5, b: true, list: ["a", 1], nothing: null, deep: { k: "v" } } };
const matches = (key: string, value: ValueMatcher, invert = false): boolean =>
  new MetadataCondition({ filter: "f", path: key.split(".").map((part) => ({ key: part })), value, invert }, { report: () => undefined }).matches(request([], { metadata }));

test("values of every kind are matched", () => {
  expect(matches("s", { string_match: { prefix: "te" } })).toBe(true);
  expect(matches("deep.k", { string_match: { exact: "v" } })).toBe(true);
  expect(matches("n", { double_match: { exact: 2.5 } })).toBe(true);
  expect(matches("n", { double_match: { range: { start: 2.5, end: 3 } } })).toBe(true);
  expect(matches("n", { double_match: { range: { start: 0, end: 2.5 } } })).toBe(false);
  expect(matches("b", { bool_match: true })).toBe(true);
  expect(matches("nothing", { null_match: {} })).toBe(true);
  expect(matches("list", { list_match: { one_of: { double_match: { exact: 1 } } } })).toBe(true);
  expect(matches("s", { or_match: { value_matchers: [{ bool_match: true }, { present_match: true }] } })).toBe(true);
});

test("an absent value matches nothing, so only an inverted matcher matches it", () => {
  expect(matches("x", { null_match: {} })).toBe(false);
  expect(matches("x", { present_match: true })).toBe(false);
  expect(matches("s", { present_match: false })).toBe(false);
  expect(matches("x", { present_match: true }, true)).toBe(true);
});
