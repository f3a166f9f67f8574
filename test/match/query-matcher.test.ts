import { expect, test } from "vitest";
import { firstQueryValue, QueryCondition } from "../../src/match/query-matcher.ts";
import { get } from "../support/route-tables.ts";

const silent = { report: (): void => undefined };

test("the first value of a parameter counts, undecoded", () => {
  expect(firstQueryValue("/?a=1&a=2", "a")).toBe("1");
  expect(firstQueryValue("/?aa=1&a", "a")).toBe("");
  expect(firstQueryValue("/?a=%41+b", "a")).toBe("%41+b");
  expect(firstQueryValue("/?a=b=c#d", "a")).toBe("b=c#d");
  expect(firstQueryValue("/a=1", "a")).toBeNull();
  expect(firstQueryValue("/?A=1", "a")).toBeNull();
  expect(firstQueryValue("/?x&&a=?", "a")).toBe("?");
});

test("presence, absence and value are asked for", () => {
  const matches = (config: object, path: string): boolean => new QueryCondition({ name: "a", ...config }, silent).matches(get("h", path));
  expect(matches({}, "/?a")).toBe(true);
  expect(matches({ present_match: false }, "/?b")).toBe(true);
  expect(matches({ present_match: false }, "/?a")).toBe(false);
  expect(matches({ string_match: { exact: "1" } }, "/?a=1")).toBe(true);
  expect(matches({ string_match: { exact: "" } }, "/")).toBe(false);
});
