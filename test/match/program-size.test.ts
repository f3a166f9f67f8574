import { describe, expect, test } from "vitest";
import { programSize } from "../../src/match/program-size.ts";

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
