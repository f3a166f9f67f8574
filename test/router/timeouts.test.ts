import { describe, expect, test } from "vitest";
import { nameId } from "../../src/http/names.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { compileRetryPolicy, NO_RETRY } from "../../src/router/retry-policy.ts";
import { compileTimeouts, consumeTimeoutHeaders, expectedTimeout, grpcTimeout, grpcTimeoutText, streamDuration, timeoutsOf, type RequestTimeouts } from "../../src/router/timeouts.ts";
import type { RouteAction } from "../../src/schema/generated/envoy/config/route/v3.ts";

const seconds = (n: number) => ({ seconds: n, nanos: 0 });

function timeouts(action: RouteAction, headers: readonly (readonly [string, string])[] = [], respect = false): RequestTimeouts {
  const retry = action.retry_policy === undefined ? NO_RETRY : compileRetryPolicy(action.retry_policy, { report: () => undefined });
  return timeoutsOf(compileTimeouts(action), retry, false, HeaderBlock.of(headers), respect);
}

describe("the timeouts of a request", () => {
  test("default to 15 s, to none with max_stream_duration", () => {
    expect(timeouts({}).global).toBe(15_000);
    expect(timeouts({ timeout: seconds(0) }).global).toBe(0);
    expect(timeouts({ timeout: seconds(3), max_stream_duration: {} }).global).toBe(0);
  });

  test("follow the request's headers", () => {
    expect(timeouts({}, [["x-envoy-upstream-rq-timeout-ms", "20"]]).global).toBe(20);
    expect(timeouts({}, [["x-envoy-upstream-rq-timeout-ms", "x"]]).global).toBe(15_000);
    expect(timeouts({}, [["x-envoy-upstream-rq-per-try-timeout-ms", "20"]]).perTry).toBe(20);
    expect(timeouts({}, [["x-envoy-upstream-rq-per-try-timeout-ms", "15000"]]).perTry).toBe(0);
    expect(timeouts({}, [["x-envoy-expected-rq-timeout-ms", "7"], ["x-envoy-upstream-rq-timeout-ms", "9"]], true).global).toBe(7);
    expect(timeouts({}, [["x-envoy-hedge-on-per-try-timeout", "true"]]).hedgeOnPerTryTimeout).toBe(true);
  });

  test("follow grpc-timeout up to max_grpc_timeout", () => {
    const grpc = (value: string, max: number, offset = 0): number =>
      timeouts({ max_grpc_timeout: seconds(max), grpc_timeout_offset: seconds(offset) }, [["content-type", "application/grpc"], ["grpc-timeout", value]]).global;
    expect([grpc("2S", 5), grpc("9S", 5), grpc("2S", 0), grpc("junk", 0), grpc("junk", 5), grpc("3S", 9, 1), grpc("3S", 9, 4)]).toEqual([2000, 5000, 2000, 0, 5000, 2000, 3000]);
    expect(grpcTimeout(HeaderBlock.of([["grpc-timeout", "1500u"]]))).toBe(2);
  });

  test("tell the upstream what is left", () => {
    const both = { global: 1000, perTry: 300, perTryIdle: 0, hedgeOnPerTryTimeout: false };
    expect([expectedTimeout(both, 0), expectedTimeout(both, 800), expectedTimeout(both, 2000), expectedTimeout({ ...both, hedgeOnPerTryTimeout: true }, 0)]).toEqual([300, 200, 1, 1000]);
    expect(expectedTimeout({ ...both, global: 0, perTry: 0 }, 0)).toBe(0);
  });

  test("take their headers away", () => {
    const headers = HeaderBlock.of([["x-envoy-upstream-rq-timeout-ms", "1"], ["x-envoy-upstream-rq-per-try-timeout-ms", "1"], ["x-envoy-hedge-on-per-try-timeout", "true"], ["a", "b"]]);
    consumeTimeoutHeaders(headers, false);
    expect(headers.size).toBe(1);
  });
});

test("grpc_timeout_header_max caps grpc-timeout, the offset is taken off, and the upstream is told", () => {
  const limit = (duration: object, grpc: string | null, standing = 0): [number | undefined, string | null] => {
    const headers = HeaderBlock.of([[":method", "POST"], ["content-type", "application/grpc"], ...(grpc === null ? [] : [["grpc-timeout", grpc] as const])]);
    const found = streamDuration(compileTimeouts({ max_stream_duration: duration }), headers, standing);
    return [found, headers.get(nameId("grpc-timeout"))];
  };
  const s = (seconds: number): object => ({ seconds, nanos: 0 });
  expect(limit({ grpc_timeout_header_max: s(2) }, "1S")).toEqual([1000, "1000m"]);
  expect(limit({ grpc_timeout_header_max: s(2) }, "5S")).toEqual([2000, "2000m"]);
  expect(limit({ grpc_timeout_header_max: s(0) }, "5S")).toEqual([5000, "5000m"]);
  expect(limit({ grpc_timeout_header_max: s(0), grpc_timeout_header_offset: s(1) }, "5S")).toEqual([4000, "4000m"]);
  expect(limit({ grpc_timeout_header_max: s(0), grpc_timeout_header_offset: s(9) }, "5S")).toEqual([0, "0m"]);
  expect(limit({ grpc_timeout_header_max: s(2), max_stream_duration: s(3) }, null)).toEqual([3000, "3000m"]);
  expect(limit({ max_stream_duration: s(3) }, "1S")).toEqual([3000, "3000m"]);
  expect(limit({}, "1S", 700)).toEqual([700, "700m"]);
  expect(limit({ max_stream_duration: s(0) }, "1S", 700)).toEqual([undefined, null]);
  expect(limit({}, "1S")).toEqual([undefined, "1S"]);
});

test("grpc-timeout has at most eight digits", () => {
  expect([99_999_999, 100_000_000, 100_000_000_000].map(grpcTimeoutText)).toEqual(["99999999m", "100000S", "1666666M"]);
});
