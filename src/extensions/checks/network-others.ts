/** Redis, ZooKeeper and the generic proxy. */
import { type MessageCheck, refusals } from "../../contract/message-check.ts";
import { typeOf } from "../../schema/table.ts";

const GENERIC_ROUTER = "envoy.extensions.filters.network.generic_proxy.router.v3.Router";

export const NETWORK_OTHERS_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.network.redis_proxy.v3.RedisProxy", (config, refuse) => {
    const routes = (config.prefix_routes?.routes ?? []).length > 0;
    if (!routes && config.prefix_routes?.catch_all_route === undefined) refuse(config, undefined, "a Redis proxy needs an upstream: prefix_routes with routes or with catch_all_route");
  }),
  refusals("LGT0406", "envoy.extensions.filters.network.generic_proxy.v3.GenericProxy", (config, refuse) => {
    const filters = config.filters ?? [];
    const router = filters.findIndex(({ typed_config: own }) => typeOf(own?.["@type"] ?? "") === GENERIC_ROUTER);
    if (router < 0) refuse(config, "filters", "the last filter of a generic proxy must be its router");
    else if (router < filters.length - 1) refuse(filters[router] ?? config, "name", "the router must be the last filter of a generic proxy");
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
