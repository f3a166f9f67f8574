import { describe, expect, it } from "vitest";
import { readText } from "../support/read-text.ts";

const yaml = (text: string): unknown => readText("x.yaml", text).plain;
const problems = (text: string): string[] => readText("x.yaml", text).lines;

describe("YAML is read as Envoy reads it", () => {
  it("drops entries whose key is tagged !ignore, and still knows the anchors in them", () => {
    expect(yaml("!ignore a: &x {b: 1}\nc: *x\n")).toEqual({ c: { b: 1 } });
    expect(yaml("!ignore a:\n  - &x [1]\n  - 2\nb: !ignore 3\nc: *x\n")).toEqual({ b: 3, c: [1] });
  });

  it("does not merge <<", () => {
    expect(yaml("a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n")).toEqual({ a: { b: 1 }, c: { "<<": { b: 1 }, d: 2 } });
  });

  it("reads keys as texts, null as the key null", () => {
    expect(yaml("1: a\n1.5: b\ntrue: c\n~: d\n\"\": e\n! x: f\n&k g: h\n*k : i\n")).toEqual({ 1: "a", "1.5": "b", true: "c", null: "d", "": "e", x: "f", g: "i" });
  });

  it("reads the first document only", () => {
    expect(yaml("---\na: 1\n---\nb: 2\n")).toEqual({ a: 1 });
    expect(problems("a: 1\n---\nb: [\n")).toEqual([]);
    expect(problems("# x\n---\na: |\n  ---\n  b\n...\n# end\n")).toEqual([]);
  });

  it("takes a byte order mark, carriage returns and control characters", () => {
    expect(yaml("\uFEFFa: 1\r\nb: |\r\n  x\r\n  y\r\nc: d\x01e\x7f\r\n")).toEqual({ a: 1, b: "x\ny\n", c: "d\x01e\x7f" });
  });

  it("takes lines within brackets and quotes however they are indented", () => {
    expect(yaml("a:\n  b: [\n    1,\n  2,\n3 # three\n  ]\n  c: {\n    d: 1\n  }\n")).toEqual({ a: { b: [1, 2, 3], c: { d: 1 } } });
    expect(yaml("a: \"x\ny\"\nb: 'x\n\ny'\nc: |\n  }\n  ]\n")).toEqual({ a: "x y", b: "x\ny", c: "}\n]\n" });
    expect(yaml("v:\n  a: [\n  \"x # y\",\n'z', # c ]\nb: 1,\n{c: \"d\n]\n\"}\n  ]\n")).toEqual({ v: { a: ["x # y", "z", { b: 1 }, { c: "d ] " }] } });
  });

  it("reads block scalars, folds and escapes", () => {
    expect(yaml("a: |\n  x\n   y\n\nb: >-\n  x\n  y\n\nc: |+\n  x\n\nd: \"\\x41\\u00e9\\U0001F600\\/\\e\"\n")).toEqual({ a: "x\n y\n", b: "x y", c: "x\n\n", d: "Aé😀/\u001b" });
  });

  it("keeps keys such as __proto__ and constructor as keys", () => {
    const { root } = readText("x.yaml", "__proto__: {a: 1}\nb: 2\n");
    expect(Object.keys(root as object)).toEqual(["__proto__", "b"]);
    expect(Object.getPrototypeOf(root)).toBeNull();
    expect((root as Record<string, unknown>)["constructor"]).toBeUndefined();
  });
});

describe("aliases", () => {
  it("give a fresh object at every use", () => {
    const { root } = readText("x.yaml", "a: &x {b: [1]}\nc: *x\nd: *x\n");
    const map = root as Record<string, { b: number[] }>;
    expect(map["c"]).toEqual(map["a"]);
    expect(map["c"]).not.toBe(map["a"]);
    expect(map["c"]?.b).not.toBe(map["d"]?.b);
  });

  it("name the anchor given last before them", () => {
    expect(yaml("a: &x 1\nb: *x\nc: &x 2\nd: *x\n")).toEqual({ a: 1, b: 1, c: 2, d: 2 });
    expect(yaml("a: &x 1\nb: &l [*x]\nc: &x 2\nd: *l\n")).toEqual({ a: 1, b: [1], c: 2, d: [1] });
  });

  it("of unknown anchors, and within their own node, are errors", () => {
    expect(problems("a: *nope\n")).toEqual(['LGT0107 1:4-1:9 The alias "*nope" names an anchor that is not defined before it.']);
    expect(problems("a: &x [1, *x]\n")).toEqual(['LGT0108 1:11-1:13 The alias "*x" stands inside the very node it names.']);
  });

  it("expand to a bounded number of values", () => {
    const levels = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(", ")}]`);
    const bomb = ["a0: &a0 [x]", ...levels].join("\n");
    const { lines, root } = readText("x.yaml", bomb, { maxAliasNodes: 10_000 });
    expect(root).toBeUndefined();
    expect(lines[0]).toMatch(/^LGT0105 5:.* more than 10000 values/);
  });
});

describe("slips are found", () => {
  it("a repeated key is a warning that shows both places; the last counts", () => {
    const read = readText("x.yaml", "a: 1\nb: 2\n\"a\": 3\n");
    expect(read.plain).toEqual({ a: 3, b: 2 });
    expect(read.lines).toEqual(['LGT0106 3:1-3:4 The key "a" is given more than once; this one counts, the others are ignored.']);
    const [finding] = read.findings.resolve();
    expect(finding).toMatchObject({ severity: "warning", path: "a", related: [{ line: 1, column: 1, message: "also given here" }] });
  });

  it.each([
    ["a: b: c\n", 'LGT0101 1:5-1:6 A value cannot contain ": " without quotes.'],
    ["a: @x\n", 'LGT0101 1:4-1:6 A plain value cannot begin with "@".'],
    ["a:\n\t- 1\n", "LGT0101 2:1-2:2 A tab is used for indentation."],
    ["a: - 1\n", "LGT0101 1:4-1:5 A list cannot begin on the line of its key."],
    ["a: 1\n b: 2\n", "LGT0101 2:3-2:4 This line is indented differently from the keys around it."],
    ["a: [1, 2\nb: 1\n", 'LGT0101 1:4-1:5 This "[" is never closed.'],
    ["a: {b: [1, 2]\n", 'LGT0101 1:4-1:5 This "{" is never closed.'],
    ["a: {b: [1, 2]\nc: 1\n", 'LGT0101 1:4-1:5 This "{" is never closed.'],
    ["a: {b: [1, 2] c: 1}\n", "LGT0101 1:15-1:16 A comma is missing between two entries."],
    ["a: 'x\n", "LGT0101 1:4-1:5 This single quote is never closed."],
    ["a: \"\\q\"\n", "LGT0101 1:5-1:7 Unknown escape in a double-quoted text."],
    ["a: \"x\\ud83d\\ude00\"\n", "LGT0113 1:6-1:12 An escape names half of a surrogate pair."],
    ["{{ name }}: 1\n", "LGT0109 1:1-1:2 A map or list cannot be a key."],
  ])("%j", (text, line) => {
    expect(problems(text)).toEqual([line]);
  });

  it("a document nested deeper than 100 levels is an error, 100 are fine", () => {
    const nested = (depth: number): string => `a: ${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}\n`;
    expect(problems(nested(100))).toEqual([]);
    expect(problems(nested(101))[0]).toMatch(/^LGT0104 1:103-/);
    expect(problems("[".repeat(100_000))[0]).toMatch(/^LGT0104/);
  });
});
