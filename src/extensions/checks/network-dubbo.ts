/** The Dubbo proxy. */
import { type MessageCheck, refusals } from "../../contract/message-check.ts";
import { extensionByName } from "../../schema/extensions.ts";

export const NETWORK_DUBBO_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.network.dubbo_proxy.v3.DubboProxy", (config, refuse) => {
    const tables = (config.route_config ?? []).length > 0;
    if (config.drds !== undefined && tables) refuse(config, "drds", "only one of drds and route_config can be set");
    if (config.multiple_route_config !== undefined && tables) refuse(config, "multiple_route_config", "only one of multiple_route_config and route_config can be set");
    for (const filter of config.dubbo_filters ?? []) {
      if (extensionByName("envoy.dubbo_proxy.filters", filter.name ?? "") === undefined) refuse(filter, "name", `Envoy has no Dubbo filter named '${filter.name ?? ""}'`);
    }
  }),
];
