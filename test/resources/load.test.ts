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
