import { describe, expect, it } from "vitest";
import { textDistance } from "../../src/base/text-distance.ts";

describe("textDistance", () => {
  it.each([
    ["", "", 0], ["abc", "abc", 0], ["abc", "abd", 1], ["abc", "ab", 1], ["abc", "acb", 1], ["", "abc", 3], ["kitten", "sitting", 3],
  ])("of %j and %j is %i", (a, b, distance) => {
    expect(textDistance(a, b)).toBe(distance);
    expect(textDistance(b, a)).toBe(distance);
  });

  it("gives up one beyond the limit", () => {
    expect(textDistance("kitten", "sitting", 2)).toBe(3);
    expect(textDistance("a", "abcdefgh", 2)).toBe(3);
    expect(textDistance("kitten", "sitting", 3)).toBe(3);
  });
});
