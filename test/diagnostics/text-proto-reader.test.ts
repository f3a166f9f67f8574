import { describe, expect, test } from "vitest";
import { Origins } from "../../src/diagnostics/origins.ts";
import { Source } from "../../src/diagnostics/source.ts";
import { readTextProto } from "../../src/diagnostics/text-proto-reader.ts";

const read = (text: string): unknown => JSON.parse(JSON.stringify(readTextProto(new Source("t.pb_text", text, "json"), new Origins()))) as unknown;

test("fields, messages in both brackets, repeated fields and lists", () => {
  expect(read('# a remark\na: 1, b: "x\\n\\101" \'y\';\nc { d: true } c: < d: false > e: [NAME, -2.5f]')).toEqual({ a: "1", b: "x\nAy", c: [{ d: true }, { d: false }], e: ["NAME", "-2.5"] });
});

describe("what is no text protobuf is refused with its place:", () => {
  test.each([["a {", 2], ["a 1", 2], ["a: ]", 3], ["1: 2", 0], ['a: "x', 2], ["a: [1 2]", 6]])("%s", (text, offset) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ name: "TextError", start: offset }) as Error);
  });
});
