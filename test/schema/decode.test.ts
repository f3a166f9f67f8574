import { describe, expect, test } from "vitest";
import { BOOTSTRAP, CLUSTER, decoded } from "../support/decoded.ts";

const ANY = "type.googleapis.com";

function metadata(any: string, name = "a"): string {
  return `name: c\nmetadata: {typed_filter_metadata: {${name}: ${any}}}`;
}

describe("names", () => {
  test("fields are read in snake_case and in camelCase, and come out in snake_case", () => {
    const { message, findings } = decoded(CLUSTER, "name: c\nconnectTimeout: 1s\nalt_stat_name: x");
    expect(message).toEqual({ name: "c", connect_timeout: { seconds: 1, nanos: 0 }, alt_stat_name: "x" });
    expect(findings).toEqual([]);
  });

  test("both spellings at once are a warning, as Envoy keeps one of them", () => {
    expect(decoded(CLUSTER, "name: c\nalt_stat_name: x\naltStatName: z").places).toEqual(["LGT0220 3:1 altStatName"]);
  });

  test("an unknown field is an error at its key, even with null as its value", () => {
    expect(decoded(CLUSTER, "name: c\nAltStatName: null").places).toEqual(["LGT0201 2:1 AltStatName"]);
  });

  test("the field that a typo stands for is not also called missing", () => {
    expect(decoded("envoy.config.core.v3.SocketAddress", "address: a\nport: 1").findings.map((f) => f.code)).toEqual(["LGT0201"]);
  });

  test("unknown fields can be warnings, or nothing", () => {
    expect(decoded(CLUSTER, "name: c\nx: 1", { unknown_fields: "warning" }).findings.map((f) => f.severity)).toEqual(["warning"]);
    expect(decoded(CLUSTER, "name: c\nx: 1", { unknown_fields: "ignore" }).findings).toEqual([]);
  });
});

describe("an error does not end the walk", () => {
  test("every error of a document is found, with its place", () => {
    const { places, message } = decoded(BOOTSTRAP, [
      "static_resources:",
      "  clusters:",
      "  - name: 1",
      "    lb_policy: RANDON",
      "    conect_timeout: 1s",
      "    connect_timeout: 5",
      "  - connect_timeout: 1s",
      "admin: {addres: {pipe: {path: \"\"}}}",
    ].join("\n"));
    expect(places).toEqual([
      "LGT0208 3:11 static_resources.clusters[0].name",
      "LGT0204 4:16 static_resources.clusters[0].lb_policy",
      "LGT0201 5:5 static_resources.clusters[0].conect_timeout",
      "LGT0205 6:22 static_resources.clusters[0].connect_timeout",
      "LGT0303 7:5 static_resources.clusters[1].name",
      "LGT0201 8:9 admin.addres",
      "LGT0303 8:31 admin.addres.pipe.path",
    ]);
    expect(message).toEqual({ static_resources: { clusters: [{}, { connect_timeout: { seconds: 1, nanos: 0 } }] }, admin: { address: { pipe: {} } } });
  });

  test("a field whose name has a slip in it is read as the one that was meant, unless its value does not fit", () => {
    expect(decoded("envoy.config.core.v3.HeaderValueOption", "heade: {key: a}\nappend_actio: [x]").message).toEqual({ header: { key: "a" } });
    expect(decoded("envoy.config.core.v3.HeaderValueOption", "heade: {key: a}", { unknown_fields: "warning" }).message).toEqual({});
  });

  test("a field that could not be read is not also called missing", () => {
    expect(decoded("envoy.config.route.v3.RouteMatch", "prefix: 1").places).toEqual(["LGT0208 1:9 prefix"]);
  });
});

describe("null, lists and maps", () => {
  test("null is an unset field", () => {
    expect(decoded(CLUSTER, "name: c\nconnect_timeout: null\ntype: null\ncluster_type: null")).toMatchObject({ message: { name: "c" }, findings: [] });
  });

  test("one value stands for a list of one, lists within lists are flattened", () => {
    expect(decoded(CLUSTER, "name: c\nlb_subset_config: {subset_selectors: {keys: a}}").message["lb_subset_config"]).toEqual({ subset_selectors: [{ keys: ["a"] }] });
    expect(decoded(CLUSTER, "name: c\ncircuit_breakers: {thresholds: [[], [[{max_requests: 1}]]]}").message["circuit_breakers"]).toEqual({ thresholds: [{ max_requests: 1 }] });
  });

  test("null in a list is an item with nothing set, and a warning", () => {
    const { message, places } = decoded(CLUSTER, "name: c\ncircuit_breakers: {thresholds: [null]}");
    expect(message["circuit_breakers"]).toEqual({ thresholds: [{}] });
    expect(places).toEqual(["LGT0219 2:33 circuit_breakers.thresholds[0]"]);
  });

  test("null in a map is an entry with nothing set", () => {
    expect(decoded(CLUSTER, "name: c\nmetadata: {filter_metadata: {a: null}}").message["metadata"]).toEqual({ filter_metadata: { a: {} } });
  });

  test("a list or a scalar where a message belongs is an error", () => {
    expect(decoded(CLUSTER, "name: c\nmetadata: []\nload_assignment: x").places).toEqual(["LGT0202 2:11 metadata", "LGT0202 3:18 load_assignment"]);
  });

  test("a map may hold any key, __proto__ too", () => {
    const { message } = decoded("envoy.config.core.v3.Metadata", "filter_metadata: {__proto__: {__proto__: 1}}");
    expect(JSON.stringify(message)).toBe('{"filter_metadata":{"__proto__":{"__proto__":1}}}');
  });

  test("a key that a JSON map gives twice is an error, a field given twice is not", () => {
    expect(decoded(CLUSTER, '{"name":"c","metadata":{"filter_metadata":{"a":{},"a":{}}}}', { file: "t.json" }).findings.filter((f) => f.severity === "error").map((f) => f.code)).toEqual(["LGT0215"]);
    expect(decoded(CLUSTER, '{"name":"c","metadata":{"filter_metadata":{"a":{"x":1,"x":2}}}}', { file: "t.json" }).findings.filter((f) => f.severity === "error").map((f) => f.code)).toEqual(["LGT0215"]);
    expect(decoded(CLUSTER, '{"name":"c","name":"d"}', { file: "t.json" }).findings.filter((f) => f.severity === "error")).toEqual([]);
  });
});

describe("unset fields", () => {
  test("a default that protobuf cannot tell from unset is left out", () => {
    expect(decoded(CLUSTER, "name: c\nlb_policy: ROUND_ROBIN\nignore_health_on_host_removal: false\nhealth_checks: []\nalt_stat_name: \"\"").message).toEqual({ name: "c" });
  });

  test("a default in a oneof or in a wrapper is kept", () => {
    expect(decoded(CLUSTER, "name: c\ntype: STATIC\nper_connection_buffer_limit_bytes: 0").message).toEqual({ name: "c", type: "STATIC", per_connection_buffer_limit_bytes: 0 });
  });
});

describe("oneofs", () => {
  test("two members are an error that names both", () => {
    const { findings, message } = decoded(CLUSTER, "name: c\ntype: STATIC\ncluster_type: {name: x}");
    expect(message).toEqual({ name: "c", type: "STATIC" });
    expect(findings).toMatchObject([{ code: "LGT0207", line: 3, message: "cluster_type and type cannot both be set.", related: [{ line: 2, message: "type is set here." }] }]);
  });
});

describe("wrappers and durations", () => {
  test("may be written as the messages that they are", () => {
    const { message, findings } = decoded(CLUSTER, "name: c\nconnect_timeout: {seconds: \"1\", nanos: 5}\nper_connection_buffer_limit_bytes: {value: 12}\ncluster_name_x: 1", { unknown_fields: "ignore" });
    expect(message).toEqual({ name: "c", connect_timeout: { seconds: 1, nanos: 5 }, per_connection_buffer_limit_bytes: 12 });
    expect(findings).toEqual([]);
  });

  test("an empty wrapper holds its default, an empty duration is zero", () => {
    const { message, places } = decoded(CLUSTER, "name: c\nconnect_timeout: {}\nper_connection_buffer_limit_bytes: {}");
    expect(message).toEqual({ name: "c", connect_timeout: { seconds: 0, nanos: 0 }, per_connection_buffer_limit_bytes: 0 });
    expect(places).toEqual(["LGT0308 2:18 connect_timeout"]);
  });
});

describe("Any", () => {
  test("is decoded by its type, wherever @type stands", () => {
    const { message } = decoded(CLUSTER, metadata(`{region: x, "@type": ${ANY}/envoy.config.core.v3.Locality}`));
    expect(message["metadata"]).toEqual({ typed_filter_metadata: { a: { "@type": `${ANY}/envoy.config.core.v3.Locality`, region: "x" } } });
  });

  test("any host and path before the last slash will do", () => {
    expect(decoded(CLUSTER, metadata('{"@type": foo.com/bar/envoy.config.core.v3.Locality}')).findings).toEqual([]);
  });

  test.each([
    ['{"@type": google.protobuf.StringValue, value: x}', "LGT0222"],
    ['{"@type": ""}', "LGT0222"],
    ["{x: 1}", "LGT0210"],
    ['{"@type": 1}', "LGT0202"],
    ['{"@type": null}', "LGT0202"],
    ["x", "LGT0202"],
    [`{"@type": ${ANY}/envoy.config.core.v3.Localities}`, "LGT0211"],
    [`{"@type": ${ANY}/envoy.api.v2.core.Locality}`, "LGT0218"],
    [`{"@type": ${ANY}/envoy.extensions.filters.http.sxg.v3alpha.SXG}`, "LGT0404"],
    [`{"@type": ${ANY}/envoy.extensions.filters.http.gzip.v3.Gzip}`, "LGT0405"],
    [`{"@type": ${ANY}/envoy.config.core.v3.Locality, regio: x}`, "LGT0201"],
  ])("%s is an error", (any, code) => {
    expect(decoded(CLUSTER, metadata(any)).findings.map((f) => [f.code, f.severity])).toEqual([[code, "error"]]);
  });

  test("without any key it is empty, which is for the registry to judge", () => {
    expect(decoded(CLUSTER, metadata("{}"))).toMatchObject({ findings: [], message: { metadata: { typed_filter_metadata: { a: { "@type": "" } } } } });
  });

  test("an unknown type keeps its raw content, and the nearest known type is proposed", () => {
    const { message, findings } = decoded("envoy.config.core.v3.TypedExtensionConfig", `name: r\ntyped_config: {"@type": ${ANY}/envoy.extensions.filters.http.routr.v3.Router, a: [1]}`);
    expect(message["typed_config"]).toEqual({ "@type": `${ANY}/envoy.extensions.filters.http.routr.v3.Router`, a: [1] });
    expect(findings[0]?.fix).toBe(`Did you mean ${ANY}/envoy.extensions.filters.http.router.v3.Router?`);
  });

  test("very many unknown types are no slips: for the later ones nothing is proposed, since that takes time", () => {
    const many = Array.from({ length: 400 }, (_, i) => `k${i}: {"@type": ${ANY}/envoy.config.kore${i}.v3.Locality}`).join(", ");
    const { findings } = decoded(CLUSTER, `name: c\nmetadata: { typed_filter_metadata: { ${many} } }`);
    expect([findings.length, findings.filter(({ fix }) => fix?.includes("Locality") === true).length]).toEqual([400, 300]);
  });

  test("a v2 type names its successor", () => {
    expect(decoded(CLUSTER, metadata(`{"@type": ${ANY}/envoy.api.v2.core.Locality}`)).findings[0]?.fix).toBe("Its successor is envoy.config.core.v3.Locality.");
  });

  test("well-known types stand under value, and nothing beside it", () => {
    const { message, findings } = decoded(CLUSTER, metadata(`{"@type": ${ANY}/google.protobuf.Duration, value: 1.5s}`));
    expect(message["metadata"]).toEqual({ typed_filter_metadata: { a: { "@type": `${ANY}/google.protobuf.Duration`, value: { seconds: 1, nanos: 500_000_000 } } } });
    expect(findings).toEqual([]);
    expect(decoded(CLUSTER, metadata(`{"@type": ${ANY}/google.protobuf.Struct, a: 1}`)).findings.map((f) => f.code)).toEqual(["LGT0221"]);
  });

  test("Empty has no value", () => {
    expect(decoded(CLUSTER, metadata(`{"@type": ${ANY}/google.protobuf.Empty}`)).findings).toEqual([]);
    expect(decoded(CLUSTER, metadata(`{"@type": ${ANY}/google.protobuf.Empty, value: {}}`)).findings.map((f) => f.code)).toEqual(["LGT0201"]);
  });

  test("as a payload it is not held to rules, nor is deprecation looked for", () => {
    expect(decoded(CLUSTER, metadata(`{"@type": ${ANY}/${CLUSTER}, http_protocol_options: {}}`)).findings).toEqual([]);
    expect(decoded(CLUSTER, "name: c\nmetadata: {filter_metadata: {\"\": {}}}").findings.map((f) => f.code)).toEqual(["LGT0303"]);
  });

  test("a TypedStruct is kept as it is, and its content is checked", () => {
    const value = `{"@type": ${ANY}/xds.type.v3.TypedStruct, type_url: ${ANY}/envoy.extensions.filters.http.router.v3.Router, value: {nonsense: 1}}`;
    const { message, findings } = decoded("envoy.config.core.v3.TypedExtensionConfig", `name: r\ntyped_config: ${value}`);
    expect(message["typed_config"]).toEqual({ "@type": `${ANY}/xds.type.v3.TypedStruct`, type_url: `${ANY}/envoy.extensions.filters.http.router.v3.Router`, value: { nonsense: 1 } });
    expect(findings).toMatchObject([{ code: "LGT0201", path: "typed_config.value.nonsense" }]);
  });
});

test("a decoded message survives being written as JSON and read again", () => {
  const { message } = decoded(CLUSTER, "name: c\nconnect_timeout: 1.5s\nring_hash_lb_config: {minimum_ring_size: 12}\nmetadata: {filter_metadata: {a: {b: [1, null, 1.5]}}}\nlb_policy: maglev");
  expect(JSON.parse(JSON.stringify(message))).toEqual(message);
});

test("a root that is no map is a finding", () => {
  expect(decoded(CLUSTER, "name: c", {}).findings).toEqual([]);
  expect(decoded(CLUSTER, "[a]").findings.map((f) => f.severity)).toEqual(["error"]);
});
