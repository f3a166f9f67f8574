import { expect, test } from "vitest";
import type { Env } from "../../src/contract/env.ts";
import type { ResetReason } from "../../src/contract/upstream-stream.ts";
import { LimitExceeded, NoRetry, Retry, RetryState, type RetryStatus } from "../../src/forward/retry-state.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { FakeClock } from "../../src/platform/fake-clock.ts";
import { compileRetryPolicy } from "../../src/router/retry-policy.ts";
import type { RetryPolicy } from "../../src/schema/generated/envoy/config/route/v3.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";
import { PlayedCluster } from "../support/forwarding.ts";

type Lines = readonly (readonly [string, string])[];

const SILENT = { report: (): void => undefined };

function retrying(policy: RetryPolicy, request: Lines = [], random = 0n, runtime: Readonly<Record<string, number>> = {}) {
  const clock = new FakeClock();
  const env = { clock, random: { u64: () => random }, runtime: { get: (key: string) => runtime[key] } } as unknown as Env;
  const cluster = new PlayedCluster("u", new LocalStats());
  cluster.mostRetries = 100;
  const head = HeaderBlock.of([[":method", "GET"], ...request]);
  const began: number[] = [];
  const state = new RetryState(compileRetryPolicy(policy, SILENT), head, cluster, env, { predicates: [], priority: null }, () => began.push(clock.now() - 1000));
  return {
    state, clock, began,
    response: (status: number, lines: Lines = []): RetryStatus => state.onResponse(HeaderBlock.of([[":status", String(status)], ...lines]), head),
    reset: (reason: ResetReason, started = true): RetryStatus => state.onReset(reason, false, started),
  };
}

const SAYS: Readonly<Record<RetryStatus, string>> = { 0: "retry", 1: "no", 2: "limit", 3: "overflow", 4: "forbidden" };

test.each<[string, number, Lines, RetryStatus]>([
  ["5xx", 500, [], Retry],
  ["5xx", 599, [], Retry],
  ["5xx", 404, [], NoRetry],
  ["gateway-error", 502, [], Retry],
  ["gateway-error", 504, [], Retry],
  ["gateway-error", 500, [], NoRetry],
  ["retriable-4xx", 409, [], Retry],
  ["retriable-4xx", 404, [], NoRetry],
  ["retriable-status-codes", 418, [], Retry],
  ["retriable-status-codes", 425, [], Retry],
  ["retriable-status-codes", 419, [], NoRetry],
  ["5xx", 503, [["x-envoy-ratelimited", "true"]], NoRetry],
  ["envoy-ratelimited", 200, [["x-envoy-ratelimited", "true"]], Retry],
  ["envoy-ratelimited", 429, [], NoRetry],
  ["retriable-headers", 200, [["x-again", "1"]], Retry],
  ["retriable-headers", 200, [], NoRetry],
  ["cancelled", 200, [["grpc-status", "1"]], Retry],
  ["deadline-exceeded", 200, [["grpc-status", "4"]], Retry],
  ["resource-exhausted", 200, [["grpc-status", "8"]], Retry],
  ["internal", 200, [["grpc-status", "13"]], Retry],
  ["unavailable", 200, [["grpc-status", "14"]], Retry],
  ["unavailable", 200, [["grpc-status", "1"]], NoRetry],
  ["", 500, [], NoRetry],
])("retry_on %s, response %i %j", (retry_on, status, lines, expected) => {
  const { response } = retrying({ retry_on, retriable_status_codes: [418, 425], retriable_headers: [{ name: "x-again", present_match: true }] });
  expect(SAYS[response(status, lines)]).toBe(SAYS[expected]);
});

test.each<[string, ResetReason, boolean, RetryStatus]>([
  ["5xx", "remote reset", true, Retry],
  ["gateway-error", "connection timeout", false, Retry],
  ["reset", "local reset", true, Retry],
  ["reset", "overflow", false, NoRetry],
  ["connect-failure", "remote connection failure", false, Retry],
  ["connect-failure", "connection termination", true, NoRetry],
  ["reset-before-request", "connection termination", false, Retry],
  ["reset-before-request", "connection termination", true, NoRetry],
  ["refused-stream", "remote refused stream reset", true, Retry],
  ["refused-stream", "remote reset", true, NoRetry],
  ["retriable-4xx", "remote reset", true, NoRetry],
])("retry_on %s, reset by %s, request started: %s", (retry_on, reason, started, expected) => {
  expect(SAYS[retrying({ retry_on }).reset(reason, started)]).toBe(SAYS[expected]);
});

test("headers add to what the policy retries; each takes its own words", () => {
  expect(retrying({}, [["x-envoy-retry-on", "5xx,unavailable"]]).response(500)).toBe(Retry);
  expect(retrying({}, [["x-envoy-retry-on", "5xx,unavailable"]]).response(200, [["grpc-status", "14"]])).toBe(NoRetry);
  expect(retrying({}, [["x-envoy-retry-grpc-on", "unavailable"]]).response(200, [["grpc-status", "14"]])).toBe(Retry);
  const codes = retrying({ retry_on: "retriable-status-codes,retriable-headers" }, [["x-envoy-retriable-status-codes", "429, x,430"], ["x-envoy-retriable-header-names", "X-Up, y"]]);
  expect([codes.response(430), codes.response(200, [["x-up", ""]])]).toEqual([Retry, LimitExceeded]);
});

test("x-envoy-max-retries replaces num_retries", () => {
  const { response } = retrying({ retry_on: "5xx", num_retries: 5 }, [["x-envoy-max-retries", "1"]]);
  expect([response(500), response(500)]).toEqual([Retry, LimitExceeded]);
  expect(retrying({ retry_on: "5xx" }, [["x-envoy-max-retries", "0"]]).response(500)).toBe(LimitExceeded);
});

test("retriable_request_headers that do not match switch retries off", () => {
  const policy: RetryPolicy = { retry_on: "5xx", retriable_request_headers: [{ name: ":method", string_match: { exact: "POST" } }] };
  const { state, response } = retrying(policy, [["x-envoy-retry-on", "5xx"]]);
  expect([state.enabled, response(500)]).toEqual([false, NoRetry]);
});

test("the wait doubles up to ten times the base", () => {
  const { response, clock, began } = retrying({ retry_on: "5xx", num_retries: 7 }, [], 9999n); // the last value of each interval
  for (let i = 0; i < 7; i++) {
    response(500);
    clock.advance(10_000);
  }
  expect(began.map((at, i) => at - i * 10_000)).toEqual([25, 50, 100, 200, 250, 250, 250].map((interval) => 9999 % interval));
});

test("runtime gives the base, and may forbid retries", () => {
  const slow = retrying({ retry_on: "5xx" }, [], 999n, { "upstream.base_retry_backoff_ms": 1000 });
  slow.response(500);
  slow.clock.advance(998);
  expect(slow.began).toEqual([]);
  slow.clock.advance(1);
  expect(slow.began).toEqual([999]);
  expect(SAYS[retrying({ retry_on: "5xx" }, [], 0n, { "upstream.use_retry": 0 }).response(500)]).toBe("forbidden");
});

test("a response that says when to come again is believed up to the maximum; seconds and timestamps", () => {
  const policy: RetryPolicy = {
    retry_on: "5xx", num_retries: 9,
    rate_limited_retry_back_off: { reset_headers: [{ name: "retry-after", format: "SECONDS" }, { name: "x-reset", format: "UNIX_TIMESTAMP" }], max_interval: { seconds: 60, nanos: 0 } },
  };
  const waits = (lines: Lines): [number, string] => {
    const { response, clock, began, state } = retrying(policy, [], 250n);
    response(503, lines);
    const { waited } = state;
    clock.advance(200_000);
    return [began[0] ?? -1, waited];
  };
  const now = Math.floor(new FakeClock().wall() / 1000);
  expect(waits([["retry-after", "2"]])).toEqual([2250, "ratelimited"]);
  expect(waits([["x-reset", String(now + 3)]])).toEqual([3250, "ratelimited"]);
  expect(waits([["retry-after", "61"]])).toEqual([0, "exponential"]);
  expect(waits([["retry-after", "soon"]])).toEqual([0, "exponential"]);
  expect(waits([["x-reset", String(now - 1)]])).toEqual([0, "exponential"]);
});

test("425 is retried at once, unless the request came as early data itself", () => {
  const policy: RetryPolicy = { retry_on: "retriable-status-codes", retriable_status_codes: [425] };
  const { response, clock, began } = retrying(policy, [], 24n);
  response(425);
  clock.advance(0);
  expect(began).toEqual([0]);
  expect(retrying(policy, [["early-data", "1"]]).response(425)).toBe(NoRetry);
});
