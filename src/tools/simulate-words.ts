/** Timeouts and retries of a route in numbers and in words. */
import { retryRules } from "../forward/retry-rules.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import type { ForwardPlan } from "../router/forward-plan.ts";
import type { RetryPlan } from "../router/retry-policy.ts";
import type { RequestTimeouts } from "../router/timeouts.ts";

/** Milliseconds; 0 is no limit, absent is what the connection manager or Envoy has by default. */
export interface SimulatedTimeouts {
  readonly global_ms: number;
  readonly per_try_ms: number;
  readonly per_try_idle_ms: number;
  readonly idle_ms?: number;
  readonly max_stream_duration_ms?: number;
  readonly words: string;
}

export interface SimulatedRetries {
  readonly on: readonly string[];
  readonly count: number;
  readonly words: string;
}

export function timeoutsInWords(plan: ForwardPlan, timeouts: RequestTimeouts): SimulatedTimeouts {
  const { idleTimeout, maxStreamDuration } = plan.timeouts;
  const parts = [
    timeouts.global === 0 ? "no limit on the whole response" : `${duration(timeouts.global)} for the whole response`,
    ...(timeouts.perTry > 0 ? [`${duration(timeouts.perTry)} for each try`] : []),
    ...(timeouts.perTryIdle > 0 ? [`${duration(timeouts.perTryIdle)} of silence in a try`] : []),
    ...(idleTimeout === undefined ? [] : [idleTimeout === 0 ? "silence is not limited" : `${duration(idleTimeout)} of silence`]),
    ...(maxStreamDuration === undefined || maxStreamDuration === 0 ? [] : [`${duration(maxStreamDuration)} for the stream`]),
  ];
  return {
    global_ms: timeouts.global, per_try_ms: timeouts.perTry, per_try_idle_ms: timeouts.perTryIdle,
    ...(idleTimeout === undefined ? {} : { idle_ms: idleTimeout }), ...(maxStreamDuration === undefined ? {} : { max_stream_duration_ms: maxStreamDuration }),
    words: parts.join(", "),
  };
}

/** What the route says of retries, and what the request's own headers say. */
export function retriesInWords(retry: RetryPlan, headers: HeaderBlock): SimulatedRetries | undefined {
  const rules = retryRules(retry, headers);
  if (rules.retryOn.size === 0 || rules.numRetries === 0) return undefined;
  const on = [...rules.retryOn].map(String);
  const codes = rules.statusCodes.length === 0 ? "" : ` (status ${rules.statusCodes.join(", ")})`;
  const base = retry.baseInterval ?? 25;
  const words = `up to ${rules.numRetries === 1 ? "one more try" : `${rules.numRetries} more tries`} on ${on.join(", ")}${codes}, back-off ${duration(base)} to ${duration(retry.maxInterval ?? base * 10)}`;
  return { on, count: rules.numRetries, words };
}

export function duration(milliseconds: number): string {
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000} s` : `${milliseconds} ms`;
}
