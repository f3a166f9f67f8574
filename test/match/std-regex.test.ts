import { expect, test } from "vitest";
import { stdRegexFault } from "../../src/match/std-regex/fault.ts";

/** Verdicts of Envoy 1.40.0's binary on `stats_tags[].regex`. */
const [BRACKETS, BOUNDS, BRACE, CLASS, COLLATING, ESCAPE, PAREN, RANGE, REFERENCE, REPEAT, REST] = [
  "mismatched [ and ]", "an invalid range in a {}", "mismatched { and }", "an invalid character class", "an invalid collating", "an invalid escaped", "mismatched ( and )", "an invalid character range", "an invalid back reference",
  "was not preceded by", "did not consume",
] as const;

test.each([
  ["a{", BOUNDS], ["a{1", BRACE], ["a{,2}", BOUNDS], ["a{2,1}", BOUNDS], ["a{1,", BOUNDS], ["a{1,b}", BRACE], ["a{1 }", BOUNDS], ["a{99999999999}", BOUNDS], ["a{2147483640}", BOUNDS], ["a**", REPEAT], ["a*??", REPEAT], ["^*", REPEAT], ["|*", REPEAT], ["(?=a)*", REPEAT],
  ["(?<n>a)", REPEAT], ["(?i)a", REPEAT], ["\\b+", REPEAT], ["a{2}{3}", REPEAT], ["(?:", PAREN], ["(a]", PAREN], ["(?!a", PAREN], [")", REST], ["]", REST], ["[]a]", REST], ["[", BRACKETS], ["[a-", BRACKETS], ["[\\]", BRACKETS], ["[[:alpha:]", BRACKETS],
  ["[b-a]", RANGE], ["[\\d-a]", RANGE], ["[a-\\d]", RANGE], ["[é-a]", RANGE], ["[a--]", RANGE], ["[[:foo:]]", CLASS], ["[[::]]", CLASS], ["[[.foo.]]", COLLATING], ["[[=ab=]]", COLLATING], ["[\\q]", ESCAPE], ["[\\1]", ESCAPE], ["\\A", ESCAPE], ["a\\", ESCAPE],
  ["\\x4", ESCAPE], ["\\u004", ESCAPE], ["\\c1", ESCAPE], ["\\1", REFERENCE], ["(a)\\10", REFERENCE], ["\\2(a)(b)", REFERENCE],
])("%s is refused: %s", (pattern, words) => {
  expect(stdRegexFault(pattern)).toContain(words);
});

test.each([
  "a*?", "(|a)", "a|", "()", "[]", "[^]", "[[.a.]]", "[[.hyphen.]-z]", "[[=a=]]", "[\\b]", "(a)\\1", "(a\\1)", "\\0", "\\01", "\\cA", "\\_", "\\é", "[é-ü]", "[a-é]", "a{1000000}", "a{214748364}", "a{0214}", "[a-c-e]", "[!--]", "[[]", "[[:alpha:]-z]", "[[:ALPHA:]]", "[[:w:]]", "^^", "(?=a)b{2}",
  "^(?:(.*?)\\.)$", "[a-[.z.]]", "a{1,}?",
])("%s is taken", (pattern) => {
  expect(stdRegexFault(pattern)).toBeUndefined();
});

test("nests as deep as it likes", () => {
  expect(stdRegexFault(`${"(".repeat(100_000)}a${")".repeat(100_000)}`)).toBeUndefined();
});
