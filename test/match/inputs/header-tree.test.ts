import { expect, test } from "vitest";
import { HeaderBlock } from "../../../src/http/header-block.ts";
import { NO_RUNTIME } from "../../../src/contract/request-view.ts";
import { compileHeaderTree } from "../../../src/match/inputs/input-tree.ts";
import type { Matcher, Matcher_OnMatch } from "../../../src/schema/generated/xds/type/matcher/v3.ts";

const input = (name: string) => ({ name, typed_config: { "@type": "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput", header_name: name } });
const to = (name: string): Matcher_OnMatch => ({ action: { name, typed_config: { "@type": "x", name } } });

function found(config: Matcher, ...headers: (readonly [string, string])[]): unknown {
  return compileHeaderTree(config, (typed) => typed["name"], { report: ({ message }) => { throw new Error(message); } })({ requestHeaders: HeaderBlock.of(headers), runtime: NO_RUNTIME });
}

test("an exact map leads to an action, or on", () => {
  const config: Matcher = { matcher_tree: { input: input("a"), exact_match_map: { map: { x: to("X") } } }, on_no_match: to("else") };
  expect(found(config, ["a", "x"])).toBe("X");
  expect(found(config, ["a", "y"])).toBe("else");
  expect(found(config)).toBe("else");
});

test("a prefix map prefers the longest prefix and falls back to shorter ones", () => {
  const nested: Matcher_OnMatch = { matcher: { matcher_tree: { input: input("b"), exact_match_map: { map: { "1": to("deep") } } } } };
  const config: Matcher = { matcher_tree: { input: input("a"), prefix_match_map: { map: { x: to("short"), xy: nested } } } };
  expect(found(config, ["a", "xyz"], ["b", "1"])).toBe("deep");
  expect(found(config, ["a", "xyz"], ["b", "2"])).toBe("short");
  expect(found(config, ["a", "z"])).toBeUndefined();
});

test("a list is asked in order, with and, or and not; header lines are joined", () => {
  const single = (name: string, exact: string) => ({ single_predicate: { input: input(name), value_match: { exact } } });
  const config: Matcher = {
    matcher_list: {
      matchers: [
        { predicate: { and_matcher: { predicate: [single("a", "1"), { not_matcher: single("b", "1") }] } }, on_match: to("and") },
        { predicate: { or_matcher: { predicate: [single("a", "1"), single("b", "1,2")] } }, on_match: to("or") },
      ],
    },
  };
  expect(found(config, ["a", "1"])).toBe("and");
  expect(found(config, ["a", "1"], ["b", "1"])).toBe("or");
  expect(found(config, ["b", "1"], ["b", "2"])).toBe("or");
  expect(found(config)).toBeUndefined();
});
