import { describe, expect, test } from "vitest";
import { fieldsOf, isUnset, typeOf, TypeTable, V3 } from "../../src/schema/table.ts";
import { v2 } from "../../src/schema/v2.ts";

const V2 = v2();

const CLUSTER = "envoy.config.cluster.v3.Cluster";

describe("the v3 table", () => {
  test("every line parses, and every type that a field names is in it", () => {
    const missing: string[] = [];
    let [messages, enums] = [0, 0];
    for (const name of V3.names()) {
      const message = V3.message(name);
      if (message === undefined) expect(V3.enumeration(name)?.byNumber.size).toBeGreaterThan(0);
      messages += message === undefined ? 0 : 1;
      enums += message === undefined ? 1 : 0;
      for (const field of message?.fields ?? []) if (field.type !== undefined && !V3.has(field.type)) missing.push(`${name}.${field.name}: ${field.type}`);
    }
    expect(missing).toEqual([]);
    expect(messages).toBeGreaterThan(1600);
    expect(enums).toBeGreaterThan(200);
  });

  test("a field has its kind, number, oneof and rules", () => {
    const field = V3.message(CLUSTER)?.byName.get("connectTimeout");
    expect(field).toMatchObject({ name: "connect_timeout", number: 4, kind: "message", shape: "duration", type: "google.protobuf.Duration", presence: true, rules: { gt: "0s" } });
    expect(V3.message(CLUSTER)?.byName.get("type")).toMatchObject({ oneof: "cluster_discovery_type", kind: "enum", presence: true });
    expect(V3.message(CLUSTER)?.byName.get("watchdog")).toBeUndefined();
  });

  test("deprecated, disallowed, unfinished and sensitive fields are marked", () => {
    expect(V3.message("envoy.config.bootstrap.v3.Bootstrap")?.byName.get("watchdog")?.deprecated).toBe("3.0");
    expect(V3.message("envoy.config.route.v3.RateLimit.Action")?.byName.get("dynamic_metadata")).toMatchObject({ disallowed: true });
    expect(V3.message("envoy.config.core.v3.Http1ProtocolOptions")?.byName.get("allow_custom_methods")?.workInProgress).toBe(true);
    expect(V3.message("envoy.extensions.transport_sockets.tls.v3.TlsCertificate")?.byName.get("private_key")?.sensitive).toBe(true);
  });

  test("a message knows its file, and whether Envoy's release or only contrib has it", () => {
    expect(V3.message(CLUSTER)?.file).toEqual({ name: "envoy/config/cluster/v3/cluster.proto", linked: true, contrib: false, workInProgress: false });
    expect(V3.message("envoy.extensions.filters.http.sxg.v3alpha.SXG")?.file).toMatchObject({ linked: false, contrib: true });
    expect(V3.message("envoy.extensions.filters.http.gzip.v3.Gzip")?.file).toMatchObject({ linked: false, contrib: false });
    expect(V3.message("xds.core.v3.ContextParams")?.file.workInProgress).toBe(true);
  });

  test("a v2 message has its successor", () => {
    expect(V3.successorOf("envoy.api.v2.Cluster")).toBe(CLUSTER);
    expect(V3.successorOf("envoy.api.v2.Nothing")).toBeUndefined();
  });

  test("names that are no type give undefined", () => {
    expect([V3.message("x"), V3.enumeration("x"), V3.message(`${CLUSTER}.LbPolicy`), V3.enumeration(CLUSTER), fieldsOf("x")]).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(fieldsOf("envoy.config.core.v3.Pipe")?.map((f) => f.name)).toEqual(["path", "mode"]);
  });
});

describe("the v2 table", () => {
  test("answers for v2, and by v3's for what both have", () => {
    expect(V2.message("envoy.api.v2.Cluster")?.byName.has("hosts")).toBe(true);
    expect(V2.message("google.protobuf.Duration")?.fields.length).toBe(2);
    expect(V3.has("envoy.api.v2.Cluster")).toBe(false);
  });

  test("every type that a field names is there", () => {
    const missing = [...V2.names()].flatMap((name) => V2.message(name)?.fields ?? []).filter((f) => f.type !== undefined && !V2.has(f.type));
    expect(missing).toEqual([]);
  });
});

test("a type URL names what follows its last slash", () => {
  expect(typeOf("type.googleapis.com/a.B")).toBe("a.B");
  expect(typeOf("x/y/a.B")).toBe("a.B");
  expect(["a.B", "/a.B", "x/", ""].map(typeOf)).toEqual([undefined, undefined, undefined, undefined]);
});

test("an unset value is an empty list or map, or a default without presence", () => {
  const table = new TypeTable('\n@a.proto\t{"l":1}\na.M\t{"f":[{"n":"s","i":1,"k":"string"},{"n":"e","i":2,"k":"enum","t":"a.E"},{"n":"l","i":3,"k":"int32","l":1},{"n":"o","i":4,"k":"bool","o":"x"},{"n":"m","i":5,"k":"string","m":"string"}],"o":{"x":0}}\na.E\t{"v":{"Z":0,"A":1}}\n');
  const fields = new Map(table.message("a.M")?.fields.map((f) => [f.name, f]));
  const unset = (name: string, value: unknown): boolean => {
    const field = fields.get(name);
    return field !== undefined && isUnset(table, field, value);
  };
  expect([unset("s", ""), unset("e", "Z"), unset("l", []), unset("m", {}), unset("o", false)]).toEqual([true, true, true, true, false]);
  expect([unset("s", "a"), unset("e", "A"), unset("l", [0]), unset("m", { a: "" })]).toEqual([false, false, false, false]);
});
