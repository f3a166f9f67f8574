import { expect, test } from "vitest";
import { finalValues, Runtime, runtimeLayersOf } from "../../src/resources/runtime.ts";

const layers = runtimeLayersOf({
  layered_runtime: {
    layers: [
      { name: "one", static_layer: { "a.b": 1, a: { c: { d: true } }, share: { numerator: 5, denominator: "MILLION" }, text: "yes", number: "12.5" } },
      { name: "two", static_layer: { a: { b: 2 }, none: {} } },
      { name: "three", admin_layer: {} },
    ],
  },
});

test("keys are dotted paths, fractions are values", () => {
  expect(layers.map(({ name, values }) => [name, ...values.keys()])).toEqual([["one", "a.b", "a.c.d", "share", "text", "number"], ["two", "a.b", "none"], ["three"]]);
});

test("later layers win, and a text that is a number is one", () => {
  const values = finalValues(layers);
  expect(values).toEqual({ "a.b": 2, "a.c.d": true, share: { numerator: 5, denominator: "MILLION" }, text: "yes", number: 12.5, none: {} });
  const runtime = new Runtime(JSON.parse(JSON.stringify(values)) as typeof values);
  expect([runtime.get("a.b"), runtime.get("gone")]).toEqual([2, undefined]);
});

test("without layers there is nothing", () => {
  expect(runtimeLayersOf({})).toEqual([]);
});
