import { expect, test } from "vitest";
import { compileKeyFormat } from "../../src/codec/http1-key-format.ts";

const TYPE = "type.googleapis.com/envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig";

function compiled(config: Parameters<typeof compileKeyFormat>[0]): { options: object; codes: string[] } {
  const codes: string[] = [];
  return { options: compileKeyFormat(config, { report: ({ code }) => codes.push(code) }), codes };
}

test("names are lower case, proper case, or kept as they came", () => {
  expect(compiled(undefined).options).toEqual({ properCase: false });
  expect(compiled({ proper_case_words: {} }).options).toEqual({ properCase: true });
  expect(compiled({ stateful_formatter: { name: "p", typed_config: { "@type": TYPE } } }).options).toEqual({ properCase: false, preserveCase: "DEFAULT" });
  expect(compiled({ stateful_formatter: { name: "p", typed_config: { "@type": TYPE, formatter_type_on_envoy_headers: "PROPER_CASE" } as never } }).options).toEqual({ properCase: false, preserveCase: "PROPER_CASE" });
});

test("a formatter that is not known is reported", () => {
  expect(compiled({ stateful_formatter: { name: "x", typed_config: { "@type": "type.googleapis.com/google.protobuf.Struct" } } })).toEqual({ options: { properCase: false }, codes: ["LGT0901"] });
});
