import { describe, expect, it } from "vitest";
import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import { readMap } from "../../src/diagnostics/read-document.ts";
import { lineOf, readText } from "../support/read-text.ts";

describe("the name decides how a file is read", () => {
  it.each([
    ["a.yaml", "{a: yes}", { a: true }],
    ["a.YML", "{a: yes}", { a: true }],
    ["a.json", '{"a": 1.5}', { a: 1.5 }],
    ["-", '{"a": 1.5}', { a: 1.5 }],
    ["-", "a: 1.5", { a: "1.5" }],
    ["envoy.conf", ' \n {"a": 1.5}', { a: 1.5 }],
  ])("%s with %j", (name, text, value) => {
    const read = readText(name, text);
    expect(read.plain).toEqual(value);
    expect(read.lines).toEqual([]);
  });

  it("warns of YAML under a name that Envoy takes for JSON", () => {
    const read = readText("envoy.conf", "a: 1\n");
    expect(read.plain).toEqual({ a: 1 });
    expect(read.lines).toEqual(["LGT0005 1:1-1:2 The file is YAML, but Envoy goes by the name and would read it as JSON."]);
  });

  it("does not read protobuf files", () => {
    expect(readText("a.pb", "x").lines[0]).toMatch(/^LGT0006/);
  });
});

describe("files that hold no document", () => {
  const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
  it.each<[string, string | Uint8Array, RegExp]>([
    ["empty", "", /^LGT0002/],
    ["blank", " \n\n", /^LGT0002/],
    ["with a NUL byte", "a: 1\nb: \0", /^LGT0004 2:4/],
    ["binary", bytes(0x7f, 0x45, 0x4c, 0x46, 0, 0xff, 0), /^LGT0004 1:/],
    ["of invalid UTF-8", bytes(0x61, 0x3a, 0x20, 0xff, 0x0a), /^LGT0003 1:4/],
    ["with a mark before JSON", "\uFEFF{}", /^LGT0112 1:1/],
  ])("%s", (_, input, finding) => {
    const name = typeof input === "string" && input.startsWith("\uFEFF") ? "x.json" : "x.yaml";
    expect(readText(name, input).lines[0]).toMatch(finding);
  });

  it("UTF-16 with a byte order mark is read, as yaml-cpp reads it", () => {
    const text = Buffer.from("\uFEFFa: é\n", "utf16le");
    expect(readText("x.yaml", text).plain).toEqual({ a: "é" });
  });

  it.each([["- a\n", "a list"], ["5\n", 'the single value "5"'], ["# nothing\n", "empty"], ["~\n", "empty"]])("%j is no map", (text, what) => {
    const origins = new Origins();
    const findings = new Findings(origins);
    expect(readMap("x.yaml", text, { origins, diagnostics: findings })).toBeUndefined();
    expect(findings.resolve().map(lineOf)[0]).toContain(`The document is ${what}, not a map of keys and values.`);
  });
});
