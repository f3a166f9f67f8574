import { RE2JS } from "re2js";
import { describe, expect, test } from "vitest";
import { toWire } from "../../../src/base/wire-text.ts";
import { Backtracker } from "../../../src/match/re2/backtracker.ts";
import { CaptureSearch } from "../../../src/match/re2/capture-search.ts";
import { matcherOf } from "../../../src/match/re2/matcher.ts";
import { programSize } from "../../../src/match/re2/program-size.ts";
import { randomPattern } from "../../support/patterns.ts";
import { newDice } from "../../support/random.ts";

const ANYWHERE = { from: 0, atStart: false, atEnd: false } as const;
const WHOLE = { from: 0, atStart: true, atEnd: true } as const;
const LATER = { from: 2, atStart: false, atEnd: false } as const;
const LETTERS = ["a", "b", "Z", "0", "-", "_", "/", "api", "é", " ", "\n", "A", "k", "K", "aab", ".", "*"] as const;
const MOST_INSTRUCTIONS = 3000;

/** As the groups stand, both ends of one that took no part as -1. */
function spans(found: readonly number[] | undefined): string {
  return found === undefined ? "none" : Array.from({ length: found.length / 2 }, (_, i) => `${found[2 * i]}-${found[2 * i + 1]}`).join(" ");
}

test("both engines find the same match and the same groups, wherever they begin", () => {
  const dice = newDice();
  let [asked, found] = [0, 0];
  for (let i = 0; i < 1500; i++) {
    const pattern = randomPattern(dice);
    const size = programSize(pattern);
    if (typeof size !== "number" || size > MOST_INSTRUCTIONS) continue;
    const { program, groups } = matcherOf(pattern);
    const [short, long] = [new Backtracker(program, groups), new CaptureSearch(program, groups)];
    for (let k = 0; k < 6; k++) {
      const text = toWire(Array.from({ length: 2 + dice.below(6) }, () => dice.pick(LETTERS)).join(""));
      for (const bounds of [ANYWHERE, WHOLE, LATER]) {
        const said = spans(short.find(text, bounds));
        asked++;
        if (said !== "none") found++;
        expect(said, `seed ${dice.seed}: ${pattern} on ${JSON.stringify(text)} ${JSON.stringify(bounds)}`).toBe(spans(long.find(text, bounds)));
      }
    }
  }
  console.log(`seed ${dice.seed}: ${asked} questions, ${found} matches`);
  expect(found).toBeGreaterThan(1000);
});

test("another RE2 finds the same groups", () => {
  const pieces = ["a", "b", "/", "[^/]", "(a)", "(ab|b)*", "(b)?", "(a*)+", "(|a)+", "(a|ab)", "(c|bcd)", ".*?", "(.*)", "(?i:B)", "x{0,3}", "\\bb", "^", "$", "(?:a(b)?)*", "(?m:^)", "(?P<n>b+?)"] as const;
  const dice = newDice();
  let found = 0;
  for (let i = 0; i < 2000; i++) {
    const pattern = Array.from({ length: 1 + dice.below(5) }, () => dice.pick(pieces)).join("").replaceAll(/\(\?P<n>/g, (_, at: number) => `(?P<n${at}>`);
    const matcher = matcherOf(pattern);
    const other = RE2JS.compile(pattern);
    for (let k = 0; k < 6; k++) {
      const text = Array.from({ length: dice.below(8) }, () => dice.pick(["a", "b", "B", "/", "c", "d", "x", "\n", "_"])).join("");
      const its = other.matcher(text);
      const expected = its.find() ? Array.from({ length: other.groupCount() + 1 }, (_, group) => `${its.start(group)}-${its.end(group)}`).join(" ") : "none";
      if (expected !== "none") found++;
      expect(spans(matcher.find(text, ANYWHERE)), `seed ${dice.seed}: ${pattern} on ${JSON.stringify(text)}`).toBe(expected);
    }
  }
  expect(found).toBeGreaterThan(1000);
});

describe("a matcher", () => {
  test("knows its groups by number and by the first of a name", () => {
    const { groups, names } = matcherOf("(a)(?P<x>b)|(?:c)(?<y>(?P<x>d)){2}");
    expect([groups, [...names.entries()].sort()]).toEqual([4, [["x", 2], ["y", 3]]]);
  });

  test("finds in a long text what it finds in a short one", () => {
    const matcher = matcherOf("(?i)(k+)[^/]{1,20}/(\\d+)$");
    const text = "x".repeat(300_000) + "aKkz/12/k_/345";
    expect(spans(matcher.find(text, ANYWHERE))).toBe("300008-300014 300008-300009 300011-300014");
    expect(spans(matcher.find("aKkz/12/k_/345", ANYWHERE))).toBe("8-14 8-9 11-14");
  });
});
