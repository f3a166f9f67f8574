import { expect, test } from "vitest";
import { queryParameter, queryParameters, withoutQueryAndFragment } from "../../src/http/query.ts";

test("the first value of a parameter, undecoded", () => {
  const get = (name: string): string | null => queryParameter("/p?a=1&b&a=2&c=x=y&%20=+&ab=3&=e#f", name);
  expect(["a", "b", "c", "%20", "ab", "", "d", "A"].map(get)).toEqual(["1", "", "x=y", "+", "3", "e#f", null, null]);
  expect([queryParameter("/p", "a"), queryParameter("/p?", "a"), queryParameter("/a=1", "a")]).toEqual([null, null, null]);
});

test("one lookup and the whole map agree", () => {
  for (const path of ["/?", "/?a", "/?&", "/?a=&a=b", "/?=", "/?a==&b=?", "/?x=1&&y"]) {
    for (const [name, values] of queryParameters(path)) expect(queryParameter(path, name), `${path} ${name}`).toBe(values[0]);
  }
  expect([...queryParameters("/p?a=1&b&a=2")]).toEqual([["a", ["1", "2"]], ["b", [""]]]);
  expect(queryParameters("/p").size).toBe(0);
});

test("a path alone", () => {
  expect(["/a?b", "/a#b?c", "/a"].map(withoutQueryAndFragment)).toEqual(["/a", "/a", "/a"]);
});
