import { expect, test } from "vitest";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { CookieCondition, cookieValue } from "../../src/match/cookie-matcher.ts";
import { request } from "../support/route-tables.ts";

test("the first cookie of a name counts, one pair of quotes taken off", () => {
  const value = (line: string): string | null => cookieValue(HeaderBlock.of([["cookie", line]]), "s");
  expect(value("a=1; s=x; s=y")).toBe("x");
  expect(value('s="q q"')).toBe("q q");
  expect(value("s=x ; t=1")).toBe("x ");
  expect(value("s; t=1")).toBeNull();
  expect(value("ss=1")).toBeNull();
});

test("an inverted matcher matches a missing cookie", () => {
  const condition = new CookieCondition({ name: "s", string_match: { exact: "x" }, invert_match: true }, { report: () => undefined });
  expect(condition.matches(request([]))).toBe(true);
  expect(condition.matches(request([["cookie", "s=x"]]))).toBe(false);
});
