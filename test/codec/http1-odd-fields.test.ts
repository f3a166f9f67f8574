import { expect, test } from "vitest";
import { Fields, INCOMPLETE, ODD, readFields } from "../../src/codec/http1-fields.ts";
import { findFieldsEnd, readOddFields } from "../../src/codec/http1-odd-fields.ts";
import { CLIENT_DEFAULTS } from "../../src/codec/http1-options.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { writeLines } from "../../src/http/serialise.ts";
import { bytes, headerLines } from "../support/http1-log.ts";
import { newDice } from "../support/random.ts";

function read(text: string, odd: boolean): unknown {
  const b = bytes(text);
  const block = new HeaderBlock();
  const fields = new Fields();
  block.bytes = b;
  fields.begin(0);
  const end = odd ? readOddFields(b, 0, 0, b.length, block, fields, CLIENT_DEFAULTS) : readFields(b, b.length, block, fields, CLIENT_DEFAULTS);
  const out = Buffer.alloc(4096);
  const { length, chunked, hasTransferEncoding, count, error } = fields;
  return { end, lines: headerLines(block), length, chunked, hasTransferEncoding, count, error, written: out.toString("latin1", 0, writeLines(block, out, 0)) };
}

const dice = newDice();

test(`the fast and the careful reader agree on every head that the fast one takes (LEGATE_SEED=${dice.seed})`, () => {
  const names = ["Host", "Accept", "X-A", "x-b", "COOKIE", "Content-Length", "Transfer-Encoding", "via", "X_y"];
  const values = ["", "a", " a b ", "\tc\t", "1", "12", "chunked", "Chunked", "gzip", "\xe9", "a:b,c", "\x01"];
  let taken = 0;
  for (let i = 0; i < 4000; i++) {
    const lines = Array.from({ length: dice.below(7) }, () => `${dice.pick(names)}:${dice.pick(["", " ", "  "])}${dice.pick(values)}\r\n`);
    const text = `${lines.join("")}\r\nrest`;
    const fast = read(text, false) as { end: number };
    if (fast.end === ODD) continue;
    taken++;
    expect(fast, JSON.stringify(text)).toEqual(read(text, true));
  }
  expect(taken).toBeGreaterThan(400);
});

test("the end of the lines is an empty line with either line end", () => {
  expect(findFieldsEnd(bytes("a: 1\r\n\r\nx"), 0, 9)).toBe(8);
  expect(findFieldsEnd(bytes("a: 1\n\nx"), 0, 7)).toBe(6);
  expect(findFieldsEnd(bytes("\r\n"), 0, 2)).toBe(2);
  expect(findFieldsEnd(bytes("a: 1\r\n\r"), 0, 7)).toBe(INCOMPLETE);
  expect(findFieldsEnd(bytes("x\n\ny"), 0, 2)).toBe(INCOMPLETE);
});

test("a fold joins lines, a lone CR and the line ends within a value go", () => {
  const { lines, error } = read("X-A: 1\r\n  2\r\n\t3\r\nX-B: a\rb\r\nX-C:\r\n d\r\nX-D: e\r\n \r\n\r\n", true) as { lines: string[]; error: unknown };
  expect([lines, error]).toEqual([["x-a: 1  2\t3", "x-b: ab", "x-c: d", "x-d: e"], undefined]);
});
