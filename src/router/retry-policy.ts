/** A retry policy as data (retry_policy_impl.cc): the forwarder decides by it. Times in milliseconds. */
import { optionalMs, wholeMs } from "../base/duration.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { nameId } from "../http/names.ts";
import { compileHeaderMatchers } from "../match/header-matcher.ts";
import type { HeaderCondition } from "../match/header-matcher.ts";
import type { RetryPolicy } from "../schema/generated/envoy/config/route/v3.ts";

export const honours = {
  "envoy.config.route.v3.RouteAction": ["retry_policy"],
  "envoy.config.route.v3.VirtualHost": ["retry_policy"],
  "envoy.config.route.v3.RetryPolicy": [
    "retry_on", "num_retries", "per_try_timeout", "per_try_idle_timeout", "retry_host_predicate", "retry_priority", "host_selection_retry_max_attempts", "retriable_status_codes",
    "retry_back_off", "rate_limited_retry_back_off", "retriable_headers", "retriable_request_headers", "refresh_cluster_on_retry",
  ],
  "envoy.config.route.v3.RetryPolicy.RetryHostPredicate": ["name", "typed_config"],
  "envoy.config.route.v3.RetryPolicy.RetryPriority": ["name", "typed_config"],
  "envoy.config.route.v3.RetryPolicy.RetryBackOff": ["base_interval", "max_interval"],
  "envoy.config.route.v3.RetryPolicy.RateLimitedRetryBackOff": ["reset_headers", "max_interval"],
  "envoy.config.route.v3.RetryPolicy.ResetHeader": ["name", "format"],
} as const;

/** The words of retry_on. */
export const RETRY_ON = [
  "5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "envoy-ratelimited", "retriable-4xx", "refused-stream",
  "retriable-status-codes", "retriable-headers", "http3-post-connect-failure",
  "cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable",
] as const;
export type RetryOn = (typeof RETRY_ON)[number];

/** Those that look at a gRPC status; `x-envoy-retry-grpc-on` takes only these, `x-envoy-retry-on` only the others. */
export const RETRY_ON_GRPC: ReadonlySet<RetryOn> = new Set(["cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable"]);

export interface RetryPlan {
  readonly message: RetryPolicy | undefined;
  readonly retryOn: ReadonlySet<RetryOn>;
  readonly numRetries: number;
  /** 0: none. */
  readonly perTryTimeout: number;
  readonly perTryIdleTimeout: number;
  readonly hostSelectionAttempts: number;
  readonly retriableStatusCodes: readonly number[];
  readonly retriableHeaders: readonly HeaderCondition[];
  readonly retriableRequestHeaders: readonly HeaderCondition[];
  /** `undefined`: the runtime's default (25 ms). */
  readonly baseInterval: number | undefined;
  /** `undefined`: ten times the base. */
  readonly maxInterval: number | undefined;
  readonly resetHeaders: readonly { readonly id: number; readonly format: "SECONDS" | "UNIX_TIMESTAMP" }[];
  readonly resetMaxInterval: number;
  /** A retry may go to another cluster than the attempt before it. */
  readonly refreshesCluster: boolean;
}

const RESET_MAX = 300_000;

export const NO_RETRY: RetryPlan = {
  message: undefined, retryOn: new Set(), numRetries: 1, perTryTimeout: 0, perTryIdleTimeout: 0, hostSelectionAttempts: 1, retriableStatusCodes: [],
  retriableHeaders: [], retriableRequestHeaders: [], baseInterval: undefined, maxInterval: undefined, resetHeaders: [], resetMaxInterval: RESET_MAX, refreshesCluster: false,
};

const WORDS: ReadonlySet<string> = new Set(RETRY_ON);

function isRetryOn(word: string): word is RetryOn {
  return WORDS.has(word);
}

/** The known words of a retry_on list; the header x-envoy-retry-on has the same form. */
export function parseRetryOn(text: string): { readonly known: Set<RetryOn>; readonly unknown: readonly string[] } {
  const known = new Set<RetryOn>();
  const unknown: string[] = [];
  for (const part of text.split(",")) {
    const word = part.trim();
    if (isRetryOn(word)) known.add(word);
    else if (word !== "") unknown.push(word);
  }
  return { known, unknown };
}

function atLeastOne(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.max(1, milliseconds);
}

export function compileRetryPolicy(message: RetryPolicy, diagnostics: Diagnostics): RetryPlan {
  const { known, unknown } = parseRetryOn(message.retry_on ?? "");
  if (unknown.length > 0) {
    const text = `unknown retry_on policy token(s) [${unknown.join(", ")}] in retry_on config '${message.retry_on}'`;
    diagnostics.report({ code: "LGT0567", at: message, key: "retry_on", message: text });
  }
  const backOff = message.retry_back_off;
  const baseInterval = backOff === undefined ? undefined : Math.max(1, optionalMs(backOff.base_interval) ?? 0);
  const maxInterval = atLeastOne(optionalMs(backOff?.max_interval));
  if (backOff !== undefined && baseInterval !== undefined && maxInterval !== undefined && maxInterval < baseInterval) {
    const text = "retry_policy.max_interval must be greater than or equal to the base_interval";
    diagnostics.report({ code: "LGT0566", at: backOff, key: "max_interval", message: text });
  }
  const rateLimited = message.rate_limited_retry_back_off;
  return {
    message, retryOn: known, baseInterval, maxInterval,
    numRetries: message.num_retries ?? 1,
    perTryTimeout: wholeMs(message.per_try_timeout, 0),
    perTryIdleTimeout: wholeMs(message.per_try_idle_timeout, 0),
    hostSelectionAttempts: Number(message.host_selection_retry_max_attempts ?? 0) || 1,
    retriableStatusCodes: message.retriable_status_codes ?? [],
    retriableHeaders: compileHeaderMatchers(message.retriable_headers, diagnostics),
    retriableRequestHeaders: compileHeaderMatchers(message.retriable_request_headers, diagnostics),
    resetHeaders: (rateLimited?.reset_headers ?? []).map(({ name, format }) => ({ id: nameId(name ?? ""), format: format ?? "SECONDS" })),
    resetMaxInterval: atLeastOne(optionalMs(rateLimited?.max_interval)) ?? RESET_MAX,
    refreshesCluster: message.refresh_cluster_on_retry ?? false,
  };
}
