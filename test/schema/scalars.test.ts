import { describe, expect, test } from "vitest";
import { CLUSTER, decoded } from "../support/decoded.ts";

/** The field's decoded value, or the code of its finding. */
function read(field: string, value: string, file = "t.yaml"): unknown {
  const text = file === "t.json" ? `{"name": "c", "${field}": ${value}}` : `name: c\n${field}: ${value}`;
  const { message, findings } = decoded(CLUSTER, text, { file });
  return findings[0]?.code ?? message[field];
}

function any(type: string, value: string): unknown {
  const { message, findings } = decoded("envoy.config.core.v3.Metadata", `typed_filter_metadata: {a: {"@type": type.googleapis.com/google.protobuf.${type}, value: ${value}}}`);
  return findings[0]?.code ?? (message["typed_filter_metadata"] as { a: { value: unknown } }).a.value;
}

describe("strings", () => {
  test.each([
    ["x", "x"], ["1.5", "1.5"], ["99999999999", "99999999999"], ["'1'", "1"],
    ["1", "LGT0208"], ["yes", "LGT0208"], ["true", "LGT0208"], ["[a]", "LGT0202"], ["{}", "LGT0202"],
  ])("%s is read as %s", (value, result) => {
    expect(read("alt_stat_name", value)).toBe(result);
  });

  test("a JSON number is no string", () => {
    expect(read("alt_stat_name", "1.5", "t.json")).toBe("LGT0208");
  });
});

describe("booleans", () => {
  test.each(["true", "on", "yes", '"yes"', '"1"', '"t"', '"TRUE"', '"Y"'])("%s is true", (value) => {
    expect(read("ignore_health_on_host_removal", value)).toBe(true);
  });

  test.each(["1", "0", '"on"', '"nope"', '""', '" true"', "[true]", "{}"])("%s is an error", (value) => {
    expect(read("ignore_health_on_host_removal", value)).toBe("LGT0202");
  });

  test.each(['"No"', "off", '"f"'])("%s is false, which is unset", (value) => {
    expect(read("ignore_health_on_host_removal", value)).toBeUndefined();
  });
});

describe("whole numbers", () => {
  test.each([
    ['"12"', 12], ["12.0", 12], ["1e3", 1000], ['"1e2"', 100], ['"0x64"', 100], ['"0x1p3"', 8], ['"+12"', 12], ['"1."', 1], ['".5e1"', 5], ["-0", 0], ["012", 10], ["4294967295", 4_294_967_295],
  ])("%s is %d", (value, result) => {
    expect(read("per_connection_buffer_limit_bytes", value)).toBe(result);
  });

  test.each(["12.5", "-1", "4294967296", '" 12"', '"12 "', "true", '""', '"1_000"', "Infinity", '"inf"', '"1e"', "[12]", '"12abc"'])("%s is an error", (value) => {
    expect(["LGT0203", "LGT0202"]).toContain(read("per_connection_buffer_limit_bytes", value));
  });

  test("JSON numbers may have a fraction of zero or an exponent", () => {
    expect(read("per_connection_buffer_limit_bytes", "1e3", "t.json")).toBe(1000);
    expect(read("per_connection_buffer_limit_bytes", "12.5", "t.json")).toBe("LGT0203");
  });

  test("64-bit numbers keep every digit", () => {
    expect(any("UInt64Value", "18446744073709551615")).toBe("18446744073709551615");
    expect(any("UInt64Value", "9007199254740991")).toBe(9_007_199_254_740_991);
    expect(any("Int64Value", "-9223372036854775808")).toBe("-9223372036854775808");
    expect(any("UInt64Value", "18446744073709551616")).toBe("LGT0203");
    const { message } = decoded("envoy.config.core.v3.Metadata", '{"typed_filter_metadata":{"a":{"@type":"a/google.protobuf.UInt64Value","value":9007199254740993}}}', { file: "t.json" });
    expect(message["typed_filter_metadata"]).toEqual({ a: { "@type": "a/google.protobuf.UInt64Value", value: "9007199254740993" } });
  });
});

describe("floating-point numbers", () => {
  test.each([
    ['"12.5"', 12.5], ["12", 12], ['" 12 "', 12], ['"0x10"', 16], ['".5"', 0.5], ['"5."', 5], ["NaN", "NaN"], ["nan", "NaN"], ["Infinity", "Infinity"], ['"-inf"', "-Infinity"], ["1e400", "Infinity"],
  ])("%s is %s", (value, result) => {
    expect(any("DoubleValue", value)).toBe(result);
  });

  test.each(["true", '""', '".inf"', '"1_0"', '"1,0"'])("%s is an error", (value) => {
    expect(any("DoubleValue", value)).toBe("LGT0203");
  });

  test("a float is kept as it was written", () => {
    expect(any("FloatValue", "0.1")).toBe(0.1);
    expect(any("FloatValue", "1e39")).toBe("Infinity");
  });
});

describe("enums", () => {
  test.each([["maglev", "MAGLEV"], ["RING_HASH", "RING_HASH"], ["2", "RING_HASH"], ['"2"', "RING_HASH"], ['" +2"', "RING_HASH"]])("%s is %s", (value, result) => {
    expect(read("lb_policy", value)).toBe(result);
  });

  test.each([["ring-hash", "LGT0204"], ['""', "LGT0204"], ['" RANDOM"', "LGT0204"], ["1.0", "LGT0204"], ["true", "LGT0202"], ["[MAGLEV]", "LGT0202"], ["99", "LGT0310"], ["4", "LGT0310"]])("%s is the error %s", (value, code) => {
    expect(read("lb_policy", value)).toBe(code);
  });

  test("a JSON number may be written as a float", () => {
    expect(read("lb_policy", "2.0", "t.json")).toBe("RING_HASH");
    expect(read("lb_policy", "3000000000", "t.json")).toBe("LGT0203");
  });

  test("an unknown name says which ones there are and which is nearest", () => {
    const [finding] = decoded(CLUSTER, "name: c\nlb_policy: RANDON").findings;
    expect(finding).toMatchObject({ fix: "Did you mean RANDOM?", why: expect.stringContaining("ROUND_ROBIN, LEAST_REQUEST") });
  });

  test("an unknown name is ignored where unknown fields are", () => {
    expect(decoded(CLUSTER, "name: c\nlb_policy: FOO", { unknown_fields: "ignore" })).toMatchObject({ message: { name: "c" }, findings: [] });
    expect(decoded(CLUSTER, "name: c\nlb_policy: FOO", { unknown_fields: "warning" }).findings).toMatchObject([{ code: "LGT0204", severity: "warning" }]);
  });

  test("a number that no name has is kept where no rule forbids it", () => {
    const { message, findings } = decoded("envoy.config.core.v3.SocketOption", "level: 1\nname: 2\nint_value: 3\nstate: 0");
    expect([message, findings]).toEqual([{ level: 1, name: 2, int_value: 3 }, []]);
    expect(decoded("envoy.config.core.v3.Node", "id: a\nextensions: []").findings).toEqual([]);
  });
});

describe("bytes", () => {
  test.each([["a-_", "a+8="], ["a-_=", "a+8="], ["aGVsbG8", "aGVsbG8="], ["aGVs-/8=", "aGVs+/8="], ['"a+/="', "a+8="], ["aGVsbG9=", "aGVsbG8="], ["a", "LGT0209"], ['"aGVs bG8="', "LGT0209"], ["aGVsbG8==", "LGT0209"], ["1", "LGT0202"]])("%s is %s", (value, result) => {
    expect(any("BytesValue", value)).toBe(result);
  });
});

describe("durations", () => {
  test.each([["1s", 1, 0], ["1.5s", 1, 500_000_000], ["0.000000001s", 0, 1], ["315576000000s", 315_576_000_000, 0], ["-1.5s", -1, -500_000_000], ["-0.5s", 0, -500_000_000]])("%s is read", (value, seconds, nanos) => {
    expect(any("Duration", value)).toEqual({ seconds, nanos });
  });

  test.each(["1", "1.5", ".5s", "1.s", "1.0000000001s", "+1s", '" 1s"', "1S", "1ms", "0x1s", "1e3s", '""', "315576000001s", "[1s]"])("%s is an error", (value) => {
    expect(any("Duration", value)).toBe("LGT0205");
  });

  test.each([["250ms", "Write 0.250s."], ["5", "Write 5s."], ["1.5", "Write 1.500s."], ["2m", "Write 120s."], ["1h", "Write 3600s."], ["soon", expect.stringContaining("0.250s")]])("for %s the fix is: %s", (value, fix) => {
    expect(decoded(CLUSTER, `name: c\nconnect_timeout: ${value}`).findings[0]?.fix).toEqual(fix);
  });
});

describe("timestamps and field masks", () => {
  test("RFC 3339 in any zone", () => {
    expect(any("Timestamp", '"2020-01-01T00:00:00.5Z"')).toEqual({ seconds: 1_577_836_800, nanos: 500_000_000 });
    expect(any("Timestamp", '"2020-01-01T00:00:00+01:00"')).toEqual({ seconds: 1_577_833_200, nanos: 0 });
    expect(any("Timestamp", "{seconds: 3}")).toEqual({ seconds: 3, nanos: 0 });
  });

  test("a day that its month lacks runs over into the next, as in Envoy", () => {
    expect(any("Timestamp", '"2020-02-30T00:00:00Z"')).toEqual(any("Timestamp", '"2020-03-01T00:00:00Z"'));
  });

  test.each(['"2020-01-01 00:00:00Z"', '"2020-02-03t00:00:00z"', '"2020-02-03T24:00:00Z"', '"2020-13-01T00:00:00Z"', "1"])("%s is an error", (value) => {
    expect(any("Timestamp", value)).toBe("LGT0206");
  });

  test("a mask is a text of paths or a message", () => {
    expect(any("FieldMask", '"a.b,fooBar"')).toEqual(["a.b", "foo_bar"]);
    expect(any("FieldMask", "{paths: [a]}")).toEqual(["a"]);
  });
});
