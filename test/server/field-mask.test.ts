import { describe, expect, it } from "vitest";
import { maskPaths, trimMessage, trimResource } from "../../src/server/field-mask.ts";

const BOOTSTRAP = "envoy.admin.v3.BootstrapConfigDump";
const CLUSTER = "envoy.admin.v3.ClustersConfigDump.StaticCluster";
const dump = { bootstrap: { node: { id: "a", cluster: "b" }, admin: {} }, last_updated: "t" };
const item = { cluster: { "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", name: "one", type: "STATIC" }, last_updated: "t" };

describe("a field mask", () => {
  it("keeps what it names, in the message's order", () => {
    expect(trimMessage(BOOTSTRAP, dump, maskPaths("last_updated,bootstrap.node.id"))).toEqual({ bootstrap: { node: { id: "a" } }, last_updated: "t" });
    expect(trimMessage(BOOTSTRAP, dump, ["bootstrap"])).toEqual({ bootstrap: dump.bootstrap });
    expect(trimMessage(BOOTSTRAP, dump, ["bootstrap.flags_path"])).toEqual({ bootstrap: {} });
  });

  it("goes into singular messages only", () => {
    for (const path of ["nope", "bootstrap.nope", "last_updated.nope", "bootstrap.static_resources.clusters.name", "bootstrap.node.id.x", ""]) {
      expect([path, trimMessage(BOOTSTRAP, dump, [path])]).toEqual([path, undefined]);
    }
  });

  it("goes on inside a dumped resource", () => {
    expect(trimResource(CLUSTER, item, ["cluster.name"])).toEqual({ cluster: { "@type": item.cluster["@type"], name: "one" } });
    expect(trimResource(CLUSTER, item, ["last_updated"])).toEqual({ last_updated: "t" });
    expect(trimResource(CLUSTER, item, ["cluster.nope"])).toBeUndefined();
    expect(trimResource(CLUSTER, item, ["cluster"])).toBeUndefined();
    expect(trimResource(CLUSTER, {}, ["cluster.name"])).toEqual({});
  });
});
