/** What legate does, gathered from every compiler that reads configuration. The README's coverage is made from it too. */
import type { Honours, Registry } from "../contract/extension.ts";
import { honours as listener } from "../downstream/listener-plan.ts";
import { honours as cluster } from "../upstream/cluster-plan.ts";
import { honours as endpoints } from "../upstream/endpoints.ts";
import { Coverage } from "./coverage.ts";
import { honours as subscriptions } from "./subscriptions.ts";

const BOOTSTRAP: Honours = {
  "envoy.config.bootstrap.v3.Bootstrap": ["node", "static_resources", "dynamic_resources", "admin", "layered_runtime"],
  "envoy.config.bootstrap.v3.Bootstrap.StaticResources": ["listeners", "clusters"],
  "envoy.config.bootstrap.v3.Admin": ["address", "access_log", "access_log_path", "profile_path"],
  "envoy.config.core.v3.Node": ["id", "cluster", "locality", "metadata", "user_agent_name", "user_agent_version", "user_agent_build_version", "extensions", "client_features", "listening_addresses"],
  "envoy.config.bootstrap.v3.LayeredRuntime": ["layers"],
  "envoy.config.bootstrap.v3.RuntimeLayer": ["name", "static_layer"],
};

export function coverageOf(registry: Registry): Coverage {
  return new Coverage([BOOTSTRAP, listener, cluster, endpoints, subscriptions, ...registry.list.map((extension) => extension.honours)]);
}
