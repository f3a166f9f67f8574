import { expect, test } from "vitest";
import { load } from "./documents.ts";

const CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster";

test("the resources of a DiscoveryResponse are its messages, wrapped in Resource or not", () => {
  const { document, findings } = load(`
version_info: "1"
resources:
  - "@type": ${CLUSTER}
    name: a
  - "@type": type.googleapis.com/envoy.service.discovery.v3.Resource
    name: b
    resource:
      "@type": ${CLUSTER}
      name: b
`);
  expect(findings).toEqual([]);
  expect(document?.messages).toEqual(["a", "b"].map((name) => ({ type: "envoy.config.cluster.v3.Cluster", message: { name } })));
});

test("a resource without @type, or of an unknown one, is reported at its place", () => {
  const { document, findings } = load("resources:\n  - name: a\n  - \"@type\": type.googleapis.com/envoy.config.Clutser\n");
  expect(document?.messages).toEqual([]);
  expect(findings.map((f) => [f.code, f.line])).toEqual([["LGT0007", 2], ["LGT0007", 3]]);
});

test("a finding inside a resource names the line in the file", () => {
  const { findings } = load(`resources:\n  - "@type": ${CLUSTER}\n    name: a\n    conect_timeout: 1s\n`);
  expect(findings.map((f) => [f.line, f.column, f.path])).toEqual([[4, 5, "resources[0].conect_timeout"]]);
});

test("a config dump gives its bootstrap and its dynamic resources, its static ones once", () => {
  const dump = {
    configs: [
      { "@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump", bootstrap: { node: { id: "n" }, static_resources: { clusters: [{ name: "s" }] } } },
      {
        "@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump",
        static_clusters: [{ cluster: { "@type": CLUSTER, name: "s" }, last_updated: "2026-01-01T00:00:00Z" }],
        dynamic_active_clusters: [{ version_info: "1", cluster: { "@type": CLUSTER, name: "d" } }],
      },
      { "@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump", dynamic_listeners: [{ name: "l", active_state: { listener: { "@type": "type.googleapis.com/envoy.config.listener.v3.Listener", name: "l", address: { pipe: { path: "/x" } } } } }] },
    ],
  };
  const { document, findings } = load(JSON.stringify(dump), "dump.json");
  expect(findings).toEqual([]);
  expect(document?.messages.map((m) => [m.type.split(".").pop(), (m.message as { name?: string }).name])).toEqual([["Bootstrap", undefined], ["Listener", "l"], ["Cluster", "d"]]);
});

test("a config dump as the static bootstrap that runs the same keeps its places", () => {
  const dump = {
    configs: [
      { "@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump", bootstrap: { dynamic_resources: { cds_config: { ads: {} } } } },
      { "@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump", dynamic_active_clusters: [{ cluster: { "@type": CLUSTER, name: "d", conect_timeout: "1s" } }] },
    ],
  };
  const { document, findings } = load(JSON.stringify(dump, null, 1), "dump.json", { asStatic: true });
  expect(document?.messages).toEqual([{ type: "envoy.config.bootstrap.v3.Bootstrap", message: { static_resources: { clusters: [{ name: "d", connect_timeout: { seconds: 1, nanos: 0 } }] } } }]);
  expect(findings.map((f) => [f.code, f.line, f.path])).toEqual([["LGT0201", 20, "configs[1].dynamic_active_clusters[0].cluster.conect_timeout"]]);
});

test("words of v2 are warnings in a file of v2, and errors with their fix in a file that names types of v3", () => {
  const file = (type: string): string => `
static_resources:
  listeners:
  - filter_chains:
    - filters: [{ name: tcp, typed_config: { "@type": type.googleapis.com/${type}, stat_prefix: t, cluster: a } }]
  clusters:
  - name: a
    hosts: [{ pipe: { path: /s } }]
`;
  const told = (type: string): unknown => load(file(type)).findings.map((f) => [f.severity, f.code, f.line, f.fix]);
  const fix = "Write load_assignment: { cluster_name: a, endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path: /s } } } }] }] }.";
  const typeFix = "Write type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.";
  expect(told("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy")).toEqual([["error", "LGT0201", 8, fix]]);
  expect(told("envoy.config.filter.network.tcp_proxy.v2.TcpProxy")).toEqual([["warning", "LGT1101", 5, typeFix], ["warning", "LGT1101", 8, fix]]);
});

test("a field that only v3 has makes a file one of v3 as well", () => {
  const file = (more: string): string => `static_resources:\n  clusters:\n  - name: a\n${more}    hosts: [{ pipe: { path: /s } }]\n`;
  expect(load(file("")).findings.map((f) => f.severity)).toEqual(["warning"]);
  expect(load(file("    track_cluster_stats: {}\n")).findings.map((f) => f.code)).toEqual(["LGT0201"]);
});
