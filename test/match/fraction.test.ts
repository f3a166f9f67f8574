import { expect, test } from "vitest";
import { FractionCondition } from "../../src/match/fraction.ts";
import { request } from "../support/route-tables.ts";

const condition = new FractionCondition({}, { runtime_key: "k", default_value: { numerator: 50, denominator: "TEN_THOUSAND" } });
const matches = (random: bigint, value?: number | object): boolean => condition.matches(request([], { random, runtime: { get: (key) => (key === "k" ? value : undefined) } }));

test("a share of requests matches, by their random value", () => {
  expect(matches(49n)).toBe(true);
  expect(matches(50n)).toBe(false);
  expect(matches(10_049n)).toBe(true);
});

test("runtime replaces the share: a number is a percentage", () => {
  expect(matches(50n, 51)).toBe(true);
  expect(matches(51n, 51)).toBe(false);
  expect(matches(99n, 200)).toBe(true);
  expect(matches(1n, { numerator: 2, denominator: "MILLION" })).toBe(true);
  expect(matches(2n, { numerator: 2, denominator: "MILLION" })).toBe(false);
  expect([matches(50n, 51.9), matches(51n, 51.9)]).toEqual([true, false]);
});

test("what is no share leaves the configured one", () => {
  for (const value of [-1, { numerator: 100, denominator: "NONE" }, { numerator: 100, denominator: 1 }, { numerator: 100, other: 1 }, 2 ** 65]) expect([matches(49n, value), matches(50n, value)]).toEqual([true, false]);
  expect([matches(0n, {}), matches(0n, { numerator: "100" })]).toEqual([false, false]);
});
