import { expect, test } from "vitest";
import type { AcceptedConnection } from "../../../src/downstream/accepted-connection.ts";
import { sniCluster } from "../../../src/extensions/network/sni-cluster.ts";
import { networkFilterSuite } from "../../contract/network-filter.suite.ts";
import { NetworkStage } from "../../support/network-stage.ts";
import { openNetworkFilter } from "../../support/open-network-filter.ts";

networkFilterSuite("sni_cluster", (stage) => openNetworkFilter(sniCluster, {}, stage));

test.each([["a.test", "a.test"], ["", undefined]])("a client that asks for %j goes to the cluster %s", async (serverName, cluster) => {
  const stage = new NetworkStage();
  await stage.connect([openNetworkFilter(sniCluster, {}, stage)], (connection) => ((connection as AcceptedConnection).serverName = serverName));
  expect(stage.connection.info.filterState?.get("envoy.tcp_proxy.cluster")).toBe(cluster);
});
