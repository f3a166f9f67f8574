import { describe, expect, test } from "vitest";
import { BOOTSTRAP, CLUSTER, decoded } from "../support/decoded.ts";

const ACTION = "envoy.config.route.v3.RateLimit.Action";
const DISALLOWED = "dynamic_metadata: {descriptor_key: a, metadata_key: {key: a, path: [{key: b}]}}";

describe("deprecation", () => {
  test("a deprecated field that is set is a warning at its key", () => {
    expect(decoded(BOOTSTRAP, "watchdog: {}").findings).toMatchObject([{ code: "LGT0212", severity: "warning", line: 1, column: 1, message: "watchdog is deprecated since API version 3.0." }]);
  });

  test("a field that is disallowed by default is an error unless runtime allows it", () => {
    expect(decoded(ACTION, DISALLOWED).findings.map((f) => f.code)).toEqual(["LGT0213"]);
    expect(decoded(ACTION, DISALLOWED, { allows_deprecated: (name) => name === `${ACTION}.dynamic_metadata` }).findings.map((f) => f.code)).toEqual(["LGT0212"]);
  });

  test("a deprecated value of an enum is a warning", () => {
    expect(decoded("envoy.config.core.v3.ConfigSource", "ads: {}\nresource_api_version: V2").findings.map((f) => f.code)).toEqual(["LGT0216"]);
  });
});

describe("work in progress", () => {
  test("fields, messages and whole files are warned of", () => {
    expect(decoded("envoy.config.core.v3.Http1ProtocolOptions", "allow_custom_methods: true").findings.map((f) => [f.code, f.severity])).toEqual([["LGT0214", "warning"]]);
    expect(decoded("xds.core.v3.ContextParams", "params: {a: b}").findings.map((f) => f.message)).toEqual(["xds.core.v3.ContextParams is marked as work in progress (its whole file xds/core/v3/context_params.proto is)."]);
  });

  test("not if they are unset", () => {
    expect(decoded("envoy.config.core.v3.Http1ProtocolOptions", "allow_custom_methods: false").findings).toEqual([]);
    expect(decoded(CLUSTER, "name: c\nhttp_protocol_options: null").findings).toEqual([]);
  });
});
