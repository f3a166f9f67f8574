/** The load balancing policy of a cluster, from `lb_policy` or `load_balancing_policy`, as data that opens to a balancer. Pure. */
import { optionalMs } from "../base/duration.ts";
import type { Host } from "../contract/host.ts";
import type { LoadBalancerFactory } from "../contract/load-balancer.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Cluster, Cluster_LbSubsetConfig, LoadBalancingPolicy } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { RuntimeDouble } from "../schema/generated/envoy/config/core/v3.ts";
import type { ClientSideWeightedRoundRobin } from "../schema/generated/envoy/extensions/load_balancing_policies/client_side_weighted_round_robin/v3.ts";
import type { ConsistentHashingLbConfig, LocalityLbConfig, SlowStartConfig } from "../schema/generated/envoy/extensions/load_balancing_policies/common/v3.ts";
import type { LeastRequest as LeastRequestConfig } from "../schema/generated/envoy/extensions/load_balancing_policies/least_request/v3.ts";
import type { Maglev } from "../schema/generated/envoy/extensions/load_balancing_policies/maglev/v3.ts";
import type { OverrideHost as OverrideHostConfig } from "../schema/generated/envoy/extensions/load_balancing_policies/override_host/v3.ts";
import type { RingHash } from "../schema/generated/envoy/extensions/load_balancing_policies/ring_hash/v3.ts";
import type { RoundRobin as RoundRobinConfig } from "../schema/generated/envoy/extensions/load_balancing_policies/round_robin/v3.ts";
import type { Subset } from "../schema/generated/envoy/extensions/load_balancing_policies/subset/v3.ts";
import type { WrrLocality } from "../schema/generated/envoy/extensions/load_balancing_policies/wrr_locality/v3.ts";
import { typeOf } from "../schema/table.ts";
import { ClientWeighted } from "./client-weighted.ts";
import type { ClientWeightOptions } from "./client-weights.ts";
import { HashBalancer } from "./hash-balancer.ts";
import { RingMaker } from "./hash-ring.ts";
import type { HashTableMaker } from "./hash-table.ts";
import type { HostPickerFactory } from "./host-picker.ts";
import { LeastRequest, type LeastRequestOptions } from "./least-request.ts";
import { MaglevMaker } from "./maglev-table.ts";
import { OverrideHost, type OverrideSource } from "./override-host.ts";
import { RandomChoice } from "./random-choice.ts";
import { RoundRobin } from "./round-robin.ts";
import { SlowStart, type SlowStartOptions } from "./slow-start.ts";
import { SpreadBalancer, type SpreadOptions } from "./spread-balancer.ts";
import { SubsetBalancer, type SubsetOptions } from "./subset-balancer.ts";
import { criteriaOf } from "./subset-criteria.ts";
import { ZONE_DEFAULTS, type ZoneOptions } from "./zone-routing.ts";

const PACKAGE = "envoy.extensions.load_balancing_policies";
const CLIENT_WEIGHTED = `${PACKAGE}.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin`;
const WRR_LOCALITY = `${PACKAGE}.wrr_locality.v3.WrrLocality`;
const CLUSTER = "envoy.config.cluster.v3.Cluster";
const LOCALITY = `${PACKAGE}.common.v3.LocalityLbConfig`;

export const honours = {
  [CLUSTER]: [
    "lb_policy=ROUND_ROBIN|LEAST_REQUEST|RANDOM|RING_HASH|MAGLEV|CLUSTER_PROVIDED|LOAD_BALANCING_POLICY_CONFIG", "least_request_lb_config", "round_robin_lb_config",
    "ring_hash_lb_config", "maglev_lb_config", "lb_subset_config", "common_lb_config", "load_balancing_policy",
  ],
  [`${CLUSTER}.LeastRequestLbConfig`]: ["choice_count", "active_request_bias", "slow_start_config"],
  [`${CLUSTER}.RoundRobinLbConfig`]: ["slow_start_config"],
  [`${CLUSTER}.SlowStartConfig`]: ["slow_start_window", "aggression", "min_weight_percent"],
  [`${CLUSTER}.RingHashLbConfig`]: ["minimum_ring_size", "maximum_ring_size", "hash_function"],
  [`${CLUSTER}.MaglevLbConfig`]: ["table_size"],
  [`${CLUSTER}.CommonLbConfig`]: ["healthy_panic_threshold", "zone_aware_lb_config", "locality_weighted_lb_config", "consistent_hashing_lb_config"],
  [`${CLUSTER}.CommonLbConfig.ZoneAwareLbConfig`]: ["routing_enabled", "min_cluster_size", "fail_traffic_on_panic"],
  [`${CLUSTER}.CommonLbConfig.LocalityWeightedLbConfig`]: [],
  [`${CLUSTER}.CommonLbConfig.ConsistentHashingLbConfig`]: ["use_hostname_for_hashing", "hash_balance_factor"],
  [`${CLUSTER}.LbSubsetConfig`]: [
    "fallback_policy", "default_subset", "subset_selectors", "locality_weight_aware", "scale_locality_weight", "panic_mode_any", "list_as_any", "metadata_fallback_policy",
  ],
  [`${CLUSTER}.LbSubsetConfig.LbSubsetSelector`]: ["keys", "single_host_per_subset", "fallback_policy", "fallback_keys_subset"],
  "envoy.config.cluster.v3.LoadBalancingPolicy": ["policies"],
  "envoy.config.cluster.v3.LoadBalancingPolicy.Policy": ["typed_extension_config"],
  "envoy.config.core.v3.RuntimeDouble": ["default_value", "runtime_key"],
  [LOCALITY]: ["zone_aware_lb_config", "locality_weighted_lb_config"],
  [`${LOCALITY}.ZoneAwareLbConfig`]: ["routing_enabled", "min_cluster_size", "fail_traffic_on_panic", "force_locality_direct_routing", "force_local_zone", "locality_basis"],
  [`${LOCALITY}.ZoneAwareLbConfig.ForceLocalZone`]: ["min_size"],
  [`${LOCALITY}.LocalityWeightedLbConfig`]: [],
  [`${PACKAGE}.common.v3.SlowStartConfig`]: ["slow_start_window", "aggression", "min_weight_percent"],
  [`${PACKAGE}.common.v3.ConsistentHashingLbConfig`]: ["use_hostname_for_hashing", "hash_balance_factor"],
  [`${PACKAGE}.round_robin.v3.RoundRobin`]: ["slow_start_config", "locality_lb_config"],
  [`${PACKAGE}.random.v3.Random`]: ["locality_lb_config"],
  [`${PACKAGE}.least_request.v3.LeastRequest`]: ["choice_count", "active_request_bias", "slow_start_config", "locality_lb_config", "selection_method", "enable_full_scan"],
  [`${PACKAGE}.ring_hash.v3.RingHash`]: [
    "hash_function", "minimum_ring_size", "maximum_ring_size", "use_hostname_for_hashing", "hash_balance_factor", "consistent_hashing_lb_config", "locality_weighted_lb_config",
  ],
  [`${PACKAGE}.maglev.v3.Maglev`]: ["table_size", "consistent_hashing_lb_config", "locality_weighted_lb_config"],
  [`${PACKAGE}.subset.v3.Subset`]: [
    "fallback_policy", "default_subset", "subset_selectors", "allow_redundant_keys", "locality_weight_aware", "scale_locality_weight", "panic_mode_any", "list_as_any",
    "metadata_fallback_policy", "subset_lb_policy",
  ],
  [`${PACKAGE}.subset.v3.Subset.LbSubsetSelector`]: ["keys", "single_host_per_subset", "fallback_policy", "fallback_keys_subset"],
  [`${PACKAGE}.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin`]: [
    "blackout_period", "weight_expiration_period", "weight_update_period", "error_utilization_penalty", "metric_names_for_computing_utilization", "slow_start_config",
  ],
  [`${PACKAGE}.wrr_locality.v3.WrrLocality`]: ["endpoint_picking_policy"],
  [`${PACKAGE}.override_host.v3.OverrideHost`]: ["override_host_sources", "fallback_policy"],
  [`${PACKAGE}.override_host.v3.OverrideHost.OverrideHostSource`]: ["header", "metadata"],
  "envoy.type.metadata.v3.MetadataKey": ["key", "path"],
  "envoy.type.metadata.v3.MetadataKey.PathSegment": ["key"],
} as const;

export function compileBalancing(cluster: Cluster, diagnostics: Diagnostics): LoadBalancerFactory {
  const threshold = cluster.common_lb_config?.healthy_panic_threshold;
  const panicPercent = threshold === undefined ? 50 : Math.round(threshold.value ?? 0);
  const policies = new Policies(panicPercent, diagnostics);
  if (cluster.load_balancing_policy !== undefined) return policies.first(cluster.load_balancing_policy);
  const plain = policies.legacy(cluster);
  const subsets = cluster.lb_subset_config;
  return (subsets?.subset_selectors ?? []).length === 0 ? plain : subsetsOf(subsets as Cluster_LbSubsetConfig, plain);
}

class Policies {
  private readonly panicPercent: number;
  private readonly diagnostics: Diagnostics;

  constructor(panicPercent: number, diagnostics: Diagnostics) {
    this.panicPercent = panicPercent;
    this.diagnostics = diagnostics;
  }

  /** `lb_policy`. */
  legacy(cluster: Cluster): LoadBalancerFactory {
    const { common_lb_config: common } = cluster;
    const locality = common as LocalityLbConfig | undefined;
    switch (cluster.lb_policy) {
      case "RANDOM": return this.spread(locality, (given) => new RandomChoice(given.random));
      case "LEAST_REQUEST": {
        const config = cluster.least_request_lb_config;
        return this.spread(locality, leastRequest(leastOptions(config?.choice_count, config?.active_request_bias), slowStartOf(config?.slow_start_config)));
      }
      case "RING_HASH": {
        const ring: RingHash = { ...cluster.ring_hash_lb_config, consistent_hashing_lb_config: common?.consistent_hashing_lb_config ?? {} };
        return this.ring(common?.locality_weighted_lb_config === undefined ? ring : { ...ring, locality_weighted_lb_config: {} });
      }
      case "MAGLEV": {
        const maglev: Maglev = { ...cluster.maglev_lb_config, consistent_hashing_lb_config: common?.consistent_hashing_lb_config ?? {} };
        return this.maglev(common?.locality_weighted_lb_config === undefined ? maglev : { ...maglev, locality_weighted_lb_config: {} });
      }
      default: return this.spread(locality, roundRobin(slowStartOf(cluster.round_robin_lb_config?.slow_start_config)));
    }
  }

  /** The first one that is known here counts, as in Envoy the first that it knows. */
  first(policy: LoadBalancingPolicy, within: "" | "subset" = ""): LoadBalancerFactory {
    for (const { typed_extension_config: extension } of policy.policies ?? []) {
      const config = extension?.typed_config;
      const factory = config === undefined ? undefined : this.named(typeOf(config["@type"] ?? "") ?? "", config, within);
      if (factory !== undefined) return factory;
    }
    this.diagnostics.report({ code: "LGT0901", at: policy, key: "policies", message: "none of these load balancing policies can be run by legate yet; it takes turns instead" });
    return this.spread(undefined, roundRobin(undefined));
  }

  private named(type: string, config: object, within: "" | "subset"): LoadBalancerFactory | undefined {
    switch (type) {
      // the hosts of a subset hear nothing of what their answers say
      case CLIENT_WEIGHTED: return within === "subset" ? undefined : this.clientWeighted(config as ClientSideWeightedRoundRobin, false);
      case WRR_LOCALITY: return within === "subset" ? undefined : this.wrrLocality(config as WrrLocality);
      case `${PACKAGE}.round_robin.v3.RoundRobin`: {
        const robin = config as RoundRobinConfig;
        return this.spread(robin.locality_lb_config, roundRobin(slowStartOf(robin.slow_start_config)));
      }
      case `${PACKAGE}.random.v3.Random`: return this.spread((config as RoundRobinConfig).locality_lb_config, (given) => new RandomChoice(given.random));
      case `${PACKAGE}.least_request.v3.LeastRequest`: return this.least(config as LeastRequestConfig);
      case `${PACKAGE}.ring_hash.v3.RingHash`: return this.ring(config as RingHash);
      case `${PACKAGE}.maglev.v3.Maglev`: return this.maglev(config as Maglev);
      case `${PACKAGE}.subset.v3.Subset`: {
        const subset = config as Subset;
        return subsetsOf(subset, this.first(subset.subset_lb_policy ?? {}, "subset"));
      }
      case `${PACKAGE}.override_host.v3.OverrideHost`: return this.override(config as OverrideHostConfig);
      default: return undefined;
    }
  }

  private spread(locality: LocalityLbConfig | undefined, pickers: HostPickerFactory): LoadBalancerFactory {
    const options: SpreadOptions = { panicPercent: this.panicPercent, localityWeighted: locality?.locality_weighted_lb_config !== undefined, zone: zoneOf(locality) };
    return (given) => new SpreadBalancer(given, options, pickers);
  }

  private clientWeighted(config: ClientSideWeightedRoundRobin, localityWeighted: boolean): LoadBalancerFactory {
    const spread: SpreadOptions = { panicPercent: this.panicPercent, localityWeighted, zone: ZONE_DEFAULTS };
    const slow = slowStartOf(config.slow_start_config);
    const options: ClientWeightOptions = {
      metricNames: config.metric_names_for_computing_utilization ?? [], errorPenalty: config.error_utilization_penalty ?? 0,
      blackoutMs: optionalMs(config.blackout_period) ?? 10_000, expirationMs: optionalMs(config.weight_expiration_period) ?? 180_000, updateMs: optionalMs(config.weight_update_period) ?? 1000,
    };
    return (given) => new ClientWeighted(given, options, (weigh) => new SpreadBalancer(given, spread, roundRobin(slow, weigh)));
  }

  /** Envoy knows only one policy for within a locality. */
  private wrrLocality({ endpoint_picking_policy: policy }: WrrLocality): LoadBalancerFactory | undefined {
    for (const { typed_extension_config: extension } of policy?.policies ?? []) {
      const config = extension?.typed_config;
      if (typeOf(config?.["@type"] ?? "") === CLIENT_WEIGHTED) return this.clientWeighted(config as ClientSideWeightedRoundRobin, true);
    }
    return undefined;
  }

  private least(config: LeastRequestConfig): LoadBalancerFactory {
    const all = config.selection_method === "FULL_SCAN" || config.enable_full_scan === true;
    return this.spread(config.locality_lb_config, leastRequest(leastOptions(all ? 0 : config.choice_count, config.active_request_bias), slowStartOf(config.slow_start_config)));
  }

  private ring(config: RingHash): LoadBalancerFactory {
    const hashing = config.consistent_hashing_lb_config ?? { use_hostname_for_hashing: config.use_hostname_for_hashing ?? false, hash_balance_factor: config.hash_balance_factor ?? 0 };
    const maker = new RingMaker({
      minimum: Number(config.minimum_ring_size ?? 1024), maximum: Number(config.maximum_ring_size ?? 8 << 20),
      murmur: config.hash_function === "MURMUR_HASH_2", byHostname: hashing.use_hostname_for_hashing ?? false,
    });
    return this.hashing(hashing, config.locality_weighted_lb_config !== undefined, maker);
  }

  private maglev(config: Maglev): LoadBalancerFactory {
    const hashing = config.consistent_hashing_lb_config ?? {};
    const maker = new MaglevMaker({ size: Number(config.table_size ?? 65_537), byHostname: hashing.use_hostname_for_hashing ?? false });
    return this.hashing(hashing, config.locality_weighted_lb_config !== undefined, maker);
  }

  private hashing(hashing: ConsistentHashingLbConfig, localityWeighted: boolean, maker: HashTableMaker): LoadBalancerFactory {
    const options = { panicPercent: this.panicPercent, localityWeighted, balanceFactor: hashing.hash_balance_factor ?? 0 };
    return (given) => new HashBalancer(given, options, maker);
  }

  private override(config: OverrideHostConfig): LoadBalancerFactory {
    const fallback = this.first(config.fallback_policy ?? {});
    const sources = (config.override_host_sources ?? []).map(({ header, metadata }): OverrideSource => (
      header === undefined || header === "" ? { path: [metadata?.key ?? "", ...(metadata?.path ?? []).map(({ key }) => key ?? "")] } : { header: header.toLowerCase() }
    ));
    return (given) => new OverrideHost(sources, fallback(given));
  }
}

function roundRobin(slow: SlowStartOptions | undefined, weigh?: (host: Host) => number): HostPickerFactory {
  return (given, seed) => new RoundRobin(seed, slow === undefined ? null : new SlowStart(slow, given.clock, given.runtime), weigh);
}

function leastRequest(options: LeastRequestOptions, slow: SlowStartOptions | undefined): HostPickerFactory {
  return (given, seed) => new LeastRequest(seed, given.random, given.runtime, options, slow === undefined ? null : new SlowStart(slow, given.clock, given.runtime));
}

function leastOptions(choices: number | undefined, bias: RuntimeDouble | undefined): LeastRequestOptions {
  return { choices: choices ?? 2, bias: bias === undefined ? 1 : (bias.default_value ?? 0), biasKey: bias?.runtime_key ?? "" };
}

function slowStartOf(config: SlowStartConfig | undefined): SlowStartOptions | undefined {
  const windowMs = optionalMs(config?.slow_start_window) ?? 0;
  if (config === undefined || windowMs === 0) return undefined;
  const { aggression, min_weight_percent: least } = config;
  return { windowMs, aggression: aggression === undefined ? 1 : (aggression.default_value ?? 0), aggressionKey: aggression?.runtime_key ?? "", least: (least === undefined ? 10 : (least.value ?? 0)) / 100 };
}

function zoneOf(locality: LocalityLbConfig | undefined): ZoneOptions {
  const zone = locality?.zone_aware_lb_config;
  if (zone === undefined) return ZONE_DEFAULTS;
  const forced = zone.force_local_zone === undefined ? (zone.force_locality_direct_routing === true ? 1 : undefined) : (zone.force_local_zone.min_size ?? 1);
  return {
    enabled: Math.round(zone.routing_enabled === undefined ? 100 : (zone.routing_enabled.value ?? 0)), minClusterSize: Number(zone.min_cluster_size ?? 6),
    failOnPanic: zone.fail_traffic_on_panic ?? false, forceLocalFrom: forced, byWeight: zone.locality_basis === "HEALTHY_HOSTS_WEIGHT",
  };
}

function subsetsOf(config: Cluster_LbSubsetConfig | Subset, child: LoadBalancerFactory): LoadBalancerFactory {
  const options: SubsetOptions = {
    fallback: config.fallback_policy ?? "NO_FALLBACK", defaultSubset: criteriaOf(config.default_subset as Record<string, unknown> | undefined),
    selectors: (config.subset_selectors ?? []).map((selector) => ({
      keys: [...new Set(selector.keys ?? [])].sort(), singleHost: selector.single_host_per_subset ?? false,
      fallback: selector.fallback_policy ?? "NOT_DEFINED", fallbackKeys: new Set(selector.fallback_keys_subset ?? []),
    })),
    localityWeightAware: config.locality_weight_aware ?? false, scaleLocalityWeight: config.scale_locality_weight ?? false, panicModeAny: config.panic_mode_any ?? false,
    listAsAny: config.list_as_any ?? false, allowRedundantKeys: "allow_redundant_keys" in config && config.allow_redundant_keys === true,
    fallbackList: config.metadata_fallback_policy === "FALLBACK_LIST",
  };
  return (given) => new SubsetBalancer(given, options, child);
}
