import { expect, test } from "vitest";
import type { InputText } from "../../../src/resources/load.ts";
import { loadHealthInput } from "../../../src/server/health/load.ts";

const FILES: Readonly<Record<string, string>> = {
  "./cds.yaml": 'resources:\n  - { "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster, name: d, type: EDS, eds_cluster_config: { eds_config: { path_config_source: { path: ./eds.yaml } } } }\n',
  "./eds.yaml": 'resources:\n  - { "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment, cluster_name: d, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 7 } } } }] }] }\n',
};

const input = (name: string, text: string): InputText => ({ name, bytes: Buffer.from(text) });
const read = (path: string): InputText => (FILES[path] === undefined ? { name: path, problem: "does not exist" } : input(path, FILES[path]));
const STATIC = "{ name: s, load_assignment: { cluster_name: s, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 8 } } } }] }] } }";

test("static clusters, clusters of files and endpoints of files are found; listeners' files are not read", () => {
  const bootstrap = `admin: { address: { socket_address: { address: 0.0.0.0, port_value: 9901 } } }\ndynamic_resources: { cds_config: { path_config_source: { path: ./cds.yaml } }, lds_config: { path_config_source: { path: ./absent.yaml } } }\nstatic_resources: { clusters: [${STATIC}] }\n`;
  const { clusters, targets, admin, findings } = loadHealthInput(input("b.yaml", bootstrap), read);
  expect(findings).toEqual([]);
  expect(clusters).toEqual(["s", "d"]);
  expect(targets.map((target) => [target.cluster, target.host])).toEqual([["s", "127.0.0.1:8"], ["d", "127.0.0.1:7"]]);
  expect(admin?.socket_address?.port_value).toBe(9901);
});

test("a file of clusters, and a config dump, will do", () => {
  expect(loadHealthInput(input("cds.yaml", FILES["./cds.yaml"] ?? ""), read).targets).toMatchObject([{ cluster: "d", host: "127.0.0.1:7" }]);
  const dump = { configs: [{ "@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump", dynamic_active_clusters: [{ cluster: { "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", name: "x", type: "EDS", eds_cluster_config: { eds_config: { ads: {} } } } }] }] };
  const { targets } = loadHealthInput(input("dump.json", JSON.stringify(dump)), read);
  expect(targets).toMatchObject([{ cluster: "x", host: "", place: { status: "unknown" } }]);
});

test("what is wrong is found with its place, and the rest goes on", () => {
  const text = `static_resources:\n  clusters:\n    - ${STATIC}\n    - { name: w, health_checks: [{ timeout: 1s, interval: 1s, healthy_threshold: 1, unhealthy_threshold: 1, tcp_health_check: { receive: [{ text: xx }] } }] }\n    - { name: e, type: EDS, eds_cluster_config: { eds_config: { path_config_source: { path: ./none.yaml } } } }\n`;
  const { clusters, findings } = loadHealthInput(input("b.yaml", text), read);
  expect(clusters).toEqual(["s", "w", "e"]);
  expect(findings.map((finding) => [finding.code, finding.line])).toContainEqual(["LGT0709", 4]);
  expect(findings.map((finding) => finding.code)).toContain("LGT0001");
});
