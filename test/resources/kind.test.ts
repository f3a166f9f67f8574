import { describe, expect, test } from "vitest";
import type { RawMap } from "../../src/diagnostics/raw.ts";
import { kindOf, KINDS, typeNamed } from "../../src/resources/kind.ts";

describe("the kind of a document is recognised by its keys:", () => {
  test.each<[string, RawMap]>([
    ["bootstrap", { static_resources: {}, admin: {} }],
    ["bootstrap", {}],
    ["bootstrap", { node: { id: "x" } }],
    ["bootstrap", { static_resource: {} }],
    ["bootstrap", { staticResources: {} }],
    ["route", { name: "r", virtual_hosts: [] }],
    ["route", { name: "r", virtualHosts: [] }],
    ["listener", { name: "l", address: {}, filter_chains: [] }],
    ["cluster", { name: "c", type: "STATIC", load_assignment: {} }],
    ["endpoints", { cluster_name: "c", endpoints: [] }],
    ["secret", { name: "s", tls_certificate: {} }],
    ["runtime", { name: "r", layer: {} }],
    ["virtual_host", { name: "v", domains: ["*"], routes: [] }],
    ["discovery_response", { version_info: "1", resources: [] }],
    ["discovery_response", { resources: [{ "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster" }] }],
    ["config_dump", { configs: [{ "@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump" }] }],
  ])("%s: %j", (kind, root) => {
    expect(kindOf(root)).toBe(KINDS[kind]);
  });

  test("@type says it whatever the keys are", () => {
    expect(kindOf({ "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration", admin: {} })).toBe(KINDS.route);
  });

  test("what is no configuration of Envoy is not taken for one", () => {
    expect(kindOf({ apiVersion: "v1", kind: "Pod", metadata: {} })).toBeUndefined();
    expect(kindOf({ configs: ["x"] })).toBeUndefined();
  });
});

test("--type takes a kind, a message's full or last name, or a type URL", () => {
  for (const word of ["cluster", "CLUSTER", "Cluster", "envoy.config.cluster.v3.Cluster", "type.googleapis.com/envoy.config.cluster.v3.Cluster"]) expect(typeNamed(word)).toBe(KINDS.cluster);
  expect(typeNamed("discovery-response")).toBe(KINDS.discovery_response);
  expect(typeNamed("ClusterLoadAssignment")).toBe(KINDS.endpoints);
  for (const word of ["clutser", "constructor", "toString", ""]) expect(typeNamed(word)).toBeUndefined();
});
