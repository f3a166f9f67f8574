import { RE2JS } from "re2js";
import { describe, expect, test } from "vitest";
import { toWire } from "../../src/base/wire-text.ts";
import { plainPattern } from "../../src/match/plain-pattern.ts";
import { RegexAutomaton } from "../../src/match/regex-automaton.ts";
import { compileRegex, type Regex } from "../../src/match/regex.ts";
import { matcherOf } from "../../src/match/re2/matcher.ts";
import { newDice } from "../support/random.ts";

function regex(pattern: string): Regex {
  const made = compileRegex(pattern);
  if (!("fullMatch" in made)) throw new Error(made.message);
  return made;
}

describe("a regex", () => {
  test("must match the whole value", () => {
    expect(regex("/a/[0-9]+").fullMatch("/a/12")).toBe(true);
    expect(regex("/a/[0-9]+").fullMatch("/a/12/")).toBe(false);
    expect(regex("a|ab").fullMatch("ab")).toBe(true);
  });

  test("may be looked for within a value", () => {
    expect([regex("b+").matchesWithin("abba"), regex("^b").matchesWithin("abba"), regex("a$").matchesWithin("abba")]).toEqual([true, false, true]);
    expect(regex("x(b+)(c)?").spansWithin("aaxbba")).toEqual([{ from: 2, to: 5 }, { from: 3, to: 5 }, null]);
    expect(regex("c").spansWithin("ab")).toBeUndefined();
  });

  test("has RE2's syntax, not JavaScript's", () => {
    expect(regex("(?i)ABC").fullMatch("abc")).toBe(true);
    expect(regex("[[:alpha:]]+").fullMatch("abc")).toBe(true);
    expect(regex("(?P<n>a)b").fullMatch("ab")).toBe(true);
    expect(regex(".").fullMatch("\n")).toBe(false);
    expect(regex("a\\z").fullMatch("a")).toBe(true);
    expect(regex("[^a]").fullMatch("\n")).toBe(true);
  });

  test("takes what RE2 takes and its port does not", () => {
    expect(regex("a\\Cb").fullMatch("a\nb")).toBe(true);
    expect(regex("(?P<n>a)(?P<n>b)|(?<n>c)").fullMatch("ab")).toBe(true);
    expect(regex("(?P<n>a)(?P<n>b)").replaceAll("ab", "\\2\\1")).toBe("ba");
    expect(regex("\\\\C").fullMatch("\\C")).toBe(true);
    expect(regex("[]\\x{41}(?P<n>]\\QC\\C\\E\\101").fullMatch("AC\\CA")).toBe(true);
  });

  test("matches bytes, not characters, as Envoy 1.40 does", () => {
    expect(regex("a.b").fullMatch(toWire("aéb"))).toBe(false);
    expect(regex("a..b").fullMatch(toWire("aéb"))).toBe(true);
    expect(regex("a.*").fullMatch("a\xff")).toBe(true);
    expect(regex("c\\xe9d").fullMatch("c\xe9d")).toBe(true);
    expect(regex("é").fullMatch(toWire("é"))).toBe(true);
  });

  test("takes a byte of any kind, and names given twice, as RE2 does", () => {
    expect(regex("a\\Cb").fullMatch("a\nb")).toBe(true);
    expect(regex("[\\]\\\\C]\\Q\\C\\E").fullMatch("C\\C")).toBe(true);
    expect(regex("(?P<n>a)(?P<n>b)").fullMatch("ab")).toBe(true);
  });

  test.each([
    ["(a", "missing ): (a"],
    ["a)", "unexpected ): a)"],
    ["[a", "missing ]: [a"],
    ["+", "no argument for repetition operator: +"],
    ["a**", "bad repetition operator: **"],
    ["(?=a)", "invalid perl operator: (?="],
    ["(?<=a)b", "invalid perl operator: (?<="],
    ["\\8", "invalid escape sequence: \\8"],
    ["\\", "trailing \\"],
    ["\\x{10FFFF}", "invalid escape sequence: \\x{10F"],
    ["[\\x{100}]", "invalid escape sequence: \\x{100"],
    ["a\\777", "invalid escape sequence: \\777"],
    ["a\\x{1F600}", "invalid escape sequence: \\x{1F6"],
  ])("says what is wrong with %s in RE2's words", (pattern, message) => {
    expect(compileRegex(pattern)).toEqual({ message });
  });

  test("may nest as deep as it likes", () => {
    const deep = regex(`${"(".repeat(30_000)}a${")".repeat(30_000)}`);
    expect([deep.fullMatch("a"), deep.fullMatch("b"), deep.groups("a")?.at(30_000)]).toEqual([true, false, "a"]);
  });

  test("replaces as RE2's GlobalReplace does", () => {
    expect(regex("^/service/([^/]+)(/.*)$").replaceAll("/service/foo/v1/api", "\\2/instance/\\1")).toBe("/v1/api/instance/foo");
    expect(regex("one").replaceAll("/xxx/one/yyy/one/zzz", "two")).toBe("/xxx/two/yyy/two/zzz");
    expect(regex("a*").replaceAll("baac", "x")).toBe("xbxcx");
    expect(regex("b").replaceAll("abc", "[\\0\\\\]")).toBe("a[b\\]c");
    expect(regex("(b)").replaceAll("abc", "\\2")).toBe("abc");
    expect(regex("x").replaceAll(toWire("éxé"), toWire("ü"))).toBe(toWire("éüé"));
  });
});

describe("the check for patterns that may run on RegExp", () => {
  test.each(["/a/[^/]+/b", ".*", "/api/.*", ".*\\.png", "[a-z0-9-]+", "/v[12]/users/\\d+", "(foo|bar)/x", "/a(/b)?", "^/x$", "a{3}", "/(a)/([^/]+)/.*"])("lets %s through", (pattern) => {
    expect(plainPattern(pattern)).toBeDefined();
  });

  test.each(["(a*)*", "(a|a)*b", "(.*)(.*)x", ".*a.*b", "a*a*", "(?i)a", "\\bfoo", "\\s+", "a*?", "x{2,5}", "[[:alpha:]]", "é", "a|b", "\\pL", "a{01}"])("keeps %s on RE2", (pattern) => {
    expect(plainPattern(pattern)).toBeUndefined();
  });

  test("agrees with RE2 on random patterns and values", () => {
    const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
    let state = seed;
    const next = (n: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return (state >>> 8) % n;
    };
    const pieces = ["a", "b", "/", ".", "[^/]", "[ab]", "\\d", "\\.", "a*", "b+", ".*", "[^a]+", "(a)", "(ab|b)", "(b)?", "a?", "[a-c-]", "$", "^", "b{2}"];
    const letters = ["a", "b", "/", "1", ".", "c", "-", "\n", "é"];
    let plain = 0;
    for (let i = 0; i < 3000; i++) {
      const pattern = Array.from({ length: 1 + next(5) }, () => pieces[next(pieces.length)]).join("");
      const made = compileRegex(pattern);
      if (!("fullMatch" in made) || plainPattern(pattern) === undefined) continue;
      plain++;
      for (let k = 0; k < 5; k++) {
        const text = Array.from({ length: next(8) }, () => letters[next(letters.length)]).join("");
        expect(made.fullMatch(toWire(text)), `seed ${seed}: ${pattern} on ${JSON.stringify(text)}`).toBe(RE2JS.compile(pattern).matches(toWire(text)));
      }
    }
    console.log(`seed ${seed}: ${plain} plain patterns`);
    expect(plain).toBeGreaterThan(100);
  });
});

describe("the engines of a regex", () => {
  const PIECES = [
    "a", "b", "/", ".", "[^/]", "[ab]", "\\d", "\\W", "\\.", "a*", "b+", ".*", "[^a]+", "(a)", "(ab|b)*", "(b)?", "a?", "[a-c-]", "$", "^", "b{2}", "(a*)+", "|", "(?i:B)", "x{0,3}", "\\bb", "(?s:.)", "\\x{e9}", "[[:alpha:]]",
    "(?:a|ab)(?:c|bcd)?", "\\A", "\\z", "(?m:^a$)", "[^\\x00-\\x7f]", "(|a)+", "\\pL", "a*?",
  ];
  const LETTERS = ["a", "b", "B", "/", "1", ".", "c", "-", "\n", "é", "x", "_", " "];

  test("the automaton says what another RE2 says, on random patterns and values", () => {
    const dice = newDice();
    let asked = 0;
    for (let i = 0; i < 3000; i++) {
      const pattern = Array.from({ length: 1 + dice.below(6) }, () => dice.pick(PIECES)).join("");
      let proper: RE2JS;
      try {
        proper = RE2JS.compile(toWire(pattern));
      } catch {
        continue;
      }
      const automaton = RegexAutomaton.of(matcherOf(pattern).program);
      if (automaton === undefined) continue;
      for (let k = 0; k < 8; k++) {
        const text = toWire(Array.from({ length: dice.below(9) }, () => dice.pick(LETTERS)).join(""));
        asked++;
        expect(automaton.fullMatch(text), `seed ${dice.seed}: ${pattern} on ${JSON.stringify(text)}`).toBe(proper.matches(text));
      }
    }
    console.log(`seed ${dice.seed}: ${asked} questions`);
    expect(asked).toBeGreaterThan(5000);
  });

  test("an assertion that looks around itself is left to the program", () => {
    expect(["\\ba", "a\\B", "(?m)^a", "(?m)a$"].map((pattern) => RegexAutomaton.of(matcherOf(pattern).program))).toEqual([undefined, undefined, undefined, undefined]);
    expect(regex(".*\\bb").fullMatch("a b")).toBe(true);
  });

  test.each(["(a+)+b", "(a|aa)+b", "(a*)*b", "(.*)(.*)(.*)b", ".*a.*a.*a.*b", "([a-z]+)*1", "(a?){50}b"])("%s against 200,000 letters comes to an end", (pattern) => {
    expect(regex(pattern).fullMatch("a".repeat(200_000))).toBe(false);
  });

  test("a pattern with more states than are kept still answers right", () => {
    const wide = regex("(?i)(?:a|b)*a(?:a|b){12}");
    const proper = RE2JS.compile("(?i)(?:a|b)*a(?:a|b){12}");
    const dice = newDice(7);
    for (let i = 0; i < 300; i++) {
      const text = Array.from({ length: 10 + dice.below(60) }, () => dice.pick(["a", "b"])).join("");
      expect(wide.fullMatch(text), text).toBe(proper.matches(text));
    }
  });
});
