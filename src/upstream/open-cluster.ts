import type { Env } from "../contract/env.ts";
import { AggregateCluster } from "./aggregate-cluster.ts";
import { LiveCluster } from "./cluster.ts";
import type { ClusterPlan } from "./cluster-plan.ts";
import { OriginalDstCluster } from "./original-dst-cluster.ts";

/** A cluster of the kind that its plan says. */
export function openLiveCluster(plan: ClusterPlan, env: Env): LiveCluster {
  if (plan.discovery === "aggregate") return new AggregateCluster(plan, env);
  return plan.discovery === "original_dst" ? new OriginalDstCluster(plan, env) : new LiveCluster(plan, env);
}
