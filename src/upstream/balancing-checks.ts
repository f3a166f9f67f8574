/** The load balancing policy of a cluster, and whether it fits the cluster's kind. */
import { type MessageCheck, type Refuse, refusals } from "../contract/message-check.ts";
import { extensionByType } from "../schema/extensions.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { WrrLocality } from "../schema/generated/envoy/extensions/load_balancing_policies/wrr_locality/v3.ts";
import { typeOf } from "../schema/table.ts";

const POLICIES = "envoy.load_balancing_policies";
const CLIENT_WEIGHTED = "envoy.extensions.load_balancing_policies.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin";
const PROVIDED = "envoy.extensions.load_balancing_policies.cluster_provided.v3.ClusterProvided";

/** Kinds of clusters that choose their hosts themselves. */
const PROVIDING = ["dynamic_forward_proxy", "aggregate", "original_dst", "reverse_connection", "composite", "redis"];

function checkPolicies(cluster: Cluster, refuse: Refuse): void {
  const policy = cluster.load_balancing_policy;
  if (policy === undefined) {
    refuse(cluster, "lb_policy", "LOAD_BALANCING_POLICY_CONFIG needs load_balancing_policy");
    return;
  }
  if (cluster.lb_subset_config !== undefined) refuse(cluster, "lb_subset_config", "load_balancing_policy cannot be combined with lb_subset_config");
  for (const key of ["zone_aware_lb_config", "locality_weighted_lb_config", "consistent_hashing_lb_config"] as const) {
    if (cluster.common_lb_config?.[key] !== undefined) refuse(cluster.common_lb_config, key, `load_balancing_policy cannot be combined with ${key}`);
  }
  const types = (policy.policies ?? []).map((one) => typeOf(one.typed_extension_config?.typed_config?.["@type"] ?? "") ?? "");
  if (!types.some(isKnown)) refuse(policy, "policies", "none of these policies is one of Envoy's");
}

const TYPED_STRUCT = /^(xds\.type\.v3|udpa\.type\.v1)\.TypedStruct$/;

function isKnown(type: string): boolean {
  return TYPED_STRUCT.test(type) || extensionByType(POLICIES, type) !== undefined;
}

/** True if the cluster's policy is to ask the cluster; undefined where that cannot be told. */
function asksCluster(cluster: Cluster): boolean | undefined {
  if (cluster.load_balancing_policy === undefined) return cluster.lb_policy === "CLUSTER_PROVIDED";
  const types = (cluster.load_balancing_policy.policies ?? []).map((one) => typeOf(one.typed_extension_config?.typed_config?.["@type"] ?? "") ?? "");
  const first = types.find(isKnown);
  return first === undefined || TYPED_STRUCT.test(first) ? undefined : first === PROVIDED;
}

function checkFit(cluster: Cluster, refuse: Refuse): void {
  const asks = asksCluster(cluster);
  if (asks === undefined) return;
  const key = cluster.load_balancing_policy === undefined ? "lb_policy" : "load_balancing_policy";
  const kind = cluster.cluster_type;
  const name = `${kind?.name ?? ""} ${kind?.typed_config?.["@type"] ?? ""}`;
  const provides = kind === undefined ? cluster.type === "ORIGINAL_DST" : PROVIDING.some((word) => name.includes(word));
  if (asks && !provides && (kind === undefined || /cluster\.(static|strict_dns|logical_dns|eds)|DnsCluster/.test(name))) refuse(cluster, key, "this cluster provides no load balancing of its own");
  if (!asks && provides && !name.includes("redis")) refuse(cluster, key, `a cluster of this kind takes the load balancing policy CLUSTER_PROVIDED only`);
}

function checkSubsets(cluster: Cluster, refuse: Refuse): void {
  const subsets = cluster.lb_subset_config;
  if (subsets === undefined) return;
  if (cluster.lb_policy === "CLUSTER_PROVIDED" && (subsets.subset_selectors ?? []).length > 0) refuse(cluster, "lb_subset_config", "the policy CLUSTER_PROVIDED cannot be combined with lb_subset_config");
  if (subsets.locality_weight_aware === true && cluster.common_lb_config?.locality_weighted_lb_config === undefined) {
    refuse(subsets, "locality_weight_aware", "locality_weight_aware needs common_lb_config.locality_weighted_lb_config");
  }
}

/** Envoy's limits of the ring; the smaller must not be above the larger. */
function checkRing(cluster: Cluster, refuse: Refuse): void {
  const ring = cluster.ring_hash_lb_config;
  if (ring !== undefined && cluster.lb_policy === "RING_HASH" && Number(ring.minimum_ring_size ?? 1024) > Number(ring.maximum_ring_size ?? 8_388_608)) {
    refuse(ring, "minimum_ring_size", "minimum_ring_size is above maximum_ring_size");
  }
  const hashing = cluster.common_lb_config?.consistent_hashing_lb_config;
  if (hashing?.use_hostname_for_hashing === true && cluster.type !== "STRICT_DNS") refuse(hashing, "use_hostname_for_hashing", "only clusters of type STRICT_DNS can hash by host name");
}

/** Of the policies for within a locality the first that Envoy knows counts, and it must be this one. */
function checkPicking({ endpoint_picking_policy: policy }: WrrLocality, refuse: Refuse): void {
  if (policy === undefined) return;
  const types = (policy.policies ?? []).map((one) => typeOf(one.typed_extension_config?.typed_config?.["@type"] ?? "") ?? "");
  const first = types.find(isKnown);
  if (first === undefined) refuse(policy, "policies", "none of these policies is one of Envoy's");
  else if (first !== CLIENT_WEIGHTED && !TYPED_STRUCT.test(first)) refuse(policy, "policies", "wrr_locality takes only the policy client_side_weighted_round_robin");
}

export const BALANCING_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0708", "envoy.config.cluster.v3.Cluster", (cluster, refuse) => {
    if (cluster.load_balancing_policy !== undefined || cluster.lb_policy === "LOAD_BALANCING_POLICY_CONFIG") checkPolicies(cluster, refuse);
    for (const check of [checkFit, checkSubsets, checkRing]) check(cluster, refuse);
  }),
  refusals("LGT0708", "envoy.extensions.load_balancing_policies.wrr_locality.v3.WrrLocality", checkPicking),
];
