/**
 * A condition that no match names: where the runtime weighs a route's clusters and gives all of them nothing, the route is passed over, and the
 * next one may match (weighted_cluster_specifier.cc: without a cluster there is no route).
 */
import type { RequestView } from "../contract/request-view.ts";
import type { Condition } from "../match/condition.ts";
import type { RouteAction, WeightedCluster } from "../schema/generated/envoy/config/route/v3.ts";
import { currentWeight } from "./current-weight.ts";

/** Weights that are the configuration's alone add up to more than nothing, or it is refused. */
export function weighsByRuntime(action: RouteAction | undefined): boolean {
  return (action?.weighted_clusters?.runtime_key_prefix ?? "") !== "";
}

export class WeightCondition implements Condition {
  readonly at: object;
  readonly key = "runtime_key_prefix";
  private readonly prefix: string;
  private readonly members: readonly { readonly runtimeKey: string; readonly weight: number }[];

  constructor(config: WeightedCluster) {
    this.at = config;
    this.prefix = config.runtime_key_prefix ?? "";
    this.members = (config.clusters ?? []).map(({ name = "", weight = 0 }) => ({ runtimeKey: `${this.prefix}.${name}`, weight }));
  }

  matches(request: RequestView): boolean {
    return this.members.some((member) => currentWeight(member, request) > 0);
  }

  describe(): string {
    return `some cluster has a weight, by the runtime's ${this.prefix}.* or as configured`;
  }

  whyNot(): string {
    return "the runtime gives all of them 0";
  }
}
