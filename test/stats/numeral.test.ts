import { expect, it } from "vitest";
import { compact, exact, general, shortest } from "../../src/stats/numeral.ts";

it("exact() is C's %.32g", () => {
  expect([0.5, 3_600_000, 23379.718475705777, 0.1, 1.5e40, 1e-9, Number.NaN].map(exact)).toEqual([
    "0.5", "3600000", "23379.718475705776654649525880814", "0.10000000000000000555111512312578",
    "1.500000000000000106014195244782e+40", "1.0000000000000000622815914577799e-09", "nan",
  ]);
});

it("general() is C's %g", () => {
  expect([0.5, 10, 99.9, 3_600_000, 1_800_000, 600_000, 0.00001, 0, 123_456.7].map(general)).toEqual(["0.5", "10", "99.9", "3.6e+06", "1.8e+06", "600000", "1e-05", "0", "123457"]);
});

it("shortest() reads back as the same number", () => {
  expect([1.0333333333333334, Number.NaN, 0].map(shortest)).toEqual(["1.0333333333333334", "nan", "0"]);
});

it("compact() is C++'s to_chars: an exponent where that is shorter", () => {
  expect([0, 0.5, 10_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000, 3.05, 253.33333333333334, 1e21, 1e-7, Number.NaN].map(compact)).toEqual([
    "0", "0.5", "10000", "60000", "3e+05", "6e+05", "1800000", "3600000", "3.05", "253.33333333333334", "1e+21", "1e-07", "nan",
  ]);
});
