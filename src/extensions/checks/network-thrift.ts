/** The Thrift proxy: its routes lead to clusters that there are, and what its filters take over into metadata has a value. */
import { type MessageCheck, type Refuse, refusals } from "../../contract/message-check.ts";
import type { RouteAction } from "../../schema/generated/envoy/extensions/filters/network/thrift_proxy/v3.ts";

/** Each cluster that a route names, with the message that names it. */
function clustersOf(action: RouteAction): [object, string, string][] {
  const weighted = (action.weighted_clusters?.clusters ?? []).map((cluster): [object, string, string] => [cluster, "name", cluster.name ?? ""]);
  const mirrors = (action.request_mirror_policies ?? []).map((policy): [object, string, string] => [policy, "cluster", policy.cluster ?? ""]);
  return [...(action.cluster === undefined ? [] : [[action, "cluster", action.cluster] as [object, string, string]]), ...weighted, ...mirrors];
}

const FILTERS = "envoy.extensions.filters.network.thrift_proxy.filters";

/** A rule of a filter that takes headers or payload over into metadata. */
interface MetadataRule {
  readonly on_present?: object;
  readonly on_missing?: { readonly value?: string };
}

function checkRule(rule: MetadataRule, refuse: Refuse): void {
  if (rule.on_present === undefined && rule.on_missing === undefined) refuse(rule, undefined, "one of on_present and on_missing is required");
  if (rule.on_missing !== undefined && (rule.on_missing.value ?? "") === "") refuse(rule, "on_missing", "on_missing needs a value");
}

export const NETWORK_THRIFT_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.network.thrift_proxy.v3.ThriftProxy", (config, refuse, { bootstrap, hasCluster }) => {
    if (bootstrap === undefined || config.route_config?.validate_clusters === false) return;
    for (const route of config.route_config?.routes ?? []) {
      for (const [at, key, name] of clustersOf(route.route ?? {})) if (!hasCluster(name)) refuse(at, key, `there is no cluster '${name}'`);
    }
  }),
  refusals("LGT0406", `${FILTERS}.header_to_metadata.v3.HeaderToMetadata.Rule`, checkRule),
  refusals("LGT0406", `${FILTERS}.payload_to_metadata.v3.PayloadToMetadata.Rule`, checkRule),
];
