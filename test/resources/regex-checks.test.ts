import { expect, test } from "vitest";
import { withRegexLimit } from "../../src/resources/regex-checks.ts";
import { checked } from "../support/checked.ts";

const silent = { report: (): void => undefined };
const layers = (...values: object[]): object => ({ layered_runtime: { layers: values.map((static_layer, i) => ({ name: `${i}`, static_layer })) } });

test("a regex is checked wherever it stands", () => {
  expect(checked("envoy.extensions.filters.http.cors.v3.CorsPolicy", "{ allow_origin_string_match: [{ safe_regex: { regex: '(' } }] }")).toEqual(["LGT0503 allow_origin_string_match[0].safe_regex.regex"]);
});

test("the limit of its program is the last static layer's, written with dots or as maps", () => {
  expect(withRegexLimit(silent, {}).maxProgramSize).toBeUndefined();
  expect(withRegexLimit(silent, layers({ "re2.max_program_size.error_level": 7 })).maxProgramSize).toBe(7);
  expect(withRegexLimit(silent, layers({ "re2.max_program_size.error_level": 7 }, { re2: { "max_program_size.error_level": 9 } })).maxProgramSize).toBe(9);
});
