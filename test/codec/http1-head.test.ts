import { expect, test } from "vitest";
import { HeadBytes } from "../../src/codec/http1-head.ts";
import { bytes } from "../support/http1-log.ts";

const seen = (head: HeadBytes): string => head.bytes.toString("latin1", head.start, head.end);

test("a head that came whole is read where it lies", () => {
  const head = new HeadBytes();
  const chunk = bytes("xxhead");
  head.add(chunk, 2);
  expect([head.bytes === chunk, seen(head)]).toEqual([true, "head"]);
});

test("a head in pieces is copied once, then grows in place", () => {
  const head = new HeadBytes();
  head.add(bytes("xxhe"), 2);
  expect([head.keep(), head.start]).toEqual([true, 0]);
  for (let i = 0; i < 5000; i++) {
    head.add(bytes("-ad"), 1);
    expect(head.keep()).toBe(false);
  }
  expect(seen(head)).toBe(`he${"ad".repeat(5000)}`);
  head.clear();
  expect([seen(head), head.begun, head.bytes.length]).toEqual(["", false, 0]);
});

test("line ends before the first line are skipped", () => {
  const head = new HeadBytes();
  head.add(bytes("\r\n\n"), 0);
  expect(head.skipLineEnds()).toBe(false);
  head.clear();
  head.add(bytes("\r\nGET"), 0);
  expect([head.skipLineEnds(), seen(head)]).toEqual([true, "GET"]);
});
