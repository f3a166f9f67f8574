import { describe, expect, test } from "vitest";
import { RE2JS } from "re2js";
import { v2 } from "../../src/schema/v2.ts";

const V2 = v2();
import { V3, type RuleTexts } from "../../src/schema/table.ts";
import { valueRules, type ValueKind } from "../../src/schema/value-rules.ts";
import { CLUSTER, decoded } from "../support/decoded.ts";

const ROUTE = "envoy.config.route.v3.";

/** `CODE path | Envoy's reason` of each error. */
function broken(type: string, text: string): string[] {
  return decoded(type, text).findings.filter((f) => f.severity === "error").map((f) => `${f.code} ${f.path ?? ""} | ${f.why?.replace(/^Envoy: |\.$/g, "")}`);
}

describe("every kind of rule, with Envoy's reason", () => {
  test.each([
    ["message required", "envoy.config.core.v3.HeaderValueOption", "append_action: 0", ["LGT0301 header | value is required"]],
    ["duration required", "envoy.config.core.v3.HealthCheck", "timeout: 1s\nunhealthy_threshold: 1\nhealthy_threshold: 1\ntcp_health_check: {}", ["LGT0301 interval | value is required"]],
    ["wrapper required", "envoy.config.core.v3.HealthCheck", "timeout: 1s\ninterval: 1s\nhealthy_threshold: 1\ntcp_health_check: {}", ["LGT0301 unhealthy_threshold | value is required"]],
    ["oneof required", `${ROUTE}RouteMatch`, "runtime_fraction: {default_value: {numerator: 1}}", ['LGT0302  | field: "path_specifier", reason: is required']],
    ["min_len", CLUSTER, "alt_stat_name: a", ["LGT0303 name | value length must be at least 1 characters"]],
    ["max_bytes", `${ROUTE}HeaderMatcher`, `name: ${"é".repeat(8193)}`, []],
    ["header name, loose", "envoy.config.core.v3.HeaderValue", 'key: "a\\nb"', ['LGT0306 key | value does not match regex pattern "^[^\\x00\\n\\r]*$"']],
    ["header name, strict", "envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig", "header_name: a b", ["LGT0306 header_name | value does not match regex pattern \"^:?[0-9a-zA-Z!#$%&'*+-.^_|~`]+$\""]],
    ["header value, strict", "envoy.config.core.v3.HealthCheck.HttpHealthCheck", 'path: "/\\u0001"', ['LGT0306 path | value does not match regex pattern "^[^\\x00-\\b\\n-\\x1f\\x7f]*$"']],
    ["pattern", "envoy.extensions.geoip_providers.maxmind.v3.MaxMindConfig", "city_db_path: x\ncommon_provider_config: {geo_headers_to_add: {}}", ['LGT0306 city_db_path | value does not match regex pattern "^$|^.*\\\\.mmdb$"']],
    ["prefix and suffix", `${ROUTE}RateLimit.HitsAddend`, "format: x", ['LGT0306 format | value does not have prefix "%"', 'LGT0306 format | value does not have suffix "%"']],
    ["string in", "envoy.config.core.v3.SchemeHeaderTransformation", "scheme_to_overwrite: ftp", ["LGT0307 scheme_to_overwrite | value must be in list [http https]"]],
    ["enum defined_only", CLUSTER, "name: c\nlb_policy: 99", ["LGT0310 lb_policy | value must be one of the defined enum values"]],
    ["enum not_in", "envoy.type.v3.HttpStatus", "{}", ["LGT0307 code | value must not be in list [Empty]"]],
    ["bool const", "envoy.config.rbac.v3.Permission", "any: false", ["LGT0307 any | value must equal true"]],
    ["both bounds", `${ROUTE}DirectResponseAction`, "status: 99", ["LGT0304 status | value must be inside range [200, 600)"]],
    ["lower bound", "envoy.config.endpoint.v3.LocalityLbEndpoints", "load_balancing_weight: 0", ["LGT0304 load_balancing_weight | value must be greater than or equal to 1"]],
    ["upper bound", "envoy.config.core.v3.SocketAddress", "address: a\nport_value: 65536", ["LGT0304 port_value | value must be less than or equal to 65535"]],
    ["64-bit bound", `${CLUSTER}.RingHashLbConfig`, "minimum_ring_size: 18446744073709551615", ["LGT0304 minimum_ring_size | value must be less than or equal to 8388608"]],
    ["double bounds", "envoy.type.v3.Percent", "value: 100.5", ["LGT0304 value | value must be inside range [0, 100]"]],
    ["infinity", "envoy.type.v3.Percent", "value: Infinity", ["LGT0304 value | value must be inside range [0, 100]"]],
    ["duration gt", CLUSTER, "name: c\nconnect_timeout: 0s", ["LGT0308 connect_timeout | value must be greater than 0s"]],
    ["a duration without rules", CLUSTER, "name: c\noutlier_detection: { max_ejection_time_jitter: -1s }", ["LGT0308 outlier_detection.max_ejection_time_jitter | Invalid duration: Expected positive duration"]],
    ["the longest duration", CLUSTER, "name: c\noutlier_detection: { max_ejection_time_jitter: 9223372036s }", ["LGT0308 outlier_detection.max_ejection_time_jitter | Invalid duration: Duration out-of-range"]],
    ["duration in milliseconds", CLUSTER, "name: c\ndns_refresh_rate: 0.0001s", ["LGT0308 dns_refresh_rate | value must be greater than 1ms"]],
    ["min_items", `${ROUTE}VirtualHost`, "name: a", ["LGT0305 domains | value must contain at least 1 item(s)"]],
    ["items", `${ROUTE}VirtualHost`, 'name: a\ndomains: [a, "b\\nc"]', ['LGT0306 domains[1] | value does not match regex pattern "^[^\\x00\\n\\r]*$"']],
    ["map keys", "envoy.config.core.v3.Metadata", 'filter_metadata: {"": {}}', ['LGT0303 filter_metadata[""] | value length must be at least 1 characters']],
  ])("%s", (_, type, text, expected) => {
    expect(broken(type, text)).toEqual(expected);
  });

  test("unset fields count as their default, unless ignore_empty or a oneof says otherwise", () => {
    expect(broken("envoy.config.core.v3.HeaderValue", "{}")).toEqual(["LGT0303 key | value length must be at least 1 characters"]);
    expect(broken(`${ROUTE}RedirectAction`, "{}")).toEqual([]);
    expect(broken(`${ROUTE}HeaderMatcher`, "name: a\npresent_match: true")).toEqual([]);
  });

  test("a rule on a wrapper runs only if it is set", () => {
    expect(broken(`${CLUSTER}.MaglevLbConfig`, "{}")).toEqual([]);
    expect(broken(`${CLUSTER}.MaglevLbConfig`, "table_size: 5000012")).toHaveLength(1);
  });

  test("rules do not reach into a field that is to be skipped", () => {
    expect(broken("envoy.config.core.v3.KeyValueAppend", "record: {key: a, value: b}\nentry: {}")).toEqual([]);
  });

  test("all violations are found, each where it is", () => {
    const { places } = decoded(`${ROUTE}VirtualHost`, 'name: ""\ndomains: []\nroutes:\n- match: {}\n  direct_response: {status: 1}\n- {}');
    expect(places).toEqual(["LGT0302 4:3 routes[0].match", "LGT0304 5:29 routes[0].direct_response.status", "LGT0303 1:7 name", "LGT0301 6:3 routes[1].match", "LGT0302 6:3 routes[1]", "LGT0305 2:10 domains"].sort(byLine));
  });
});

function byLine(a: string, b: string): number {
  const [x, y] = [a, b].map((place) => (/ (\d+):(\d+)/.exec(place) ?? []).slice(1).map(Number));
  return (x?.[0] ?? 0) - (y?.[0] ?? 0) || (x?.[1] ?? 0) - (y?.[1] ?? 0);
}

test("unique items must differ", () => {
  const type = [...V3.names()].find((name) => V3.message(name)?.fields.some((f) => f.kind === "string" && f.rules?.["unique"] === true)) ?? "";
  const field = V3.message(type)?.fields.find((f) => f.rules?.["unique"] === true)?.name ?? "";
  expect(broken(type, `${field}: [a, a]`)).toContain(`LGT0309 ${field} | repeated value must contain unique items`);
  expect(broken(type, `${field}: [a, b]`).join()).not.toContain("LGT0309");
});

describe("value rules that today's API does not use", () => {
  const text: ValueKind = { kind: "string", shape: "string", type: undefined, enumType: undefined };
  const uint64: ValueKind = { kind: "uint64", shape: "integer", type: undefined, enumType: undefined };
  const bytes: ValueKind = { kind: "bytes", shape: "bytes", type: undefined, enumType: undefined };

  test.each([
    [{ len: 2 }, text, "ab", "abc", "value length must be 2 characters"],
    [{ min_len: 2, max_len: 3 }, text, "😀😀", "😀", "value length must be between 2 and 3 characters, inclusive"],
    [{ min_bytes: 4 }, text, "😀", "abc", "value length must be at least 4 bytes"],
    [{ contains: "x" }, text, "axb", "ab", 'value does not contain substring "x"'],
    [{ gt: "1", lt: "18446744073709551615" }, uint64, "18446744073709551614", "18446744073709551615", "value must be inside range (1, 18446744073709551615)"],
    [{ min_len: 2 }, bytes, "YWI=", "YQ==", "value length must be at least 2 bytes"],
  ] as [RuleTexts, ValueKind, unknown, unknown, string][])("%o", (rules, kind, good, bad, reason) => {
    const [rule] = valueRules(rules, kind);
    expect([rule?.holds(good), rule?.holds(bad), rule?.reason]).toEqual([true, false, reason]);
  });
});

test("every pattern of the API means the same in JavaScript and in RE2", () => {
  const patterns = new Set<string>();
  for (const table of [V3, V2]) {
    for (const name of table.names()) {
      const found = JSON.stringify(table.message(name)?.fields.map((f) => f.rules) ?? []);
      for (const match of found.matchAll(/"pattern":("(?:\\.|[^"\\])*")/g)) patterns.add(JSON.parse(match[1] ?? '""') as string);
    }
  }
  expect(patterns.size).toBeGreaterThan(8);
  const samples = ["", "a", "/", "/a/b", "a\nb", "a b", "é", "x.mmdb", "\x7f", "a?b", "a,b", '"', "\\", "A-_.~:", "0".repeat(64), "0".repeat(65), "😀"];
  for (const pattern of patterns) {
    const [js, re2] = [new RegExp(`^(?:${pattern})$`, "u"), RE2JS.compile(pattern)];
    for (const sample of samples) expect([pattern, sample, js.test(sample)]).toEqual([pattern, sample, re2.matches(sample)]);
  }
});
