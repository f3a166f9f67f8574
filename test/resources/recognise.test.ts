import { describe, expect, test } from "vitest";
import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import { loadDocuments } from "../../src/resources/load.ts";
import { encodeBinary } from "../../src/schema/binary-encode.ts";
import { v2 } from "../../src/schema/v2.ts";

function loaded(name: string, content: string | Uint8Array, type?: string): { types: string[]; lines: string[]; messages: unknown[] } {
  const origins = new Origins();
  const diagnostics = new Findings(origins);
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const documents = loadDocuments({ name, bytes }, { origins, diagnostics, ...(type === undefined ? {} : { type }) });
  const messages = documents.flatMap((document) => document.messages);
  const lines = diagnostics.resolve().map((f) => `${f.file} ${f.line ?? ""}:${f.column ?? ""} ${f.severity} ${f.code} ${f.path ?? ""}`);
  return { types: documents.map((document) => document.type.slice(document.type.lastIndexOf(".") + 1)), lines, messages: messages.map((m) => m.message) };
}

const CLUSTER = { name: "a", connect_timeout: { seconds: 1, nanos: 0 }, typed_extension_protocol_options: { x: { "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions", explicit_http_config: { http2_protocol_options: {} } } } };

describe(".pb", () => {
  const bytes = encodeBinary("envoy.config.bootstrap.v3.Bootstrap", { node: { id: "n", metadata: { a: [1, "x", null] } }, static_resources: { clusters: [CLUSTER] } });

  test("is read as what its bytes fit best", () => {
    const { types, lines, messages } = loaded("a.pb", bytes);
    expect([types, lines]).toEqual([["Bootstrap"], []]);
    expect(messages).toEqual([{ node: { id: "n", metadata: { a: [1, "x", null] } }, static_resources: { clusters: [CLUSTER] } }]);
  });

  test("a DiscoveryResponse gives its resources", () => {
    const response = encodeBinary("envoy.service.discovery.v3.DiscoveryResponse", { version_info: "1", resources: [{ "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", ...CLUSTER }] });
    expect(loaded("cds.pb", response)).toEqual({ types: ["DiscoveryResponse"], lines: [], messages: [CLUSTER] });
  });

  test("faults have paths instead of lines", () => {
    const bad = encodeBinary("envoy.config.bootstrap.v3.Bootstrap", { static_resources: { clusters: [{ ...CLUSTER, name: "" }] } });
    expect(loaded("a.pb", bad).lines).toEqual(["a.pb : error LGT0303 static_resources.clusters[0].name"]);
  });

  test("of the v2 API is upgraded", () => {
    const hosts = [{ socket_address: { address: "a.test", port_value: 80 } }];
    const listener = { name: "l", filter_chains: [{ filters: [{ name: "tcp", typed_config: { "@type": "type.googleapis.com/envoy.config.filter.network.tcp_proxy.v2.TcpProxy", stat_prefix: "t", cluster: "a" } }] }] };
    const old = encodeBinary("envoy.config.bootstrap.v2.Bootstrap", { static_resources: { listeners: [listener], clusters: [{ name: "a", type: "STRICT_DNS", connect_timeout: { seconds: 1, nanos: 0 }, hosts }] } }, v2());
    const { types, lines, messages } = loaded("a.pb", old);
    expect(types).toEqual(["Bootstrap"]);
    expect(lines).toEqual([
      'a.pb : warning LGT1101 static_resources.listeners[0].filter_chains[0].filters[0].typed_config["@type"]',
      "a.pb : warning LGT1101 static_resources.clusters[0].hosts",
    ]);
    expect(messages).toMatchObject([{ static_resources: { listeners: [{ filter_chains: [{ filters: [{ typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy" } }] }] }], clusters: [{ load_assignment: { endpoints: [{ lb_endpoints: [{ endpoint: { address: hosts[0] } }] }] } }] } }]);
  });

  test("bytes that are no message are an error", () => {
    expect(loaded("a.pb", new Uint8Array([255, 255, 255])).lines[0]).toMatch(/LGT0223/);
  });
});

describe(".pb_text", () => {
  test("maps, Structs, bytes and Any in their long forms", () => {
    const text = `node { id: "n" metadata { fields { key: "a" value { list_value { values { number_value: 1 } values { string_value: "x" } values { null_value: NULL_VALUE } } } } } }
static_resources { clusters { name: "a" connect_timeout { seconds: 1 }
  typed_extension_protocol_options { key: "x" value { [type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions] { explicit_http_config { http2_protocol_options {} } } } } } }`;
    const { types, lines, messages } = loaded("a.pb_text", text);
    expect([types, lines]).toEqual([["Bootstrap"], []]);
    expect(messages).toEqual([{ node: { id: "n", metadata: { a: [1, "x", null] } }, static_resources: { clusters: [CLUSTER] } }]);
  });

  test("faults have their place", () => {
    expect(loaded("a.pb_text", 'admin {\n  address { socket_address { address: "x" port_value: 70000 } }\n}\n').lines).toEqual(["a.pb_text 2:55 error LGT0304 admin.address.socket_address.port_value"]);
    expect(loaded("a.pb_text", "admin {\n").lines).toEqual(["a.pb_text 1:7 error LGT0101 "]);
  });
});

describe("manifests of Kubernetes", () => {
  const manifest = `apiVersion: v1
kind: ConfigMap
data:
  motd: "hello: [world"
  envoy.yaml: |
    static_resources:
      clusters:
      - name: a
        typ: STATIC
  cds.json: |-
    { "resources": [{ "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": 3 }] }
  app.yaml: "debug: true"
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  data: { envoy.yaml: "admin:\\n  foo: 1\\n" }
`;

  test("the configurations in them are found, with lines of the manifest", () => {
    const { types, lines } = loaded("cm.yaml", manifest);
    expect(types).toEqual(["Bootstrap", "DiscoveryResponse", "Bootstrap"]);
    expect(lines).toEqual([
      "cm.yaml 9:9 error LGT0201 static_resources.clusters[0].typ", "cm.yaml 11:95 error LGT0208 resources[0].name",
      "cm.yaml (data of envoy.yaml) 2:3 error LGT0201 admin.foo",
    ]);
  });

  test("syntax errors have lines of the manifest too", () => {
    expect(loaded("cm.yaml", "apiVersion: v1\nkind: ConfigMap\ndata:\n  envoy.yaml: |\n    static_resources: [\n").lines).toEqual(["cm.yaml 5:23 error LGT0101 "]);
  });

  test("one without a configuration is no kind that is known", () => {
    expect(loaded("cm.yaml", "apiVersion: v1\nkind: Service\n").lines).toEqual(["cm.yaml 2:7 error LGT0007 kind"]);
  });
});

describe("several documents", () => {
  test("those that Envoy does not read are checked, for warnings", () => {
    const { types, lines } = loaded("a.yaml", "admin: {}\n---\nname: r\nvirtual_hosts: [{ name: v, domains: 7 }]\n---\njust: text\n--- # the last\nadmin: [\n");
    expect(types).toEqual(["Bootstrap", "RouteConfiguration"]);
    expect(lines).toEqual(["a.yaml 2:1 warning LGT0110 ", "a.yaml 4:37 warning LGT0208 virtual_hosts[0].domains", "a.yaml 8:8 warning LGT0101 "]);
  });
});
