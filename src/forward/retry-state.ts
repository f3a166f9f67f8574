/**
 * Whether and when one request is tried again (Envoy's RetryStateImpl; envoy-semantics 11.1). Made only for requests that have a retry
 * policy or a retry header.
 */
import { ExponentialBackOff, waitAtLeast } from "../base/back-off.ts";
import type { Cluster } from "../contract/cluster.ts";
import type { Env } from "../contract/env.ts";
import type { Host } from "../contract/host.ts";
import type { HostSets } from "../contract/host-set.ts";
import type { HostRetry, PriorityLoads } from "../contract/load-balancer.ts";
import type { RetryPriority } from "../contract/retry-priority.ts";
import type { RetryHostPredicate } from "../contract/retry-host.ts";
import type { ResetReason } from "../contract/upstream-stream.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { EARLY_DATA, X_ENVOY_RATELIMITED } from "../http/names.ts";
import type { Timer } from "../platform/clock.ts";
import type { RetryOn, RetryPlan } from "../router/retry-policy.ts";
import { wholeNumber } from "./consumed-headers.ts";
import { grpcStatusIn } from "./host-outcome.ts";
import { type RetryRules, retryRules } from "./retry-rules.ts";

/** What became of the wish to try again. */
export const Retry = 0 as const;
/** The outcome asks for none. */
export const NoRetry = 1 as const;
export const LimitExceeded = 2 as const;
/** The circuit breaker or the budget is used up. */
export const Overflow = 3 as const;
/** Runtime forbids it (`upstream.use_retry`). */
export const Forbidden = 4 as const;
export type RetryStatus = typeof Retry | typeof NoRetry | typeof LimitExceeded | typeof Overflow | typeof Forbidden;

/** How an outcome wants to be tried again. */
const Not = 0;
const AfterWait = 1;
const AtOnce = 2;
type Wish = typeof Not | typeof AfterWait | typeof AtOnce;

export type WaitKind = "none" | "exponential" | "ratelimited";

/** What a request's retries say of hosts and priorities. */
export interface RetryChoices {
  readonly predicates: readonly RetryHostPredicate[];
  readonly priority: RetryPriority | null;
  /** The limits of high priority hold. */
  readonly high?: boolean;
}

export class RetryState implements HostRetry {
  readonly hostAttempts: number;
  /** How the last retry waited. */
  waited: WaitKind = "none";
  private readonly plan: RetryPlan;
  private readonly rules: RetryRules;
  private readonly env: Env;
  private readonly cluster: Cluster;
  private readonly predicates: readonly RetryHostPredicate[];
  private readonly priority: RetryPriority | null;
  private readonly high: boolean;
  private readonly again: (timedOut: boolean) => void;
  private readonly backOff: ExponentialBackOff;
  private remaining: number;
  private timer: Timer | null = null;
  private timedOut = false;
  /** A retry of the cluster's allowance is ours. */
  private holding = false;

  /** `again`: makes the next attempt; told whether the one before had timed out. */
  constructor(plan: RetryPlan, request: HeaderBlock, cluster: Cluster, env: Env, { predicates, priority, high = false }: RetryChoices, again: (timedOut: boolean) => void) {
    this.plan = plan;
    this.env = env;
    this.cluster = cluster;
    this.predicates = predicates;
    this.priority = priority;
    this.high = high;
    this.again = again;
    this.rules = retryRules(plan, request);
    this.remaining = this.rules.numRetries;
    this.hostAttempts = plan.hostSelectionAttempts;
    const base = plan.baseInterval ?? milliseconds(env.runtime.get("upstream.base_retry_backoff_ms"), 25);
    this.backOff = new ExponentialBackOff(base, plan.maxInterval ?? base * 10);
  }

  /** Any outcome at all may lead to a retry, so that the request's body must be kept. */
  get enabled(): boolean {
    return this.rules.retryOn.size > 0;
  }

  attempted(host: Host): void {
    for (const predicate of this.predicates) predicate.attempted(host);
    this.priority?.attempted(host);
  }

  rejects(host: Host): boolean {
    for (const predicate of this.predicates) if (predicate.rejects(host)) return true;
    return false;
  }

  loadsFor(loads: PriorityLoads, sets: HostSets): PriorityLoads {
    return this.priority === null ? loads : this.priority.loads(loads, sets);
  }

  /** Whether a response like this asks for a retry, be there one left or not. */
  wouldRetry(response: HeaderBlock, request: HeaderBlock): boolean {
    return this.wishAfter(response, request) !== Not;
  }

  onResponse(response: HeaderBlock, request: HeaderBlock): RetryStatus {
    const wish = this.wishAfter(response, request);
    return this.decide(wish, false, wish === AfterWait ? this.rateLimit(response) : 0);
  }

  /** `started`: bytes have gone upstream. */
  onReset(reason: ResetReason, timedOut: boolean, started: boolean): RetryStatus {
    return this.decide(this.wishAfterReset(reason, started), timedOut, 0);
  }

  /** A second attempt beside one that is slow: it needs no token of retry_on. */
  onSlowAttempt(): RetryStatus {
    return this.decide(AfterWait, true, 0);
  }

  /** No attempt is to follow. */
  close(): void {
    this.timer?.cancel();
    this.waited = "none";
    if (!this.holding) return;
    this.holding = false;
    this.cluster.releaseRetry(this.high);
  }

  private decide(wish: Wish, timedOut: boolean, rateLimit: number): RetryStatus {
    this.close();
    if (wish === Not) return NoRetry;
    if (this.remaining === 0) return LimitExceeded;
    this.remaining--;
    if (!this.cluster.acquireRetry(this.high)) return Overflow;
    if (this.env.runtime.get("upstream.use_retry") === 0) {
      this.cluster.releaseRetry(this.high);
      return Forbidden;
    }
    this.holding = true;
    this.timedOut = timedOut;
    this.timer ??= this.env.clock.timer(() => this.again(this.timedOut));
    this.timer.arm(wish === AtOnce ? 0 : this.wait(rateLimit));
    return Retry;
  }

  private wait(rateLimit: number): number {
    const random = this.env.random.u64();
    this.waited = rateLimit > 1 ? "ratelimited" : "exponential";
    return rateLimit > 1 ? waitAtLeast(rateLimit, random) : this.backOff.wait(random);
  }

  /** What the response says of when to come again, ms; 0: nothing that counts. */
  private rateLimit(response: HeaderBlock): number {
    for (const { id, format } of this.plan.resetHeaders) {
      const value = wholeNumber(response.get(id));
      if (value === undefined) continue;
      const seconds = format === "SECONDS" ? value : value - Math.floor(this.env.clock.wall() / 1000);
      if (seconds >= 0 && seconds * 1000 <= this.plan.resetMaxInterval) return seconds * 1000;
    }
    return 0;
  }

  private wishAfter(response: HeaderBlock, request: HeaderBlock): Wish {
    const { retryOn, statusCodes, responseHeaders } = this.rules;
    // The answer of an Envoy that limits rates is judged by that alone.
    if (response.has(X_ENVOY_RATELIMITED)) return retryOn.has("envoy-ratelimited") ? AfterWait : Not;
    const { status } = response;
    if (retryOn.has("5xx") && status >= 500 && status < 600) return AfterWait;
    if (retryOn.has("gateway-error") && status >= 502 && status <= 504) return AfterWait;
    if (retryOn.has("retriable-4xx") && status === 409) return AfterWait;
    if (retryOn.has("retriable-status-codes") && statusCodes.includes(status)) {
      if (status !== TOO_EARLY) return AfterWait;
      if (!request.has(EARLY_DATA)) return AtOnce;
    }
    if (retryOn.has("retriable-headers") && responseHeaders.some((condition) => condition.test(response))) return AfterWait;
    const word = GRPC_WORDS[grpcStatusIn(response) ?? -1];
    return word !== undefined && retryOn.has(word) ? AfterWait : Not;
  }

  private wishAfterReset(reason: ResetReason, started: boolean): Wish {
    const { retryOn } = this.rules;
    if (reason === "overflow") return Not;
    if (CONNECT_FAILURES.has(reason) && retryOn.has("connect-failure")) return AfterWait;
    if (retryOn.has("reset-before-request") && !started) return AfterWait;
    if (retryOn.has("reset") || retryOn.has("5xx") || retryOn.has("gateway-error")) return AfterWait;
    return retryOn.has("refused-stream") && reason === "remote refused stream reset" ? AfterWait : Not;
  }
}

const TOO_EARLY = 425;
const CONNECT_FAILURES: ReadonlySet<ResetReason> = new Set(["local connection failure", "remote connection failure", "connection timeout"]);
/** By gRPC status. */
const GRPC_WORDS: Readonly<Record<number, RetryOn>> = { 1: "cancelled", 4: "deadline-exceeded", 8: "resource-exhausted", 13: "internal", 14: "unavailable" };

function milliseconds(value: unknown, otherwise: number): number {
  return typeof value === "number" && value > 0 ? Math.floor(value) : otherwise;
}
