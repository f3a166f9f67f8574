/** Sends a TCP proxy's connection to the cluster whose name the client asked for in TLS. */
import { defineExtension } from "../../contract/extension.ts";
import { PassForGood } from "../../contract/network-filter.ts";
import { CLUSTER_KEY } from "../../downstream/tcp-proxy.ts";
import type { SniCluster } from "../../schema/generated/envoy/extensions/filters/network/sni_cluster/v3.ts";

const CONFIG = "envoy.extensions.filters.network.sni_cluster.v3.SniCluster";

export const sniCluster = defineExtension<"envoy.filters.network", SniCluster>({
  category: "envoy.filters.network",
  name: "envoy.filters.network.sni_cluster",
  config: CONFIG,
  honours: { [CONFIG]: [] },
  compile: () => ({
    open: () => ({
      kind: "filter",
      create: ({ facts, info }) => ({
        onNewConnection() {
          const name = facts.requestedServerName ?? "";
          if (name !== "") (info.filterState ??= new Map()).set(CLUSTER_KEY, name);
          return PassForGood;
        },
      }),
    }),
  }),
});
