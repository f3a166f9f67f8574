/** What leads to a retry of one request: its route's policy and its own headers together. */
import type { HeaderBlock } from "../http/header-block.ts";
import {
  X_ENVOY_MAX_RETRIES, X_ENVOY_RETRIABLE_HEADER_NAMES, X_ENVOY_RETRIABLE_STATUS_CODES, X_ENVOY_RETRY_GRPC_ON, X_ENVOY_RETRY_ON,
} from "../http/names.ts";
import { parseRetryOn, RETRY_ON_GRPC, type RetryOn, type RetryPlan } from "../router/retry-policy.ts";
import { wholeNumber } from "./consumed-headers.ts";

interface ResponseCondition {
  test(response: HeaderBlock): boolean;
}

export interface RetryRules {
  readonly retryOn: ReadonlySet<RetryOn>;
  readonly numRetries: number;
  readonly statusCodes: readonly number[];
  /** One of them is enough. */
  readonly responseHeaders: readonly ResponseCondition[];
}

/** Whether the request may be tried again at all. */
export function mayRetry(plan: RetryPlan, request: HeaderBlock): boolean {
  return plan.retryOn.size > 0 || request.has(X_ENVOY_RETRY_ON) || request.has(X_ENVOY_RETRY_GRPC_ON);
}

/** The headers must still be there: see `consumeRetryHeaders`. */
export function retryRules(plan: RetryPlan, request: HeaderBlock): RetryRules {
  const retryOn = refused(plan, request) ? NOTHING : wordsOf(plan, request);
  const codes = request.get(X_ENVOY_RETRIABLE_STATUS_CODES);
  const names = request.get(X_ENVOY_RETRIABLE_HEADER_NAMES);
  return {
    retryOn,
    numRetries: (retryOn.size > 0 ? wholeNumber(request.get(X_ENVOY_MAX_RETRIES)) : undefined) ?? plan.numRetries,
    statusCodes: codes === null ? plan.retriableStatusCodes : [...plan.retriableStatusCodes, ...listed(codes).flatMap((code) => wholeNumber(code) ?? [])],
    responseHeaders: names === null ? plan.retriableHeaders : [...plan.retriableHeaders, ...listed(names).map(present)],
  };
}

/** `retriable_request_headers` name requests that may be tried again, and this is none of them. */
function refused({ retriableRequestHeaders }: RetryPlan, request: HeaderBlock): boolean {
  return retriableRequestHeaders.length > 0 && !retriableRequestHeaders.some((condition) => condition.test(request));
}

function wordsOf(plan: RetryPlan, request: HeaderBlock): ReadonlySet<RetryOn> {
  const on = request.get(X_ENVOY_RETRY_ON);
  const grpcOn = request.get(X_ENVOY_RETRY_GRPC_ON);
  if (on === null && grpcOn === null) return plan.retryOn;
  const words = new Set(plan.retryOn);
  for (const word of parseRetryOn(on ?? "").known) if (!RETRY_ON_GRPC.has(word)) words.add(word);
  for (const word of parseRetryOn(grpcOn ?? "").known) if (RETRY_ON_GRPC.has(word)) words.add(word);
  return words;
}

function listed(value: string): string[] {
  return value.split(",").filter((item) => item !== "");
}

/** A peer's header names are looked up by their text: they do not enter the table of names. */
function present(name: string): ResponseCondition {
  const lower = name.trim().toLowerCase();
  return { test: (response) => response.getNamed(lower) !== null };
}

const NOTHING: ReadonlySet<RetryOn> = new Set();
