import { expect, test } from "vitest";
import { hasNoBody, isHttp1Method, isMethodToken } from "../../src/http/methods.ts";

test("HTTP/1 takes a fixed list, HTTP/2 any token", () => {
  expect(["GET", "PURGE", "MSEARCH", "QUERY", "LINK"].every(isHttp1Method)).toBe(true);
  expect(["get", "FOO", "M-SEARCH", "PRI", ""].some(isHttp1Method)).toBe(false);
  expect([isMethodToken("get"), isMethodToken("M-SEARCH"), isMethodToken("A B"), isMethodToken(""), isMethodToken("\u0100")]).toEqual([true, true, false, false, false]);
});

test("methods that go without a content-length of 0", () => {
  expect(["GET", "HEAD", "DELETE", "TRACE", "CONNECT", "POST", "PUT", "OPTIONS"].filter(hasNoBody)).toEqual(["GET", "HEAD", "DELETE", "TRACE", "CONNECT"]);
});
