import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { HeaderBlock, LOOSE, RAW } from "../../src/http/header-block.ts";
import { PROPER_CASE } from "../../src/http/name-format.ts";
import { ACCEPT, nameId } from "../../src/http/names.ts";
import { linesRoom, writeFormattedLines, writeLines } from "../../src/http/serialise.ts";

const X = nameId("x-serialise");

/** `accept: a`, an unknown canonical line, a loose unknown line, `x-serialise: z`, all in bytes. */
function block(): HeaderBlock {
  const b = new HeaderBlock();
  b.bytes = Buffer.from("accept: a\r\nu-one: 1\r\nu-two:2 \r\nx-serialise: z\r\n", "latin1");
  b.addReceived(ACCEPT, 0, 6, 8, 9, RAW);
  b.addReceived(0, 11, 16, 18, 19, RAW);
  b.addReceived(0, 21, 26, 27, 28, LOOSE);
  b.addReceived(X, 31, 42, 44, 45, RAW);
  return b;
}

function text(b: HeaderBlock, write = writeLines): string {
  const out = Buffer.alloc(linesRoom(b));
  return out.toString("latin1", 0, write(b, out, 0));
}

test("untouched lines go out as they came, others in canonical form", () => {
  expect(text(block())).toBe("accept: a\r\nu-one: 1\r\nu-two: 2\r\nx-serialise: z\r\n");
});

test("removed, changed and added lines keep the order", () => {
  const b = block();
  b.removeNamed("u-one");
  b.set(X, "\xe9");
  b.add(ACCEPT, "b");
  b.addNamed("u-three", "");
  expect(text(b)).toBe("accept: a\r\nu-two: 2\r\nx-serialise: \xe9\r\naccept: b\r\nu-three: \r\n");
  b.remove(ACCEPT);
  b.addNamed("u-four", "4");
  expect(text(b)).toBe("u-two: 2\r\nx-serialise: \xe9\r\nu-three: \r\nu-four: 4\r\n");
});

test("an empty block is no bytes", () => {
  expect(text(new HeaderBlock())).toBe("");
});

test("names in proper case", () => {
  const proper = (b: HeaderBlock, out: Buffer, at: number): number => writeFormattedLines(b, out, at, PROPER_CASE);
  expect(text(block(), proper)).toBe("Accept: a\r\nU-One: 1\r\nU-Two: 2\r\nX-Serialise: z\r\n");
});
