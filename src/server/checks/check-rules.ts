/** When a host is checked, and how often in a row decides: the fields of `HealthCheck` that hold for every kind of check. Pure. */
import { optionalMs, wholeMs } from "../../base/duration.ts";
import type { RuntimeView } from "../../contract/request-view.ts";
import type { Random } from "../../platform/random.ts";
import type { HealthCheck } from "../../schema/generated/envoy/config/core/v3.ts";
import { runtimeNumber } from "../../upstream/runtime-number.ts";

export interface CheckRules {
  readonly timeoutMs: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  readonly initialJitterMs: number;
  readonly jitterMs: number;
  readonly jitterPercent: number;
  readonly intervalMs: number;
  readonly unhealthyMs: number;
  readonly unhealthyEdgeMs: number;
  readonly healthyEdgeMs: number;
  readonly noTrafficMs: number;
  readonly noTrafficHealthyMs: number;
  readonly reuse: boolean;
}

export function checkRules(check: HealthCheck): CheckRules {
  const intervalMs = optionalMs(check.interval) ?? 0;
  const unhealthyMs = wholeMs(check.unhealthy_interval, intervalMs);
  const noTrafficMs = wholeMs(check.no_traffic_interval, 60_000);
  return {
    timeoutMs: optionalMs(check.timeout) ?? 0, healthyThreshold: check.healthy_threshold ?? 0, unhealthyThreshold: check.unhealthy_threshold ?? 0,
    initialJitterMs: wholeMs(check.initial_jitter, 0), jitterMs: wholeMs(check.interval_jitter, 0), jitterPercent: check.interval_jitter_percent ?? 0,
    intervalMs, unhealthyMs, unhealthyEdgeMs: wholeMs(check.unhealthy_edge_interval, unhealthyMs), healthyEdgeMs: wholeMs(check.healthy_edge_interval, intervalMs),
    noTrafficMs, noTrafficHealthyMs: wholeMs(check.no_traffic_healthy_interval, noTrafficMs), reuse: check.reuse_connection ?? true,
  };
}

/** What the last check has come to. `pending`: the host changes its state if the next ones are like it. */
export interface CheckState {
  readonly healthy: boolean;
  readonly pending: boolean;
  /** The cluster has ever had a connection. */
  readonly traffic: boolean;
}

/** Until the next check, ms. */
export function nextCheck(rules: CheckRules, { healthy, pending, traffic }: CheckState, random: Random, runtime: RuntimeView): number {
  if (!traffic) return withJitter(healthy && !pending ? rules.noTrafficHealthyMs : rules.noTrafficMs, rules, rules.jitterMs, random, runtime);
  const base = healthy ? (pending ? rules.healthyEdgeMs : rules.intervalMs) : pending ? rules.unhealthyEdgeMs : rules.unhealthyMs;
  return withJitter(base, rules, rules.jitterMs, random, runtime);
}

/** Until the first one; 0: at once. */
export function firstCheck(rules: CheckRules, random: Random, runtime: RuntimeView): number {
  return rules.initialJitterMs === 0 ? 0 : withJitter(0, rules, rules.initialJitterMs, random, runtime);
}

function withJitter(base: number, { jitterPercent }: CheckRules, jitterMs: number, random: Random, runtime: RuntimeView): number {
  const share = Math.floor((jitterPercent * base) / 100);
  const wait = base + (share > 0 ? random.u32() % share : 0) + (jitterMs > 0 ? random.u32() % jitterMs : 0);
  const most = runtimeNumber(runtime, "health_check.max_interval", Infinity);
  return Math.max(1, Math.min(wait, most), runtimeNumber(runtime, "health_check.min_interval", 0));
}
