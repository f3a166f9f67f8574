import { describe, expect, test } from "vitest";
import { encodeMessage, encodeText } from "../../src/schema/encode.ts";
import { CLUSTER, decoded } from "../support/decoded.ts";

const TLS = "envoy.extensions.transport_sockets.tls.v3.";

function roundTrip(type: string, text: string): unknown {
  return encodeMessage(type, decoded(type, text).message);
}

test("fields come in the order of their declaration, maps by key, so that equal messages give equal text", () => {
  const one = decoded(CLUSTER, "connect_timeout: 1s\nname: c\nmetadata: {filter_metadata: {b: {}, a: {}}}").message;
  const two = decoded(CLUSTER, "metadata: {filterMetadata: {a: {}, b: {}}}\nlb_policy: 0\nname: c\nconnectTimeout: {seconds: 1}").message;
  expect(encodeText(CLUSTER, one)).toBe('{"name":"c","connect_timeout":"1s","metadata":{"filter_metadata":{"a":{},"b":{}}}}');
  expect(encodeText(CLUSTER, two)).toBe(encodeText(CLUSTER, one));
});

test("fields come in the order of their numbers where that is asked for", () => {
  const { message } = decoded(CLUSTER, "load_assignment: {cluster_name: c}\ndns_lookup_family: V4_ONLY\nname: c");
  expect(Object.keys(encodeMessage(CLUSTER, message as object, { byNumber: true }))).toEqual(["name", "dns_lookup_family", "load_assignment"]);
  expect(Object.keys(encodeMessage(CLUSTER, message as object))).toEqual(["name", "load_assignment", "dns_lookup_family"]);
});

describe("canonical forms", () => {
  test.each([["1.5s", "1.500s"], ["0.25s", "0.250s"], ["1s", "1s"], ["0.000001s", "0.000001s"], ["0.000000001s", "0.000000001s"], ["3600s", "3600s"]])("the duration %s is written %s", (text, canonical) => {
    expect(roundTrip(CLUSTER, `name: c\nconnect_timeout: ${text}`)).toEqual({ name: "c", connect_timeout: canonical });
  });

  test("64-bit numbers are text, enums names, defaults absent", () => {
    expect(roundTrip(CLUSTER, "name: c\nlb_policy: 2\nring_hash_lb_config: {minimum_ring_size: 1024}\ncircuit_breakers: {thresholds: [{max_requests: 0, priority: DEFAULT}]}")).toEqual({
      name: "c", lb_policy: "RING_HASH", ring_hash_lb_config: { minimum_ring_size: "1024" }, circuit_breakers: { thresholds: [{ max_requests: 0 }] },
    });
  });

  test("a default that a person put into a message is left out too", () => {
    expect(encodeMessage(CLUSTER, { name: "c", lb_policy: "ROUND_ROBIN", health_checks: [], alt_stat_name: "" })).toEqual({ name: "c" });
  });

  test("Any begins with its type; well-known types stand under value", () => {
    const text = 'filter_metadata: {}\ntyped_filter_metadata: {a: {region: x, "@type": t/envoy.config.core.v3.Locality}, b: {"@type": t/google.protobuf.Duration, value: 1.5s}, c: {}, d: {"@type": t/google.protobuf.Timestamp, value: "2020-01-01T00:00:00.5Z"}, e: {"@type": t/google.protobuf.FieldMask, value: "a.fooBar"}, f: {"@type": t/google.protobuf.UInt64Value, value: 5}}';
    expect(JSON.stringify(roundTrip("envoy.config.core.v3.Metadata", text))).toBe(
      '{"typed_filter_metadata":{"a":{"@type":"t/envoy.config.core.v3.Locality","region":"x"},"b":{"@type":"t/google.protobuf.Duration","value":"1.500s"},"c":{},"d":{"@type":"t/google.protobuf.Timestamp","value":"2020-01-01T00:00:00.500Z"},"e":{"@type":"t/google.protobuf.FieldMask","value":"a.fooBar"},"f":{"@type":"t/google.protobuf.UInt64Value","value":"5"}}}',
    );
  });

  test("what is written reads back as the same message", () => {
    const { message } = decoded(CLUSTER, "name: c\nconnect_timeout: 0.5s\ntype: STRICT_DNS\nper_connection_buffer_limit_bytes: 0\nmetadata: {filter_metadata: {a: {b: [1, {c: null}]}}}");
    const again = decoded(CLUSTER, encodeText(CLUSTER, message), { file: "t.json" });
    expect(again).toMatchObject({ message, findings: [] });
  });
});

describe("redaction", () => {
  test("what is sensitive is replaced, its numbers and booleans are left out", () => {
    const { message } = decoded(`${TLS}TlsCertificate`, "certificate_chain: {inline_string: public}\nprivate_key: {inline_string: secret, watched_directory: {path: /x}}");
    expect(encodeMessage(`${TLS}TlsCertificate`, message, { redact: true })).toEqual({
      certificate_chain: { inline_string: "public" }, private_key: { inline_string: "[redacted]", watched_directory: { path: "[redacted]" } },
    });
    expect(encodeMessage(`${TLS}TlsCertificate`, message)).toMatchObject({ private_key: { inline_string: "secret" } });
  });

  test("bytes and typed configurations in it as well", () => {
    const { message } = decoded(`${TLS}PrivateKeyProvider`, 'provider_name: p\ntyped_config: {"@type": t/google.protobuf.Struct, value: {a: x, b: 1, c: [true, z]}}\nfallback: true');
    expect(encodeMessage(`${TLS}PrivateKeyProvider`, message, { redact: true })).toEqual({
      provider_name: "p", typed_config: { "@type": "t/google.protobuf.Struct", value: { a: "[redacted]", c: ["[redacted]"] } }, fallback: true,
    });
    const key = decoded(`${TLS}TlsCertificate`, "private_key: {inline_bytes: YWJj}").message;
    expect(encodeMessage(`${TLS}TlsCertificate`, key, { redact: true })).toEqual({ private_key: { inline_bytes: "W3JlZGFjdGVkXQ==" } });
  });
});
