import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { headerValue, latin1, latin1Again, writeLatin1 } from "../../src/http/latin1.ts";

test("bytes above 0x7f stay one char each, both ways", () => {
  const b = Buffer.alloc(8);
  expect(writeLatin1(b, "a\xe9\xff", 2)).toBe(5);
  expect([...b]).toEqual([0, 0, 0x61, 0xe9, 0xff, 0, 0, 0]);
  expect(latin1(b, 2, 5)).toBe("a\xe9\xff");
});

test("text becomes its UTF-8 bytes", () => {
  expect(headerValue("plain")).toBe("plain");
  expect(headerValue("é€")).toBe("\xc3\xa9\xe2\x82\xac");
});

test("long and short text is written alike", () => {
  const b = Buffer.alloc(64, 0x2e);
  for (const length of [0, 1, 16, 17, 40]) {
    const text = "\xe9".repeat(length);
    expect(writeLatin1(b, text, 3)).toBe(3 + length);
    expect(latin1(b, 3, 3 + length)).toBe(text);
  }
});

test("what was said before comes back as the same string, what is new as its own", () => {
  const b = Buffer.from("a.test b.test a.tes\xe9", "latin1");
  expect([latin1Again(b, 0, 6, "a.test"), latin1Again(b, 7, 13, "a.test"), latin1Again(b, 14, 20, "a.test"), latin1Again(b, 0, 0, "a.test")])
    .toEqual(["a.test", "b.test", "a.tes\xe9", ""]);
});
