import { describe, expect, test } from "vitest";
import { programSize } from "../../../src/match/re2/program-size.ts";

describe("the size of an RE2 program", () => {
  // as Envoy 1.40.0 tells them with re2.max_program_size.error_level: 0
  test.each([
    ["a", 5], ["a*", 5], ["a+", 6], ["a?", 6], ["(a)", 7], ["a.b", 8], ["..", 8], ["[a-z]{100}", 104], ["^a$", 4], ["[^/]*", 6], ["a\\b", 6], ["(?i)k", 5],
    ["[[:alpha:]]", 5], ["(abc|abd)", 9], ["x*y*", 7], ["(?:ab){3}", 10], ["(?:ab)*", 6], ["\\pL", 11], ["é", 6], ["a$", 5], ["^abc$", 4], ["\\bab", 7],
    ["(^a|b)", 9], ["a{2,4}", 10], ["(a|bc)+d", 11], ["[^/]{1,20}", 63], ["\\w+\\.\\d+", 11], ["(?s).*", 6], ["(?s)a.*", 7], ["^(abc)d", 8], ["^a|b$", 8],
    ["/api/v[12]/(users|orders)/[0-9a-f-]{36}(/.*)?", 140], ["^/v[0-9]+/(?:foo|bar)/([^/]+)(?:/(.*))?$", 25], ["((a)|(b))*", 12], ["(a?){3}", 16],
    [".*\\.(png|jpe?g|gif)$", 20], ["^/foo(/.*)?$", 10], ["\\s*\\S+", 13], ["/(en|de)(-[A-Z]{2})?/.*", 20],
    ["^*?_", 10], ["^{0,1}\\-", 7], ["^+?", 6], ["\\A", 2], ["\\z", 4], ["\\A\\d\\w", 6], ["users\\z", 9], ["\\z{1000}", 4], ["${2}", 4], ["^\\w|^😀", 9], ["\\p{Greek}", 1], ["\\p{Greek}?", 4], ["^[\\]a]\\B_|^\\*", 7],
  ] as const)("of %s is %d", (pattern, size) => {
    expect(programSize(pattern)).toBe(size);
  });
});

/** Fault texts as Envoy 1.40.0 gives them. */
const FAULTS: readonly (readonly [string, string])[] = [
  ["(é", "missing ): (é"], ["é)", "unexpected ): é)"], ["[é", "missing ]: [Ã©"], ["(?P<n", "invalid named capture group: (?P<n"], ["(?P<é>a)", "invalid named capture group: (?P<Ã©>"], ["\\p", "invalid character class range: \\p"],
  ["\\p{Greek", "invalid character class range: \\p{Greek"], ["[[:foo:]]", "invalid character class range: [:foo:]"], ["[z-a]", "invalid character class range: z-a"], ["\\x{", "invalid UTF-8"], ["\\x{4", "invalid escape sequence: \\x{4"],
  ["x{2}{3}", "bad repetition operator: {2}{3}"], ["x{1001}", "invalid repetition size: {1001}"], ["x{3,2}", "invalid repetition size: {3,2}"], ["((a{100}){100}){100}", "invalid repetition size: {100}"], ["(a{10}){101}", "invalid repetition size: {101}"],
  ["(*)", "no argument for repetition operator: *"], ["|*", "no argument for repetition operator: *"], ["(?i", "invalid perl operator: (?i"], ["(?i-)", "invalid perl operator: (?i-)"], ["(?#a)", "invalid perl operator: (?#"], ["a\\", "trailing \\"],
  ["(?:\\pL{30}){33}x{1001}?", "invalid repetition size: {1001}?"],
];

test.each(FAULTS)("%s is refused: %s", (pattern, message) => {
  expect(programSize(pattern)).toMatchObject({ message });
});

describe("a pattern that is meant to take long", () => {
  test.each([
    ["groups in groups", `${"(".repeat(50_000)}a${")".repeat(50_000)}`, 100_005],
    ["groups never closed", "(".repeat(100_000), "missing ): "],
    ["groups repeated in groups", `${"(?:".repeat(50_000)}a${")*".repeat(50_000)}`, 5],
    ["repetitions that multiply", "(?:(?:(?:[a-z]{10}){10}){10}[0-9]{10}){11}", "invalid repetition size: {11}"],
    ["more instructions than RE2 holds", `(?:${"[a-z0-9_-]".repeat(300)}){1000}`, "pattern too large - compile failed"],
    ["as many instructions as RE2 holds", "a".repeat(698_992), 698_996],
    ["one instruction more", "a".repeat(698_993), "pattern too large - compile failed"],
    ["more parts than RE2 walks over", "()".repeat(1_000_001), "pattern too large - compile failed"],
    ["alternatives that each begin with the one before", Array.from({ length: 1200 }, (_, i) => "a".repeat(i)).join("|"), 2402],
    ["more alternatives than a node has", "[ab]|cd|".repeat(70_000), 210_005],
  ] as const)("%s ends at once", (_, pattern, expected) => {
    const said = programSize(pattern);
    if (typeof expected === "number") expect(said).toBe(expected);
    else expect(String((said as Error).message)).toContain(expected);
  }, 20_000);
});
