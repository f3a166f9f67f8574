import { expect, test } from "vitest";
import { canonicalPath } from "../../src/http/canonical-path.ts";

test.each([
  ["", "/"], ["a", "/a"], ["/a/./b/../c", "/a/c"], ["/..", "/"], ["/a/..", "/"], ["/a/.", "/a/"], ["/%2e%2E/x", "/x"], ["\\a\\..\\b", "/b"],
  ["/a//../b", "/a/b"], ["/.a/..b/...", "/.a/..b/..."], ["/%41%7e%2d", "/A~-"], ["/%2f%3F", "/%2f%3F"], ["/a b\xe9\"", "/a%20b%E9%22"], ["/%zz%", "/%zz%"],
])("%j becomes %j", (path, canonical) => {
  expect(canonicalPath(path)).toBe(canonical);
});

test("a NUL makes it no path", () => {
  expect([canonicalPath("/%00"), canonicalPath("/a\0")]).toEqual([null, null]);
});
