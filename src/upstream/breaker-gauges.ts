/** The gauges of circuit breakers, worked out when somebody looks: control reads the exact counts of all workers. */
import { placeIn } from "../contract/stat-layout.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import type { BreakerLimits, ClusterPlan } from "./cluster-plan.ts";
import { BREAKERS, DEFAULT_LIMITS, HIGH_LIMITS, type LimitPlaces, REMAINING_SHAPE } from "./cluster-stats.ts";

/** `stats`: control's view of the cluster's numbers. A limit of 0 shows as reached only once something went beyond it, which only connections do. */
export function measureBreakers(stats: StatBlock, { limits, highLimits }: ClusterPlan, everConnected: boolean): void {
  measure(stats, limits, DEFAULT_LIMITS, 0, everConnected);
  measure(stats, highLimits, HIGH_LIMITS, 1, everConnected);
}

function measure(stats: StatBlock, limits: BreakerLimits, places: LimitPlaces, priority: 0 | 1, everConnected: boolean): void {
  const open = BREAKERS[priority];
  const remaining = limits.trackRemaining ? stats.child(`circuit_breakers.${priority === 0 ? "default" : "high"}.`, REMAINING_SHAPE) : null;
  for (const [name, shown] of SHOWN) {
    const held = stats.held(places[name]);
    if (open !== undefined) stats.set(open[name], held >= limits[name] && (limits[name] > 0 || (name === "connections" && everConnected)) ? 1 : 0);
    // what is left of a budget cannot be told
    remaining?.set(placeIn(REMAINING_SHAPE, shown), name === "retries" && limits.retryBudget !== undefined ? 0 : Math.max(0, limits[name] - held));
  }
  remaining?.set(placeIn(REMAINING_SHAPE, "remaining_cx_pools"), MOST_POOLS);
}

const SHOWN = [["connections", "remaining_cx"], ["pending", "remaining_pending"], ["requests", "remaining_rq"], ["retries", "remaining_retries"]] as const;
/** `max_connection_pools` where nothing is said. */
const MOST_POOLS = 4_294_967_295;
