/** The load balancing policy of a cluster, from `lb_policy` or `load_balancing_policy`, as data that opens to a balancer. Pure. */
import type { LoadBalancerFactory } from "../contract/load-balancer.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Cluster, LoadBalancingPolicy } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { RuntimeDouble } from "../schema/generated/envoy/config/core/v3.ts";
import type { LeastRequest as LeastRequestConfig } from "../schema/generated/envoy/extensions/load_balancing_policies/least_request/v3.ts";
import { LeastRequest } from "./least-request.ts";
import { RandomChoice } from "./random-choice.ts";
import { RoundRobin } from "./round-robin.ts";

const PACKAGE = "envoy.extensions.load_balancing_policies";

export const honours = {
  "envoy.config.cluster.v3.Cluster": [
    "lb_policy=ROUND_ROBIN|LEAST_REQUEST|RANDOM|LOAD_BALANCING_POLICY_CONFIG", "least_request_lb_config", "load_balancing_policy",
  ],
  "envoy.config.cluster.v3.Cluster.LeastRequestLbConfig": ["choice_count", "active_request_bias"],
  "envoy.config.cluster.v3.LoadBalancingPolicy": ["policies"],
  "envoy.config.cluster.v3.LoadBalancingPolicy.Policy": ["typed_extension_config"],
  "envoy.config.core.v3.RuntimeDouble": ["default_value", "runtime_key"],
  [`${PACKAGE}.round_robin.v3.RoundRobin`]: [],
  [`${PACKAGE}.random.v3.Random`]: [],
  [`${PACKAGE}.least_request.v3.LeastRequest`]: ["choice_count", "active_request_bias", "selection_method"],
} as const;

const roundRobin: LoadBalancerFactory = (random) => new RoundRobin(random);
const randomChoice: LoadBalancerFactory = (random) => new RandomChoice(random);

function leastRequest(choices: number | undefined, bias: RuntimeDouble | undefined): LoadBalancerFactory {
  const options = { choices: choices ?? 2, bias: bias === undefined ? 1 : (bias.default_value ?? 0), biasKey: bias?.runtime_key ?? "" };
  return (random, runtime) => new LeastRequest(random, runtime, options);
}

export function compileBalancing(cluster: Cluster, diagnostics: Diagnostics): LoadBalancerFactory {
  if (cluster.load_balancing_policy !== undefined) return fromPolicies(cluster.load_balancing_policy, diagnostics);
  if (cluster.lb_policy === "RANDOM") return randomChoice;
  if (cluster.lb_policy !== "LEAST_REQUEST") return roundRobin;
  return leastRequest(cluster.least_request_lb_config?.choice_count, cluster.least_request_lb_config?.active_request_bias);
}

/** The first one that is known here counts, as in Envoy the first that it knows. */
function fromPolicies(policy: LoadBalancingPolicy, diagnostics: Diagnostics): LoadBalancerFactory {
  for (const { typed_extension_config: extension } of policy.policies ?? []) {
    const config = extension?.typed_config;
    switch (config?.["@type"]) {
      case `type.googleapis.com/${PACKAGE}.round_robin.v3.RoundRobin`: return roundRobin;
      case `type.googleapis.com/${PACKAGE}.random.v3.Random`: return randomChoice;
      case `type.googleapis.com/${PACKAGE}.least_request.v3.LeastRequest`: {
        const least = config as LeastRequestConfig;
        return leastRequest(least.selection_method === "FULL_SCAN" ? 0 : least.choice_count, least.active_request_bias);
      }
      default:
    }
  }
  diagnostics.report({ code: "LGT0901", at: policy, key: "policies", message: "none of these load balancing policies can be run by legate yet; it takes turns instead" });
  return roundRobin;
}
