import { describe, expect, test } from "vitest";
import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import { decodeBinary } from "../../src/schema/binary-decode.ts";
import { encodeBinary } from "../../src/schema/binary-encode.ts";
import { conformanceFolder } from "../support/conformance.ts";
import { BOOTSTRAP, CLUSTER, decoded } from "../support/decoded.ts";
import { configVerdicts } from "../support/envoy-verdicts.ts";

function fromBytes(type: string, bytes: Uint8Array): { readonly message: object | undefined; readonly findings: readonly string[] } {
  const origins = new Origins();
  const diagnostics = new Findings(origins);
  const message = decodeBinary(type, bytes, { origins, diagnostics, label: "cluster c" });
  return { message, findings: diagnostics.resolve().map((f) => `${f.code} ${f.severity} ${f.path ?? ""}`) };
}

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

test.each([
  ["scalars, enums and wrappers", CLUSTER, "name: c\ntype: STATIC\nlb_policy: MAGLEV\nper_connection_buffer_limit_bytes: 0\nconnect_timeout: -1.5s\nmaglev_lb_config: {table_size: 5000011}"],
  ["maps and Structs", "envoy.config.core.v3.Metadata", "filter_metadata: {a: {x: [1, null, true, s, {y: 1.5}]}, b: {}}"],
  ["Any", "envoy.config.core.v3.Metadata", 'typed_filter_metadata: {a: {"@type": t/envoy.config.core.v3.Locality, region: x}, b: {"@type": t/google.protobuf.Duration, value: 1s}, c: {}, d: {"@type": t/google.protobuf.UInt64Value, value: "18446744073709551615"}, e: {"@type": t/google.protobuf.FloatValue, value: 0.1}, f: {"@type": t/google.protobuf.BytesValue, value: YWI=}, g: {"@type": t/google.protobuf.FieldMask, value: a}}'],
  ["repeated numbers", "envoy.config.metrics.v3.HistogramBucketSettings", "match: {prefix: a}\nbuckets: [1, 2.5]"],
  ["bigger things", BOOTSTRAP, "node: {id: a, locality: {zone: z}}\nstatic_resources: {clusters: [{name: c}, {name: d}]}\nlayered_runtime: {layers: [{name: a, static_layer: {x: 1}}]}"],
])("%s come back as they were", (_, type, text) => {
  const { message } = decoded(type, text);
  expect(fromBytes(type, encodeBinary(type, message)).message).toEqual(message);
});

test("the bytes are protobuf's", () => {
  expect(encodeBinary("envoy.config.core.v3.SocketAddress", { address: "a", port_value: 300, protocol: "UDP" })).toEqual(bytes("08 01 12 01 61 18 ac 02"));
});

describe("bytes from elsewhere", () => {
  test("unknown fields are warnings that name the number", () => {
    expect(fromBytes("envoy.config.core.v3.Pipe", bytes("0a 01 61 98 06 05"))).toEqual({ message: { path: "a" }, findings: ["LGT0201 warning "] });
  });

  test("repeated numbers may be packed or not", () => {
    const type = "envoy.type.v3.Int64Range";
    expect(fromBytes(type, bytes("08 05 10 07")).message).toEqual({ start: 5, end: 7 });
    const buckets = "envoy.config.metrics.v3.HistogramBucketSettings";
    expect(fromBytes(buckets, bytes("0a 03 0a 01 61 11 00 00 00 00 00 00 f0 3f")).message).toMatchObject({ buckets: [1] });
  });

  test("of two members of a oneof the last counts, a message given twice is merged", () => {
    expect(fromBytes("envoy.config.core.v3.SocketAddress", bytes("12 01 61 18 05 22 01 62")).message).toEqual({ address: "a", named_port: "b" });
    expect(fromBytes("envoy.config.core.v3.Node", bytes("22 03 0a 01 61 22 03 12 01 62")).message).toEqual({ locality: { region: "a", zone: "b" } });
  });

  test("an unknown type in an Any is a finding and keeps its bytes", () => {
    const any = encodeBinary("google.protobuf.Any", { type_url: "t/a.B", value: "AQI=" });
    const { message, findings } = fromBytes("envoy.config.core.v3.TypedExtensionConfig", Uint8Array.from([0x0a, 1, 0x61, 0x12, any.length, ...any]));
    expect(message).toEqual({ name: "a", typed_config: { "@type": "t/a.B", value: "AQI=" } });
    expect(findings).toEqual(["LGT0211 error typed_config[\"@type\"]"]);
  });

  test("rules are checked", () => {
    expect(fromBytes(CLUSTER, bytes("22 00")).findings).toEqual(["LGT0303 error name", "LGT0308 error connect_timeout"]);
  });

  test("what is no message is one finding", () => {
    expect(fromBytes(CLUSTER, bytes("0a 05 61"))).toEqual({ message: undefined, findings: ["LGT0223 error "] });
    expect(fromBytes(CLUSTER, bytes("0a 01 ff")).message).toBeUndefined();
  });
});

const folder = conformanceFolder();

test.skipIf(folder === undefined)("every configuration that Envoy accepts comes back as it was", () => {
  for (const item of folder === undefined ? [] : configVerdicts(folder)) {
    if (!item.verdict.startsWith("accept")) continue;
    const { message } = decoded(BOOTSTRAP, item.text, { file: item.name.endsWith(".json") ? "t.json" : "t.yaml" });
    expect(fromBytes(BOOTSTRAP, encodeBinary(BOOTSTRAP, message)).message).toEqual(message);
  }
});
