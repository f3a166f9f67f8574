/** Every check of messages, those of the core and those of extensions. */
import type { CompileContext } from "../contract/extension.ts";
import type { CheckContext } from "../contract/message-check.ts";
import { FILTER_CHAIN_CHECKS } from "../downstream/filter-chain-checks.ts";
import { LISTENER_CHECKS } from "../downstream/listener-checks.ts";
import { MANAGER_CHECKS } from "../downstream/manager-checks.ts";
import { EXTENSION_CHECKS } from "../extensions/checks/all.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import { BALANCING_CHECKS } from "../upstream/balancing-checks.ts";
import { CLUSTER_CHECKS } from "../upstream/cluster-checks.ts";
import { ENDPOINT_CHECKS } from "../upstream/endpoint-checks.ts";
import { HEALTH_CHECK_CHECKS } from "../upstream/health-check-checks.ts";
import { BOOTSTRAP_CHECKS } from "./bootstrap-checks.ts";
import { MessageChecks } from "./check-messages.ts";
import { ROUTE_CHECKS } from "./check-routes.ts";
import { OVERLOAD_CHECKS } from "./overload-checks.ts";
import { REGEX_CHECKS } from "./regex-checks.ts";
import type { Resource } from "./resource.ts";
import { SOURCE_CHECKS } from "./source-checks.ts";
import { TAG_CHECKS } from "./tag-checks.ts";

export const MESSAGE_CHECKS = new MessageChecks([
  ...LISTENER_CHECKS, ...FILTER_CHAIN_CHECKS, ...MANAGER_CHECKS, ...CLUSTER_CHECKS, ...BALANCING_CHECKS, ...ENDPOINT_CHECKS, ...HEALTH_CHECK_CHECKS,
  ...BOOTSTRAP_CHECKS, ...OVERLOAD_CHECKS, ...SOURCE_CHECKS, ...ROUTE_CHECKS, ...REGEX_CHECKS, ...TAG_CHECKS, ...EXTENSION_CHECKS,
]);

/** What checks may know where the document has this bootstrap, or none. */
export function checkContext(bootstrap: Bootstrap | undefined, resources: readonly Resource[], { surroundings, diagnostics }: Pick<CompileContext, "surroundings" | "diagnostics">): CheckContext {
  const clusters = bootstrap?.static_resources?.clusters ?? [];
  const names = new Set(resources.filter(({ type }) => type === "cluster").map(({ name }) => name));
  const node = { id: surroundings.nodeId, cluster: surroundings.serviceCluster };
  const tables = new Set(resources.filter(({ type }) => type === "route").map(({ message }) => message));
  return { diagnostics, bootstrap, tables, node, hasCluster: (name) => names.has(name), clusters: new Map(clusters.map((cluster) => [cluster.name ?? "", cluster])) };
}
