import { RE2JS } from "re2js";
import { expect, test } from "vitest";
import { toWire } from "../../src/base/wire-text.ts";
import { literalPrefix, requiredLiteral } from "../../src/match/pattern-text.ts";
import { newDice } from "../support/random.ts";

test.each([
  [".*x12y.*", "", "x12y"], ["/a/[^/]+/foo\\.png", "/a/", "/foo.png"], ["(a|b)c+def", "", "def"], ["ab*cd", "a", "cd"], ["abc{2}d", "ab", "abc"], ["a(?:x(y)z)bcd?", "a", "bc"], ["a|b", "", ""],
  ["^/v1/(?P<x>[a-z]+)/list$", "/v1/", "/list"], ["(?i)abc", "", ""], ["x\\x{41}yz", "x", "yz"], ["\\pLabc", "", "abc"], ["a{0,3}bc", "", "bc"], ["(a\\)b)cde", "", "cde"], ["[\\]x]yz", "", "yz"], ["\\Qabc\\E", "", ""],
  [`${"(".repeat(30_000)}a${")".repeat(30_000)}bc`, "", "bc"], ["a((b", "a", "a"],
])("%s begins with %j and holds %j", (pattern, prefix, held) => {
  expect([literalPrefix(pattern), requiredLiteral(pattern)]).toEqual([prefix, held]);
});

test("whatever matches a random pattern begins with its prefix and holds its text", () => {
  const pieces = ["a", "b", "/", ".", "[^/]", "[ab]", "\\d", "\\.", "a*", "b+", ".*", "(a)", "(ab|b)", "(b)?", "a?", "^", "$", "b{2}", "a{0,2}", "|", "(?:a|)", "(?i)", "\\x61", "[)(]", "(\\))", "[]a]", "a*?", "\\b", "é"];
  const letters = ["a", "b", "A", "/", "1", ".", ")", "("];
  const dice = newDice();
  let [matched, telling] = [0, 0];
  for (let i = 0; i < 6000; i++) {
    const pattern = toWire(Array.from({ length: 1 + dice.below(6) }, () => dice.pick(pieces)).join(""));
    let regex: RE2JS;
    try {
      regex = RE2JS.compile(pattern);
    } catch {
      continue;
    }
    const [prefix, held] = [literalPrefix(pattern), requiredLiteral(pattern)];
    for (let k = 0; k < 30; k++) {
      const text = Array.from({ length: dice.below(6) }, () => dice.pick(letters)).join("");
      if (!regex.matches(text)) continue;
      matched++;
      if (held.length > prefix.length) telling++;
      expect(text.startsWith(prefix) && text.includes(held), `seed ${dice.seed}: ${pattern} matches ${text}, prefix ${prefix}, text ${held}`).toBe(true);
    }
  }
  console.log(`seed ${dice.seed}: ${matched} matches, ${telling} of patterns known by a text inside`);
  expect(matched).toBeGreaterThan(1000);
  expect(telling).toBeGreaterThan(50);
});
