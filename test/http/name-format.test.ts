import { expect, test } from "vitest";
import { OriginalNames, PROPER_CASE } from "../../src/http/name-format.ts";

test("words in proper case", () => {
  expect(["etag", "x-a1b-c", "x_y", "1st", "-a"].map((name) => PROPER_CASE.format(name))).toEqual(["Etag", "X-A1b-C", "X_Y", "1st", "-A"]);
});

test("names as they came, the first spelling of each, others as asked", () => {
  for (const [others, added] of [[undefined, "x-added"], [PROPER_CASE, "X-Added"]] as const) {
    const names = new OriginalNames(others);
    for (const name of ["HOST", "x-AB", "X-ab"]) names.remember(name);
    expect(["host", "x-ab", "x-added"].map((name) => names.format(name))).toEqual(["HOST", "x-AB", added]);
  }
});
