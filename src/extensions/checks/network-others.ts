/** Redis and ZooKeeper. */
import { type MessageCheck, refusals } from "../../contract/message-check.ts";

export const NETWORK_OTHERS_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.network.redis_proxy.v3.RedisProxy", (config, refuse) => {
    const routes = (config.prefix_routes?.routes ?? []).length > 0;
    if (!routes && config.prefix_routes?.catch_all_route === undefined) refuse(config, undefined, "a Redis proxy needs an upstream: prefix_routes with routes or with catch_all_route");
  }),
  refusals("LGT0406", "envoy.extensions.filters.network.zookeeper_proxy.v3.ZooKeeperProxy", (config, refuse) => {
    const seen = new Set<string | number>();
    for (const threshold of config.latency_threshold_overrides ?? []) {
      const opcode = threshold.opcode ?? "Connect";
      if (seen.has(opcode)) refuse(threshold, "opcode", `the opcode ${opcode} stands twice`);
      seen.add(opcode);
    }
  }),
];
