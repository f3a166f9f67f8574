import { expect, test } from "vitest";
import { streamNumber } from "../../src/tools/router-check-coverage.ts";

test("numbers are printed as C++ streams do", () => {
  expect([100, 200 / 3, 0, 1e-5, 1234567, Number.NaN, Infinity].map(streamNumber)).toEqual(["100", "66.6667", "0", "1e-05", "1.23457e+06", "-nan", "inf"]);
});
