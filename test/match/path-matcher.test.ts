import { describe, expect, test } from "vitest";
import { barePath, comparedPath, compilePathMatcher } from "../../src/match/path-matcher.ts";
import type { RouteMatch } from "../../src/schema/generated/envoy/config/route/v3.ts";
import { get, request } from "../support/route-tables.ts";

const silent = { report: (): void => undefined };
const matches = (match: RouteMatch, path: string, ignore = false): boolean => compilePathMatcher(match, ignore, silent).matches(get("h", path));

describe("a path specifier", () => {
  test("looks at the path without query and fragment", () => {
    expect(barePath("/a?b#c")).toBe("/a");
    expect(barePath("/a#b?c")).toBe("/a");
    expect(comparedPath("/a;p/b?c", true)).toBe("/a/b");
    expect(comparedPath("/a;p=1;q/b;/c;?d;e/f", true)).toBe("/a/b/c");
    expect(comparedPath("/a;p/b", false)).toBe("/a;p/b");
    expect(matches({ path: "/a" }, "/a?b")).toBe(true);
    expect(matches({ path: "/a?b" }, "/a?b")).toBe(false);
    expect(matches({ prefix: "/a?" }, "/a?b")).toBe(false);
  });

  test("compares prefixes by characters, separated prefixes by segments", () => {
    expect(matches({ prefix: "/foo" }, "/foobar")).toBe(true);
    expect(matches({ path_separated_prefix: "/foo" }, "/foobar")).toBe(false);
    expect(matches({ path_separated_prefix: "/foo" }, "/foo/bar")).toBe(true);
    expect(matches({ path_separated_prefix: "/foo" }, "/foo?x")).toBe(true);
  });

  test("ignores case where told to, but never in a regex", () => {
    expect(matches({ prefix: "/FOO", case_sensitive: false }, "/foo/x")).toBe(true);
    expect(matches({ path: "/FOO", case_sensitive: false }, "/fOo")).toBe(true);
    expect(matches({ safe_regex: { regex: "/FOO" }, case_sensitive: false }, "/foo")).toBe(false);
  });

  test("cuts path parameters, except for templates", () => {
    expect(matches({ path: "/a" }, "/a;x=1?q", true)).toBe(true);
    const template = { name: "t", typed_config: { "@type": "type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig", path_template: "/{a}" } };
    expect(matches({ path_match_policy: template }, "/a;x=1?q", true)).toBe(true);
    expect(matches({ path_match_policy: { ...template, typed_config: { ...template.typed_config, path_template: "/a" } } }, "/a;x=1", true)).toBe(false);
  });

  test("matches CONNECT without a path", () => {
    const connect = compilePathMatcher({ connect_matcher: {} }, false, silent);
    expect(connect.matches(request([[":method", "CONNECT"], [":authority", "h:1"]]))).toBe(true);
    expect(connect.matches(get("h", "/"))).toBe(false);
    expect(compilePathMatcher({ prefix: "" }, false, silent).matches(request([[":method", "CONNECT"]]))).toBe(false);
  });

  test("never matches when it is missing, and says so", () => {
    const codes: string[] = [];
    expect(compilePathMatcher({}, false, { report: ({ code }) => codes.push(code) }).matches(get("h", "/"))).toBe(false);
    expect(codes).toEqual(["LGT0523"]);
  });
});
