import { expect, test } from "vitest";
import { isTargetValid, parseAbsolute, parseConnect } from "../../src/codec/http1-target.ts";

test("targets that may stand in a request line", () => {
  for (const target of ["/", "/a?b#c", "*", "*x", "http://h/p", "h2+x.y-z://h", "http://u:p@h:1", "http://h?q"]) expect(isTargetValid(target, false), target).toBe(true);
  for (const target of ["", "x", "http:/h", "1http://h", "://h", "http://a@@b", "http://h\\p", "http://h<"]) expect(isTargetValid(target, false), target).toBe(false);
  expect([isTargetValid("h:443", true), isTargetValid("h:443", false)]).toEqual([true, false]);
});

test("an absolute target in pieces", () => {
  expect(parseAbsolute("HTTP://u:p@Other:80/P?q")).toEqual({ scheme: "http", authority: "Other:80", path: "/P?q" });
  expect(parseAbsolute("http://other")).toEqual({ scheme: "http", authority: "other", path: "/" });
  expect(parseAbsolute("http://other?q")).toEqual({ scheme: "http", authority: "other", path: "?q" });
  expect(parseAbsolute("ftp://[::1]:80/p")).toEqual({ scheme: "ftp", authority: "[::1]:80", path: "/p" });
  for (const target of ["http://", "http:///p", "http://a_b/", "http://a:/", "http://a:x/", "http://a:99999/", "http://[::g]/", "h2://a/", "*"]) {
    expect(parseAbsolute(target), target).toBeUndefined();
  }
});

test("a CONNECT target is host and port", () => {
  expect([parseConnect("h:443"), parseConnect("[::1]:1"), parseConnect("1.2.3.4:65535")]).toEqual(["h:443", "[::1]:1", "1.2.3.4:65535"]);
  for (const target of ["h", "/x", "h:", "h:65536", "u@h:1", "h:1/p", "http://h:1"]) expect(parseConnect(target), target).toBeUndefined();
});
