import { describe, expect, test } from "vitest";
import { HeaderBlock } from "../../../src/http/header-block.ts";
import { STREAM_ATTRIBUTES } from "../../../src/match/cel/attributes.ts";
import { compileCel } from "../../../src/match/cel/compile.ts";
import { FAILED } from "../../../src/match/cel/values.ts";
import { simulatedContext, simulatedStream } from "../../../src/router/simulated-stream.ts";

const context = simulatedContext(
  simulatedStream({ responseCode: 200, downstreamRemoteAddress: "1.2.3.4:5", dynamicMetadata: { f: { k: "v", n: [1, 2] } } }),
  HeaderBlock.of([[":path", "/a/b?q=1#f"], [":method", "GET"], [":authority", "h"], ["x-version", "v2"], ["x-two", "a"], ["x-two", "b"]]),
);
const run = (text: string): unknown => compileCel(text, STREAM_ATTRIBUTES)(context);

describe("CEL", () => {
  test.each<[string, unknown]>([
    ["1 + 2 * 3", 7n], ["(1 + 2) * 3", 9n], ["7 / 2", 3n], ["-7 % 3", -1n], ["7.0 / 2.0", 3.5], ["1 == 1.0", true], ["1 < 2 && 2 <= 2", true],
    ["!(1 > 2) || false", true], ["true ? 'y' : 'n'", "y"], ["'b' in ['a', 'b']", true], ["[1, 2][1]", 2n], ["{'a': 1}['a']", 1n], ["size('abc')", 3n], ["r'\\d'", "\\d"],
    ["'\\x41\\n'", "A\n"], ["0x10", 16n], ["1e2", 100], ["int('12')", 12n], ["'abc'.startsWith('ab') && 'abc'.endsWith('c') && 'abc'.contains('b')", true],
    ["'abc'.matches('b')", true], ["'é'.matches('^é$')", true], ["'a'.matches('(' + 'a')", FAILED], ["'a'.matches('\\\\x{100}')", FAILED], ["matches('abc', '^b')", false], ["re.extract('v2', '^v([0-9]+)', '\\\\1')", "2"], ["null == null", true],
  ])("%s is %s", (text, value) => {
    expect(run(text)).toEqual(value);
  });

  test.each([["'a'.matches('(?=a)')", "invalid regular expression: invalid perl operator: (?="], ["matches('a', '(')", "invalid regular expression: missing ): ("], ["'a'.matches('a{97}')", "regular expression exceeds max allowed size"]])(
    "%s is refused for its pattern: %s", (text, message) => {
      expect(() => run(text)).toThrow(message);
    });

  test.each<[string, unknown]>([
    ["request.path", "/a/b?q=1#f"], ["request.url_path", "/a/b"], ["request.query", "q=1"], ["request.headers['X-Version']", "v2"], ["request.headers['x-two']", "a,b"],
    ["request.method == 'GET'", true], ["response.code == 200", true], ["source.address", "1.2.3.4:5"], ["source.port", 5n], ["metadata.filter_metadata['f']['k']", "v"],
    ["'x-version' in request.headers", true], ["has(request.referer)", false], ["size(metadata.filter_metadata['f']['n'])", 2n],
  ])("the attribute expression %s is %s", (text, value) => {
    expect(run(text)).toEqual(value);
  });

  test("joining and converting text must be allowed, as by Envoy's cel_config", () => {
    expect(run("'a' + 'b'")).toBe(FAILED);
    expect(() => run("string(5)")).toThrow("No overload found");
    expect(compileCel("'a' + string(5)", STREAM_ATTRIBUTES, { concatenates: true, converts: true })(context)).toBe("a5");
  });

  test("a failure is a value, which && and || may make good", () => {
    expect(run("request.headers['none']")).toBe(FAILED);
    expect(run("request.headers['none'] == 'x'")).toBe(FAILED);
    expect(run("request.headers['none'] == 'x' || true")).toBe(true);
    expect(run("false && request.headers['none'] == 'x'")).toBe(false);
    expect(run("1 / 0")).toBe(FAILED);
    expect(run("1 + 'a'")).toBe(FAILED);
  });

  test.each([
    ["1 +", "unexpected the end at column 4"], ["a b", 'unexpected "b" at column 3'], ["nope('a')", "No overload found in reference resolve step for nope"], ["size('a', 'b')", "No overload found in reference resolve step for size"],
    ["xds.node", "the attribute xds.node"], ["upstream_filter_state", "the attribute upstream_filter_state"], ["re.captureN('a', 'b')", "the function re.captureN"], ["9223372036854775809", "the number at column 1 is too large"], ["1.5u", 'unexpected "u" at column 4'], ["'a", "unexpected character \"'\" at column 1"], ["(".repeat(200), "nested more than 100 deep"],
  ])("%s is refused", (text, message) => {
    expect(() => compileCel(text, STREAM_ATTRIBUTES)).toThrow(message);
  });
});
