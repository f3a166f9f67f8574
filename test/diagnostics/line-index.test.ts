import { describe, expect, it } from "vitest";
import { LineIndex } from "../../src/diagnostics/line-index.ts";

describe("LineIndex", () => {
  it("counts lines and columns from 1, and code points as one column", () => {
    const text = "ab\né😀x\n\nend";
    const index = new LineIndex(text);
    const at = (needle: string): [number, number] => {
      const { line, column } = index.locate(text.indexOf(needle));
      return [line, column];
    };
    expect(at("ab")).toEqual([1, 1]);
    expect(at("é")).toEqual([2, 1]);
    expect(at("x")).toEqual([2, 3]);
    expect(at("end")).toEqual([4, 1]);
    expect(index.lastLine).toBe(4);
  });

  it("ends lines at \\n, \\r\\n and \\r", () => {
    const index = new LineIndex("a\r\nb\rc\nd");
    expect([1, 2, 3, 4].map((line) => index.textOf(line))).toEqual(["a", "b", "c", "d"]);
    expect(index.lastLine).toBe(4);
  });

  it("takes offsets outside the text for its ends", () => {
    const index = new LineIndex("ab\ncd");
    expect(index.locate(-5)).toEqual({ line: 1, column: 1 });
    expect(index.locate(99)).toEqual({ line: 2, column: 3 });
  });
});

it("finds the offset of a column, wide characters before it or not", () => {
  const text = "a😀b\n😀😀é\nxyz";
  const index = new LineIndex(text, 5);
  for (let at = 0; at <= text.length; at++) {
    if (/[\uDC00-\uDFFF]/.test(text.charAt(at))) continue; // the middle of a character
    const { line, column } = index.locate(at);
    expect(index.offsetOf(line, column)).toBe(at);
  }
  expect([index.locate(0), index.lastLine]).toEqual([{ line: 5, column: 1 }, 7]);
});

it("thousands of places in one long line of wide characters take no time to speak of", () => {
  const text = "😀x".repeat(500_000);
  const index = new LineIndex(text);
  for (let i = 0; i < 20_000; i++) expect(index.locate(i * 75).column).toBe(i * 50 + 1);
});
