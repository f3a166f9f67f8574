import { expect, test } from "vitest";
import { textFormat } from "../../src/tools/text-format.ts";

test("a message as protobuf prints it: fields by number, nested ones indented, text escaped", () => {
  expect(textFormat("envoy.config.route.v3.RouteMatch", {
    headers: [{ name: "x", string_match: { exact: 'a"ü' } }], prefix: "/a", case_sensitive: false, runtime_fraction: { default_value: { numerator: 1, denominator: "MILLION" } },
  })).toBe(`prefix: "/a"
case_sensitive {
}
headers {
  name: "x"
  string_match {
    exact: "a\\"\\303\\274"
  }
}
runtime_fraction {
  default_value {
    numerator: 1
    denominator: MILLION
  }
}
`);
});
