/** The timeouts of one request: the route's, as its headers change them (router.cc finalTimeout). Milliseconds; 0 is none. */
import { optionalMs } from "../base/duration.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import {
  GRPC_TIMEOUT, X_ENVOY_EXPECTED_RQ_TIMEOUT_MS, X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT, X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS,
  X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS,
} from "../http/names.ts";
import { isGrpc } from "../match/stream-matcher.ts";
import type { RouteAction } from "../schema/generated/envoy/config/route/v3.ts";
import type { RetryPlan } from "./retry-policy.ts";

export const honours = {
  "envoy.config.route.v3.RouteAction": ["timeout", "idle_timeout", "max_stream_duration", "max_grpc_timeout", "grpc_timeout_offset"],
  "envoy.config.route.v3.RouteAction.MaxStreamDuration": ["max_stream_duration", "grpc_timeout_header_max", "grpc_timeout_header_offset"],
} as const;

const DEFAULT_TIMEOUT = 15_000;

/** What a route says about time; `undefined` where it says nothing. */
export interface TimeoutPlan {
  readonly timeout: number;
  readonly idleTimeout: number | undefined;
  readonly flushTimeout: number | undefined;
  /** The route has max_stream_duration, which switches the plain timeout off. */
  readonly usesStreamDuration: boolean;
  readonly maxStreamDuration: number | undefined;
  readonly grpcTimeoutHeaderMax: number | undefined;
  readonly grpcTimeoutHeaderOffset: number | undefined;
  readonly maxGrpcTimeout: number | undefined;
  readonly grpcTimeoutOffset: number | undefined;
}

export function compileTimeouts(action: RouteAction): TimeoutPlan {
  const duration = action.max_stream_duration;
  return {
    timeout: optionalMs(action.timeout) ?? DEFAULT_TIMEOUT,
    idleTimeout: optionalMs(action.idle_timeout),
    flushTimeout: optionalMs(action.flush_timeout),
    usesStreamDuration: duration !== undefined,
    maxStreamDuration: optionalMs(duration?.max_stream_duration),
    grpcTimeoutHeaderMax: optionalMs(duration?.grpc_timeout_header_max),
    grpcTimeoutHeaderOffset: optionalMs(duration?.grpc_timeout_header_offset),
    maxGrpcTimeout: optionalMs(action.max_grpc_timeout),
    grpcTimeoutOffset: optionalMs(action.grpc_timeout_offset),
  };
}

export interface RequestTimeouts {
  /** From the end of the request to the end of the response, all attempts together. */
  readonly global: number;
  readonly perTry: number;
  readonly perTryIdle: number;
  readonly hedgeOnPerTryTimeout: boolean;
}

const UNITS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** The `grpc-timeout` of a request in milliseconds (rounded up), `undefined` if there is none or it is malformed. */
export function grpcTimeout(headers: HeaderBlock): number | undefined {
  const found = /^(\d{1,8})([HMSmun])$/.exec(headers.get(GRPC_TIMEOUT) ?? "");
  return found === null ? undefined : Math.ceil(Number(found[1]) * (UNITS[found[2] ?? ""] ?? 1));
}

/** A header of whole milliseconds, `undefined` if it is missing or malformed. */
function millisecondsIn(headers: HeaderBlock, id: number): number | undefined {
  const value = headers.get(id);
  return value !== null && /^\+?\d+$/.test(value.trim()) ? Number(value) : undefined;
}

function routeTimeout(plan: TimeoutPlan, headers: HeaderBlock): number {
  if (plan.usesStreamDuration) return 0;
  if (plan.maxGrpcTimeout === undefined || !isGrpc(headers)) return plan.timeout;
  let timeout = grpcTimeout(headers) ?? 0;
  if (plan.grpcTimeoutOffset !== undefined && plan.grpcTimeoutOffset < timeout) timeout -= plan.grpcTimeoutOffset;
  return plan.maxGrpcTimeout !== 0 && (timeout === 0 || timeout > plan.maxGrpcTimeout) ? plan.maxGrpcTimeout : timeout;
}

/** The timeouts of a request, as its headers are before {@link consumeTimeoutHeaders}. Pure. */
export function timeoutsOf(
  plan: TimeoutPlan, retry: RetryPlan, hedgeByRoute: boolean, headers: HeaderBlock, respectExpected: boolean,
): RequestTimeouts {
  const expected = respectExpected && headers.has(X_ENVOY_EXPECTED_RQ_TIMEOUT_MS);
  const global = millisecondsIn(headers, expected ? X_ENVOY_EXPECTED_RQ_TIMEOUT_MS : X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS) ?? routeTimeout(plan, headers);
  let perTry = millisecondsIn(headers, X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS) ?? retry.perTryTimeout;
  if (perTry >= global && global !== 0) perTry = 0;
  const hedge = headers.get(X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT);
  return { global, perTry, perTryIdle: retry.perTryIdleTimeout, hedgeOnPerTryTimeout: hedge === "true" || (hedge !== "false" && hedgeByRoute) };
}

/** The timeouts of a request whose headers say nothing of them. */
export function plainTimeouts(plan: TimeoutPlan, retry: RetryPlan, hedge: boolean): RequestTimeouts {
  const global = plan.usesStreamDuration ? 0 : plan.timeout;
  const perTry = retry.perTryTimeout >= global && global !== 0 ? 0 : retry.perTryTimeout;
  return { global, perTry, perTryIdle: retry.perTryIdleTimeout, hedgeOnPerTryTimeout: hedge };
}

/** Takes the headers away that only set timeouts. */
export function consumeTimeoutHeaders(headers: HeaderBlock, respectExpected: boolean): void {
  if (!respectExpected || !headers.has(X_ENVOY_EXPECTED_RQ_TIMEOUT_MS)) headers.remove(X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS);
  if (headers.get(X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS)) headers.remove(X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS);
  headers.remove(X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT);
}

/** What `x-envoy-expected-rq-timeout-ms` tells the upstream after `elapsed` milliseconds; 0: nothing. */
export function expectedTimeout({ global, perTry, hedgeOnPerTryTimeout }: RequestTimeouts, elapsed: number): number {
  const expected = hedgeOnPerTryTimeout || perTry === 0 ? global : perTry;
  if (expected === 0 || global === 0) return expected;
  return elapsed >= global ? 1 : Math.min(expected, global - elapsed);
}

/**
 * Writes what the upstream is told of its time, after `elapsed` ms: `x-envoy-expected-rq-timeout-ms` if `announce`, and for gRPC, where the
 * route has max_grpc_timeout, `grpc-timeout`.
 */
export function expectTimeout(
  timeouts: RequestTimeouts, plan: TimeoutPlan | undefined, headers: HeaderBlock, elapsed: number, grpc: boolean, announce: boolean,
): void {
  const expected = expectedTimeout(timeouts, elapsed);
  if (expected === 0) return;
  if (announce) headers.set(X_ENVOY_EXPECTED_RQ_TIMEOUT_MS, String(expected));
  if (grpc && plan !== undefined && !plan.usesStreamDuration && plan.maxGrpcTimeout !== undefined) headers.set(GRPC_TIMEOUT, grpcTimeoutText(expected));
}

/**
 * How long a stream may last by a route that has max_stream_duration, ms (Envoy's refreshDurationTimeout); `undefined`: without limit.
 * `standing`: the connection manager's limit, 0 = none. A gRPC request's `grpc-timeout` says the same from now on.
 */
export function streamDuration(plan: TimeoutPlan, headers: HeaderBlock, standing: number): number | undefined {
  const wanted = plan.grpcTimeoutHeaderMax === undefined ? undefined : grpcTimeout(headers);
  const limit = wanted === undefined ? (plan.maxStreamDuration ?? standing) || undefined : withinGrpc(plan, wanted);
  if (!isGrpc(headers)) return limit;
  if (limit !== undefined) headers.set(GRPC_TIMEOUT, grpcTimeoutText(limit));
  else if (standing > 0) headers.remove(GRPC_TIMEOUT);
  return limit;
}

function withinGrpc({ grpcTimeoutHeaderMax: most = 0, grpcTimeoutHeaderOffset: offset = 0 }: TimeoutPlan, wanted: number): number {
  const capped = most === 0 ? wanted : Math.min(wanted, most);
  return Math.max(0, capped - offset);
}

const MOST_GRPC = 99_999_999;

/** A time as `grpc-timeout` writes it: at most eight digits and a unit, rounded down. */
export function grpcTimeoutText(milliseconds: number): string {
  if (milliseconds <= MOST_GRPC) return `${milliseconds}m`;
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds <= MOST_GRPC) return `${seconds}S`;
  const minutes = Math.floor(seconds / 60);
  return minutes <= MOST_GRPC ? `${minutes}M` : `${Math.min(MOST_GRPC, Math.floor(minutes / 60))}H`;
}
