import { describe, expect, it } from "vitest";
import { isRawMap } from "../../src/diagnostics/raw.ts";
import type { RawValue } from "../../src/diagnostics/raw.ts";
import { plainValue } from "../../src/diagnostics/yaml-scalar.ts";
import { newDice } from "../support/random.ts";
import type { Dice } from "../support/random.ts";
import { plainOf, readText } from "../support/read-text.ts";
import type { ReadText } from "../support/read-text.ts";

const ROUNDS = 300;
const STRINGS = ["a", "x y", "", "yes", "1.5", "012", "it's", "\"q\"", "a: b", "- a", "# c", "é😀", "a\nb", " lead", "trail ", "{x}", "[", "@a", "*a", "&a", "!t", "%REQ(:path)%", "http://h:80/?a=b#c", "a\\b", "\t", "null", "~"];
const KEYS = ["name", "a_b", "typed_config", "@type", "__proto__", "constructor", "1", "yes", "k k", "é", "a.b/c", "#k", "", "length"];

function randomValue(dice: Dice, depth: number): RawValue {
  switch (depth > 3 ? dice.below(4) : dice.below(7)) {
    case 0: return dice.below(2) === 0;
    case 1: return dice.below(100_000) - 50_000;
    case 2: return dice.below(5) === 0 ? null : dice.pick(STRINGS);
    case 3: return dice.pick(STRINGS);
    case 4: return Array.from({ length: dice.below(4) }, () => randomValue(dice, depth + 1));
    default: return randomMap(dice, depth);
  }
}

function randomMap(dice: Dice, depth: number): RawValue {
  const map = Object.create(null) as Record<string, RawValue>;
  for (let n = dice.below(5); n > 0; n--) map[dice.pick(KEYS)] = randomValue(dice, depth + 1);
  return map;
}

const isBarePlain = (text: string): boolean => /^[A-Za-z_/][\w.@/-]*( [\w.-]+)*$/.test(text) && plainValue(text) === text;

function yamlText(dice: Dice, text: string): string {
  if (isBarePlain(text) && dice.below(3) > 0) return text;
  return dice.below(2) === 0 && !/[\n\t]/.test(text) ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text);
}

function yamlScalar(dice: Dice, value: RawValue): string {
  if (typeof value === "string") return yamlText(dice, value);
  if (value === null) return dice.pick(["null", "~"]);
  return typeof value === "boolean" ? dice.pick(value ? ["true", "Yes", "on"] : ["false", "NO", "off"]) : String(value);
}

function yamlFlow(dice: Dice, value: RawValue): string {
  const gap = dice.pick(["", " ", "\n  ", "\n"]);
  if (Array.isArray(value)) return `[${gap}${value.map((item) => yamlFlow(dice, item)).join(`,${dice.pick([" ", "\n"])}`)}${gap}]`;
  if (!isRawMap(value)) return yamlScalar(dice, value as RawValue);
  return `{${gap}${Object.entries(value).map(([key, item]) => `${yamlText(dice, key)}: ${yamlFlow(dice, item)}`).join(", ")}${gap}}`;
}

function yamlBlock(dice: Dice, value: RawValue, indent: string): string {
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  if (typeof value !== "object" || value === null || isEmpty || dice.below(6) === 0) return ` ${yamlFlow(dice, value)}${dice.pick(["", "  # note", " "])}\n`;
  const inner = indent + dice.pick(["  ", "    "]);
  const lines = Array.isArray(value)
    ? value.map((item) => `${inner}-${yamlBlock(dice, item, inner)}`)
    : Object.entries(value).map(([key, item]) => `${inner}${yamlText(dice, key)}:${yamlBlock(dice, item, inner)}`);
  return `\n${lines.join(dice.below(5) === 0 ? "\n# between\n" : "")}`;
}

function jsonLoose(dice: Dice, value: RawValue): string {
  const gap = dice.pick(["", " ", "\n\t"]);
  const comma = dice.below(4) === 0 ? "," : "";
  if (Array.isArray(value)) return `[${gap}${value.map((item) => jsonLoose(dice, item)).join(`,${gap}`)}${value.length > 0 ? comma : ""}${gap}]`;
  if (!isRawMap(value)) return JSON.stringify(value);
  const keys = Object.keys(value);
  const key = (k: string): string => (/^[a-z_]\w*$/.test(k) && dice.below(2) === 0 ? k : JSON.stringify(k));
  return `{${gap}${keys.map((k) => `${key(k)}:${gap}${jsonLoose(dice, value[k] as RawValue)}`).join(`${gap},`)}${keys.length > 0 ? comma : ""}${gap}}`;
}

/** Reads the text of every place on its own and expects the key or value that it should name. */
function expectPlaces(read: ReadText, container: object, syntax: "yaml" | "json"): void {
  const again = (at: Key, on: "key" | "value"): unknown => {
    const span = read.origins.find(container, at, on)?.span;
    const text = span?.source.text.slice(span.start, span.end) ?? "";
    return syntax === "yaml" ? readText("v.yaml", `v: ${text}\n`).plain : readText("v.json", `{v:${text}}`).plain;
  };
  for (const [key, item] of Object.entries(container)) {
    const at = Array.isArray(container) ? Number(key) : key;
    if (typeof at === "string") {
      const span = read.origins.find(container, at, "key")?.span;
      const text = span?.source.text.slice(span.start, span.end) ?? "";
      expect(Object.keys(readText(`k.${syntax}`, `{${text}: 1}`).root as object), text).toEqual([at]);
    }
    if (typeof item === "object" && item !== null) expectPlaces(read, item as object, syntax);
    else expect(again(at, "value")).toEqual({ v: plainOf(item as RawValue) });
  }
}
type Key = string | number;

describe("what was written is read again, and every place names what stands there", () => {
  const { seed } = newDice();

  it(`YAML (LEGATE_SEED=${seed})`, () => {
    const dice = newDice(seed);
    for (let round = 0; round < ROUNDS; round++) {
      const value = { root: randomMap(dice, 0), rest: randomValue(dice, 1) };
      const text = `root:${yamlBlock(dice, value.root, "")}rest:${yamlBlock(dice, value.rest, "")}`;
      const read = readText("x.yaml", text);
      expect(read.plain, text).toEqual(plainOf(value as RawValue));
      expect(read.lines, text).toEqual([]);
      expectPlaces(read, read.root as object, "yaml");
    }
  });

  it(`JSON (LEGATE_SEED=${seed})`, () => {
    const dice = newDice(seed);
    for (let round = 0; round < ROUNDS; round++) {
      const value = randomMap(dice, 0);
      const text = jsonLoose(dice, value);
      const read = readText("x.json", text);
      expect(read.plain, text).toEqual(plainOf(value));
      expect(read.lines, text).toEqual([]);
      expectPlaces(read, read.root as object, "json");
    }
  });
});
