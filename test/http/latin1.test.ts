import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { headerValue, latin1, writeLatin1 } from "../../src/http/latin1.ts";

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
