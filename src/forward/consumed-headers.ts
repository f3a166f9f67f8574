/** The request headers by which a client steers the router; none of them goes on to the upstream (docs: http_filters/router_filter). */
import type { HeaderBlock } from "../http/header-block.ts";
import { hasMarked, markHeaders } from "../http/marked-headers.ts";
import {
  X_ENVOY_EXPECTED_RQ_TIMEOUT_MS, X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT, X_ENVOY_MAX_RETRIES, X_ENVOY_RETRIABLE_HEADER_NAMES,
  X_ENVOY_RETRIABLE_STATUS_CODES, X_ENVOY_RETRY_GRPC_ON, X_ENVOY_RETRY_ON, X_ENVOY_UPSTREAM_ALT_STAT_NAME, X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS,
  X_ENVOY_UPSTREAM_RQ_TIMEOUT_ALT_RESPONSE, X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS, X_ENVOY_UPSTREAM_STREAM_DURATION_MS,
} from "../http/names.ts";

const RETRY = [
  X_ENVOY_RETRY_ON, X_ENVOY_RETRY_GRPC_ON, X_ENVOY_MAX_RETRIES, X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT, X_ENVOY_RETRIABLE_HEADER_NAMES,
  X_ENVOY_RETRIABLE_STATUS_CODES, X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS,
] as const;
const STEERING = [...RETRY, X_ENVOY_UPSTREAM_RQ_TIMEOUT_ALT_RESPONSE, X_ENVOY_UPSTREAM_STREAM_DURATION_MS];
const FIRST = markHeaders([...STEERING, X_ENVOY_EXPECTED_RQ_TIMEOUT_MS, X_ENVOY_UPSTREAM_ALT_STAT_NAME, X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS]);
const LATER = markHeaders(STEERING);

/** Whether any of them is there as the request comes: without one, its timeouts are the route's. */
export function isSteered(headers: HeaderBlock): boolean {
  return hasMarked(headers, FIRST);
}

/** Whether any of those that are taken after the route's header mutations, which may add some, is there. */
export function isSteeredLater(headers: HeaderBlock): boolean {
  return hasMarked(headers, LATER);
}

export function consumeRetryHeaders(headers: HeaderBlock): void {
  for (const id of RETRY) headers.remove(id);
}

/** `x-envoy-upstream-alt-stat-name`, taken away; "" where there is none. */
export function takeAltName(headers: HeaderBlock): string {
  const name = headers.get(X_ENVOY_UPSTREAM_ALT_STAT_NAME) ?? "";
  headers.remove(X_ENVOY_UPSTREAM_ALT_STAT_NAME);
  return name;
}

/** A whole number as Envoy's `SimpleAtoi` reads one, `undefined` where it does not. */
export function wholeNumber(value: string | null): number | undefined {
  return value !== null && /^\s*\+?\d+\s*$/.test(value) ? Number(value) : undefined;
}

/** `x-envoy-upstream-stream-duration-ms`, taken away: how long an exchange may last; `undefined` where it says nothing. */
export function takeStreamDuration(headers: HeaderBlock): number | undefined {
  const value = wholeNumber(headers.get(X_ENVOY_UPSTREAM_STREAM_DURATION_MS));
  headers.remove(X_ENVOY_UPSTREAM_STREAM_DURATION_MS);
  return value;
}

/** `x-envoy-upstream-rq-timeout-alt-response`, taken away: a timeout is answered with 204. */
export function takeAltResponse(headers: HeaderBlock): boolean {
  return headers.remove(X_ENVOY_UPSTREAM_RQ_TIMEOUT_ALT_RESPONSE) > 0;
}
