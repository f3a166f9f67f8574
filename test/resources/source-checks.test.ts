import { describe, expect, test } from "vitest";
import { checkContext, MESSAGE_CHECKS } from "../../src/resources/message-checks.ts";
import { compileCheck } from "../../src/tools/check.ts";
import { validate } from "../../src/tools/validate.ts";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";

const check = compileCheck(ALL_EXTENSIONS);
const findings = (text: string, severity: string): string[] => validate({ name: "t.yaml", bytes: new TextEncoder().encode(`{ ${text} }`) }, { check }).findings.filter((f) => f.severity === severity).map((f) => `${f.code} ${f.path}`);
const errors = (text: string): string[] => findings(text, "error");
const NODE = "node: { id: a, cluster: b }";
const CLUSTERS = "static_resources: { clusters: [{ name: xds, type: STATIC }, { name: eds, type: EDS, eds_cluster_config: { eds_config: { ads: {} } } }] }";
const grpc = (cluster: string, type = "GRPC"): string => `{ api_config_source: { api_type: ${type}, grpc_services: [{ envoy_grpc: { cluster_name: ${cluster} } }] } }`;

describe("a source of configuration", () => {
  test.each<[string, string[]]>([
    [`${NODE}, ${CLUSTERS}, dynamic_resources: { cds_config: ${grpc("xds")} }`, []],
    [`${NODE}, ${CLUSTERS}, dynamic_resources: { cds_config: ${grpc("nowhere")} }`, ["LGT0803 dynamic_resources.cds_config.api_config_source.grpc_services[0].envoy_grpc.cluster_name"]],
    [`${NODE}, ${CLUSTERS}, dynamic_resources: { cds_config: ${grpc("eds")} }`, ["LGT0803 dynamic_resources.cds_config.api_config_source.grpc_services[0].envoy_grpc.cluster_name"]],
    [`${NODE}, ${CLUSTERS}, dynamic_resources: { cds_config: ${grpc("xds", "AGGREGATED_GRPC")} }`, ["LGT0803 dynamic_resources.cds_config.api_config_source.api_type"]],
    [`${NODE}, dynamic_resources: { cds_config: { path_config_source: { path: cds.yaml } } }`, ["LGT0803 dynamic_resources.cds_config.path_config_source.path"]],
    [`${NODE}, dynamic_resources: { cds_config: { path_config_source: { path: ./cds.yaml } } }`, []],
    [`${NODE}, dynamic_resources: { ads_config: { api_type: GRPC, grpc_services: [{ envoy_grpc: { cluster_name: nowhere } }] } }`, ["LGT0803 dynamic_resources.ads_config.grpc_services[0].envoy_grpc.cluster_name"]],
  ])("%s", (text, expected) => {
    expect(errors(text)).toEqual(expected);
  });

  test("may be without node.id and node.cluster while the command line, which can give them, is not known", () => {
    const nameless = `${CLUSTERS}, dynamic_resources: { cds_config: ${grpc("xds")} }`;
    expect(errors(nameless)).toEqual([]);
    expect(findings(nameless, "warning")).toEqual(["LGT0803 static_resources.clusters[1].eds_cluster_config.eds_config", "LGT0803 dynamic_resources.cds_config"]);
  });

  test("is not judged where there is no bootstrap", () => {
    const reported: unknown[] = [];
    const context = checkContext(undefined, [], { diagnostics: { report: (finding) => reported.push(finding) }, surroundings: { listenerPrefix: "", bufferLimit: 0, nodeId: "", serviceCluster: "" } });
    MESSAGE_CHECKS.run("envoy.config.cluster.v3.Cluster.EdsClusterConfig", { eds_config: { ads: {} } }, context);
    expect(reported).toEqual([]);
  });
});
