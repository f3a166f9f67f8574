import { expect, test } from "vitest";
import { isTimeSpan, timeSpan } from "../../src/cli/time-span.ts";

test("a time is a number with a unit; seconds without one", () => {
  expect(["30s", "500ms", "2m", "1h", "3", "0.25s"].map(timeSpan)).toEqual([30_000, 500, 120_000, 3_600_000, 3000, 250]);
  expect(["", "s", "-1s", "1d", "25h", "1 s", "1e3"].map(timeSpan)).toEqual([undefined, undefined, undefined, undefined, undefined, undefined, undefined]);
});

test("a flag may ask for more than nothing", () => {
  expect([isTimeSpan(1)("0s"), isTimeSpan(0)("0s")]).toEqual(['"0s" is no time such as 500ms, 5s or 2m', undefined]);
});
