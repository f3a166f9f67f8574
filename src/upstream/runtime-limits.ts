/** Limits of circuit breakers as the runtime has them at this moment: `circuit_breakers.CLUSTER.PRIORITY.`. */
import type { RuntimeView } from "../contract/request-view.ts";
import type { BreakerLimits } from "./cluster-plan.ts";
import { runtimeNumber } from "./runtime-number.ts";

export function limitsNow(limits: BreakerLimits, runtime: RuntimeView, prefix: string): BreakerLimits {
  const now = (name: string, otherwise: number): number => runtimeNumber(runtime, prefix + name, otherwise);
  const [percent, least] = [now("retry_budget.budget_percent", -1), now("retry_budget.min_retry_concurrency", -1)];
  const budget = limits.retryBudget ?? (percent < 0 && least < 0 ? undefined : { percent: 20, least: 3 });
  return {
    ...limits, connections: now("max_connections", limits.connections), pending: now("max_pending_requests", limits.pending), requests: now("max_requests", limits.requests),
    retries: now("max_retries", limits.retries),
    retryBudget: budget && { percent: percent < 0 ? budget.percent : percent, least: least < 0 ? budget.least : least },
  };
}
