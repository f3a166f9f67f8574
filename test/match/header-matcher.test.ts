import { describe, expect, test } from "vitest";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { compileHeaderMatcher } from "../../src/match/header-matcher.ts";
import type { HeaderMatcher } from "../../src/schema/generated/envoy/config/route/v3.ts";
import { request } from "../support/route-tables.ts";

const silent = { report: (): void => undefined };
const test1 = (config: HeaderMatcher, ...values: string[]): boolean =>
  compileHeaderMatcher({ name: "X-A", ...config }, silent).test(HeaderBlock.of(values.map((value) => ["x-a", value] as const)));

describe("a header matcher", () => {
  test("does not match a missing header, not even inverted", () => {
    expect(test1({ string_match: { exact: "a" } })).toBe(false);
    expect(test1({ string_match: { exact: "a" }, invert_match: true })).toBe(false);
  });

  test("takes a missing header for an empty one if told to", () => {
    expect(test1({ string_match: { exact: "" }, treat_missing_header_as_empty: true })).toBe(true);
    expect(test1({ string_match: { exact: "a" }, treat_missing_header_as_empty: true, invert_match: true })).toBe(true);
    expect(test1({ present_match: true, treat_missing_header_as_empty: true })).toBe(true);
  });

  test("asks for presence or absence", () => {
    expect([test1({}), test1({}, "v")]).toEqual([false, true]);
    expect([test1({ present_match: false }), test1({ present_match: false }, "v")]).toEqual([true, false]);
    expect([test1({ present_match: true, invert_match: true }), test1({ present_match: true, invert_match: true }, "v")]).toEqual([true, false]);
  });

  test("matches repeated lines one by one", () => {
    expect(test1({ string_match: { exact: "b" } }, "a", "b")).toBe(true);
    expect(test1({ string_match: { exact: "a,b" } }, "a", "b")).toBe(false);
    expect(test1({ string_match: { exact: "b" }, invert_match: true }, "a", "b")).toBe(false);
    expect(test1({ string_match: { exact: "c" }, invert_match: true }, "a", "b")).toBe(true);
  });

  test("knows every kind of value", () => {
    expect(test1({ string_match: { prefix: "AB", ignore_case: true } }, "abc")).toBe(true);
    expect(test1({ string_match: { suffix: "bc" } }, "abc")).toBe(true);
    expect(test1({ string_match: { contains: "B", ignore_case: true } }, "abc")).toBe(true);
    expect(test1({ string_match: { safe_regex: { regex: "a.c" } } }, "abc")).toBe(true);
    expect(test1({ safe_regex_match: { regex: "a" } }, "ab")).toBe(false);
    expect(test1({ exact_match: "" }, "anything")).toBe(true);
    expect(test1({ string_match: { exact: "" } }, "anything")).toBe(false);
    expect(test1({ string_match: { exact: "é" } }, "\xc3\xa9")).toBe(true);
  });

  test("compares numbers half open, the whole value", () => {
    const range = { range_match: { start: -5, end: 10 } };
    expect(["-5", "9", "10", "-6", "9x", "", "1.0", "99999999999999999999"].map((value) => test1(range, value))).toEqual([true, true, false, false, false, false, false, false]);
  });

  test("says what it wants and what it found", () => {
    const condition = compileHeaderMatcher({ name: "x-env", string_match: { exact: "prod" } }, silent);
    expect(condition.describe()).toBe('header x-env is exactly "prod"');
    expect(condition.whyNot(request([["x-env", "dev"]]))).toBe('header x-env is "dev"');
    expect(condition.whyNot(request([]))).toBe("header x-env is absent");
  });

  test("reports a bad regex at its place, and then matches nothing", () => {
    const codes: string[] = [];
    const condition = compileHeaderMatcher({ name: "a", string_match: { safe_regex: { regex: "(" } } }, { report: ({ code, key }) => codes.push(`${code} ${key}`) });
    expect(codes).toEqual(["LGT0503 regex"]);
    expect(condition.test(HeaderBlock.of([["a", "("]]))).toBe(false);
  });
});
