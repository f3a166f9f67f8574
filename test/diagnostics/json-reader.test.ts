import { describe, expect, it } from "vitest";
import { readText } from "../support/read-text.ts";

const json = (text: string): unknown => readText("x.json", text).plain;
const problems = (text: string): string[] => readText("x.json", text).lines;

describe("JSON is read by the rules of protobuf's parser in legacy mode", () => {
  it("takes trailing commas, single quotes, bare keys and raw control characters", () => {
    expect(json("{node:{id:'x\"y',}, _a1: [1,2,], \"t\": \"a\tb\nc\",}")).toEqual({ node: { id: 'x"y' }, _a1: [1, 2], t: "a\tb\nc" });
  });

  it("undoes escapes", () => {
    expect(json(String.raw`{"a":"\"\'\\\/\b\f\n\r\tA\u00e9\ud83d\ude00z"}`)).toEqual({ a: "\"'\\/\b\f\n\r\tAé😀z" });
  });

  it("keeps integers exactly", () => {
    expect(json('{"a":[0,-0,1.5,1E+5,9007199254740991,9007199254740993,-12345678901234567890]}')).toEqual({
      a: [0, -0, 1.5, 1e5, 9007199254740991, "9007199254740993n", "-12345678901234567890n"],
    });
  });

  it("reads a repeated key as protobuf reads it into a message, and warns", () => {
    const read = readText("x.json", '{"a":{"b":1,"l":[1]},\n"a":{"c":2,"l":[2]}}');
    expect(read.plain).toEqual({ a: { b: 1, c: 2, l: [1, 2] } });
    expect(read.lines).toHaveLength(2);
    expect(read.lines[0]).toMatch(/^LGT0106 2:1-2:4 The key "a"/);
    expect(read.origins.repeatedKeys(read.root as object)).toEqual(["a"]);
    expect(json('{"a":1,"a":2}')).toEqual({ a: 2 });
  });

  it.each([
    ["// c\n{}", "LGT0102 1:1-1:3 JSON has no comments."],
    ['{"a":1 /* c */}', "LGT0102 1:8-1:10 JSON has no comments."],
    ['{"a":1} {}', 'LGT0102 1:9-1:10 Invalid JSON: nothing may follow the document, not "{".'],
    ['{"a":01}', "LGT0102 1:6-1:8 A number cannot begin with a zero."],
    ['{"a":+1}', 'LGT0102 1:6-1:8 "+1" is no valid number.'],
    ['{"a":1.}', 'LGT0102 1:6-1:8 "1." is no valid number.'],
    ['{"a":1x}', 'LGT0102 1:6-1:8 "1x" is no valid number.'],
    ['{"a":0x1}', "LGT0102 1:6-1:9 JSON knows only decimal numbers."],
    ['{"a":NaN}', 'LGT0102 1:6-1:9 "NaN" is no JSON number.'],
    ['{"a":1e400}', "LGT0102 1:6-1:11 The number is too large."],
    ['{"a":True}', 'LGT0102 1:6-1:10 "True" is no JSON value.'],
    ['{"a":foo}', 'LGT0102 1:6-1:9 A text needs quotes: "foo" is no JSON value.'],
    ['{"a":nullx}', 'LGT0102 1:10-1:11 Invalid JSON: a comma or the closing bracket is expected here, not "x".'],
    ['{"a":[,]}', 'LGT0102 1:7-1:8 Invalid JSON: a value is expected here, not ",".'],
    ['{"a" 1}', 'LGT0102 1:6-1:7 Invalid JSON: a colon is expected after a key, not "1".'],
    ["{true:1}", 'LGT0102 1:2-1:6 Invalid JSON: a key is expected here, not "true".'],
    ['{"a":1', "LGT0102 1:7-1:7 The document ends too early; a bracket or a value is missing."],
    ['{"a":"x', "LGT0102 1:6-1:7 A string is never closed."],
    [String.raw`{"a":"\x"}`, String.raw`LGT0102 1:7-1:9 Unknown escape "\x" in a string.`],
    [String.raw`{"a":"\ude00"}`, String.raw`LGT0102 1:7-1:9 Unknown escape "\u" in a string.`],
  ])("%j is refused", (text, line) => {
    expect(problems(text)).toEqual([line]);
  });

  it("refuses more than 100 levels", () => {
    const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
    expect(problems(nested(100))).toEqual([]);
    expect(problems(nested(101))).toEqual(["LGT0104 1:101-1:102 The document is nested deeper than 100 levels."]);
    expect(problems("[".repeat(1_000_000))).toHaveLength(1);
  });

  it("keeps keys such as __proto__ as keys", () => {
    const { root } = readText("x.json", '{"__proto__":{"a":1},"b":2}');
    expect(Object.keys(root as object)).toEqual(["__proto__", "b"]);
  });
});
