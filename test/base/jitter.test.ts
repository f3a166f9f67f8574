import { expect, test } from "vitest";
import { jitterOf, jittered } from "../../src/base/jitter.ts";

test("jitter is a share of the delay, rounded up; none without a share", () => {
  expect([jitterOf(1000, 10), jitterOf(3, 10), jitterOf(1000, undefined), jitterOf(1000, 0), jitterOf(0, 50)]).toEqual([100, 1, 0, 0, 0]);
});

test("a delay grows by less than its jitter", () => {
  expect([jittered(1000, 100, () => 99), jittered(1000, 100, () => 100), jittered(1000, 100, () => 0), jittered(1000, 0, () => 5)]).toEqual([1099, 1000, 1000, 1000]);
});
