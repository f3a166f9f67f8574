import { expect, test } from "vitest";
import { HeaderBlock } from "../../../src/http/header-block.ts";
import { STREAM_ATTRIBUTES } from "../../../src/match/cel/attributes.ts";
import { compileCel } from "../../../src/match/cel/compile.ts";
import { FAILED } from "../../../src/match/cel/values.ts";
import { celText } from "../../../src/match/format/cel-commands.ts";
import { simulatedContext, simulatedStream } from "../../../src/router/simulated-stream.ts";

const context = simulatedContext(simulatedStream({}), HeaderBlock.of([[":path", "/"]]));

function shown(text: string): string | null {
  const value = compileCel(text, STREAM_ATTRIBUTES)(context);
  return value === FAILED ? null : celText(value);
}

test.each<[string, string | null]>([
  ["duration('1h2m3.5s')", "1h2m3.5s"], ["duration('90s')", "1m30s"], ["duration('1500us')", "1.5ms"], ["duration('0')", "0"], ["duration('-1.5h')", "-1h30m"], ["duration('1x')", null], ["duration('')", null],
  ["duration('999999999h')", null], ["timestamp('2020-02-29T12:34:56.789Z')", "2020-02-29T12:34:56.789+00:00"], ["timestamp('2020-02-29T12:34:56-01:30')", "2020-02-29T14:04:56+00:00"], ["timestamp('2021-02-29T00:00:00Z')", null],
  ["timestamp('9999-12-31T23:59:59Z') + duration('1s')", null], ["timestamp('2020-01-01T00:00:00Z') - duration('1ns')", "2019-12-31T23:59:59.999999999+00:00"], ["timestamp('1969-12-31T23:59:59.5Z').getSeconds()", "59"],
  ["timestamp('2020-12-31T00:00:00Z').getDayOfYear()", "365"], ["timestamp('2020-01-01T00:00:00Z').getHours('Mars/Olympus')", null], ["duration('1h').getFullYear()", null], ["int(timestamp('1970-01-01T00:00:01.9Z'))", "1"],
])("the time %s is %s", (text, value) => {
  expect(shown(text)).toBe(value);
});

test.each<[string, string | null]>([
  ["18446744073709551615u", "18446744073709551615"], ["18446744073709551615u + 1u", null], ["1u - 2u", null], ["1 + 1u", null], ["1u == 1.0", "true"], ["2u > 1", "true"], ["'a' < b'b'", null], ["b'\\x41b'", "Ab"], ["size('äö')", "2"], ["size(b'äö')", "4"],
  ["type(1u) == uint", "true"], ["type(type(1)) == type", "true"], ["int", "CelType value"], ["{'a': [1]} == {'a': [1.0]}", "true"], ["{'a': 1} == {'b': 1}", "false"], ["123456789.0", "1.23457e+08"], ["0.00001", "1e-05"], ["100000.0", "100000"], ["1.0 / 0.0", "inf"],
  ["uint('9')", "9"], ["uint(-1)", null], ["uint(9.9)", "9"], ["nope", null], ["nope.nope || true", "true"],
])("%s is %s", (text, value) => {
  expect(shown(text)).toBe(value);
});
