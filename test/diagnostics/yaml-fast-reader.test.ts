/** The fast reader gives what the events give, to the last offset, or nothing. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import type { RawValue } from "../../src/diagnostics/raw.ts";
import { Source } from "../../src/diagnostics/source.ts";
import { firstEnd } from "../../src/diagnostics/yaml-documents.ts";
import { readFast } from "../../src/diagnostics/yaml-fast-reader.ts";
import { readByEvents } from "../../src/diagnostics/yaml-reader.ts";
import { conformanceConfigs, conformanceFolder } from "../support/conformance.ts";
import { newDice } from "../support/random.ts";

/** A value with the place of every container and entry. */
function placed(value: RawValue, origins: Origins): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { start, end, key, names, places } = origins.textOf(value) ?? {};
  return { start, end, key, names, places, entries: Object.entries(value).map(([name, entry]) => [name, placed(entry, origins)]) };
}

function read(text: string, by: "fast" | "events"): unknown {
  const origins = new Origins();
  const findings = new Findings(origins);
  const source = new Source("a.yaml", text, "yaml");
  const sinks = { origins, diagnostics: findings, maxAliasNodes: 1000 };
  const first = text.slice(0, firstEnd(text));
  if (by === "fast") {
    const usual = readFast(source, first, sinks);
    return usual === undefined ? undefined : placed(usual.value, origins);
  }
  try {
    const value = readByEvents(source, first, sinks);
    return findings.size > 0 ? "findings" : placed(value, origins);
  } catch {
    return "fault";
  }
}

/** True if the fast reader took the text. */
function agree(text: string): boolean {
  const fast = read(text, "fast");
  if (fast === undefined) return false;
  expect(fast, text).toEqual(read(text, "events"));
  return true;
}

describe("the fast reader and the events agree on", () => {
  const folder = conformanceFolder();
  const files = [
    ...readdirSync(join(import.meta.dirname, "../differential/v2")).map((name) => readFileSync(join(import.meta.dirname, "../differential/v2", name), "utf8")),
    ...readdirSync(join(import.meta.dirname, "../../configs")).filter((name) => name.endsWith(".yaml")).map((name) => readFileSync(join(import.meta.dirname, "../../configs", name), "utf8")),
    ...(folder === undefined ? [] : conformanceConfigs(folder).filter(({ path }) => /\.ya?ml$/.test(path)).map(({ text }) => text)),
  ];

  test("files that people wrote, nearly all of which it takes", () => {
    const taken = files.filter(agree).length;
    expect(taken / files.length).toBeGreaterThan(0.85);
  });

  test("files with a small damage at any place", () => {
    const dice = newDice();
    const marks = [" ", "\n", ":", "- ", "#", "'", '"', "{", "]", ",", "|", "&a ", "*a", "\t", "\\", "x", "  ", "---\n", ": ", "? ", "!t ", "%", "@", "\r\n", "é"];
    const small = files.filter((text) => text.length < 4000);
    let taken = 0;
    for (let i = 0; i < 4000; i++) {
      const text = dice.pick(small);
      const at = dice.below(text.length + 1);
      const cut = dice.below(3) === 0 ? dice.below(8) : 0;
      if (agree(text.slice(0, at) + (cut > 0 ? "" : dice.pick(marks)) + text.slice(at + cut))) taken++;
    }
    expect(taken, `seed ${dice.seed}`).toBeGreaterThan(500);
  });

  test.each([
    "a: 1\n", "a:\n", "a: # c\n  b: 2 # d\n", "- a\n- - b\n  - c: 1\n    d:\n    - e\n-\n- x: y\n", "a: |\n  x\n\n    y\n\nb: |-\n  z\nc: |+\n  w\n\n", "a: 'x''y'\nb: \"x\\\"y\\\\\"\n",
    "a: {b: [1, {c: d}], 'e': f}\n", "a: [\n  1, # one\n  2,\n]\nb: {}\n", "# c\n---\na: 1\n", "--- # c\na: b#c\n", "a: b # c\n", "a:\n- 1\n- 2\nb: 3\n", "{a: 1}\n", "[1, 2]", "a: http://x:80/y?z\n", "a: -1\nb: - \n",
    "Null: 1\n~: 2\n", "a: {b: c:d}\n", "a: [a b, c]\n", "\n\n  a: 1\n  b: 2\n", "a: 1\n b: 2\n", "a: x\n  y\n", "a: '1\n 2'\n", "a: |\n  x", "- 'a': b\n- \"c\": d\n- 'e'\n", "a: {b: 1}: c\n", "a: [b: c]\n",
  ])("%j", (text) => {
    agree(text);
  });
});
