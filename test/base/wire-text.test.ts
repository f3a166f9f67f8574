import { expect, test } from "vitest";
import { asciiLower, fromWire, toWire } from "../../src/base/wire-text.ts";

test("text goes to the wire as UTF-8 bytes and comes back", () => {
  expect(toWire("aé€")).toBe("a\xc3\xa9\xe2\x82\xac");
  expect(fromWire(toWire("aé€"))).toBe("aé€");
  expect(toWire("plain")).toBe("plain");
});

test("only ASCII letters are lower-cased", () => {
  expect(asciiLower("ABc\xc9")).toBe("abc\xc9");
});
