import { expect, test } from "vitest";
import { holdsInOrder, payloadBytes } from "../../../src/server/health/payload.ts";

test("a payload's text is hexadecimal in either case, its binary base64", () => {
  expect(payloadBytes({ text: "6869Ff" })).toEqual(Buffer.from([0x68, 0x69, 0xff]));
  expect(payloadBytes({ binary: "aGk=" })?.toString()).toBe("hi");
  expect(["6", "zz", "", "68 69", "686"].map((text) => payloadBytes({ text }))).toEqual([null, null, null, null, null]);
});

test("pieces are found in order, with anything around them", () => {
  const holds = (...pieces: string[]): boolean => holdsInOrder(pieces.map((piece) => Buffer.from(piece)), Buffer.from("abcabd"));
  expect([holds(), holds("a"), holds("ab", "ab"), holds("abd"), holds("bc", "d")]).toEqual([true, true, true, true, true]);
  expect([holds("ab", "ab", "ab"), holds("abd", "abc"), holds("x")]).toEqual([false, false, false]);
});
