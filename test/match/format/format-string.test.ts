import { describe, expect, test } from "vitest";
import { HeaderBlock } from "../../../src/http/header-block.ts";
import { compileFormat, DEFAULT_FORMAT } from "../../../src/match/format/format-string.ts";
import type { FormatContext, StreamInfo } from "../../../src/match/format/format-context.ts";
import { simulatedContext, simulatedStream } from "../../../src/router/simulated-stream.ts";

const START = Date.UTC(2024, 4, 3, 10, 20, 30, 250);

function context(facts: Partial<StreamInfo> = {}, more: Partial<FormatContext> = {}): FormatContext {
  const headers = HeaderBlock.of([[":method", "GET"], [":path", "/a?q=1%20x&q=2"], [":authority", "h"], ["x-a", "abcdef"], ["user-agent", "ua"]]);
  const since: StreamInfo["since"] = (point) => ({ DS_RX_END: 1.5, US_RX_BEG: 10.9, DS_TX_END: 30.2 })[point as string] ?? null;
  return { ...simulatedContext(simulatedStream({ startTime: START, duration: 31, since, ...facts }), headers, HeaderBlock.of([[":status", "200"], ["x-r", "r"]])), ...more };
}

function format(text: string, facts: Partial<StreamInfo> = {}, more: Partial<FormatContext> = {}, omitEmpty = false): string {
  return compileFormat(text, omitEmpty, { at: {}, key: "format", diagnostics: { report: ({ message }) => { throw new Error(message); } } })?.format(context(facts, more)) ?? "";
}

function problem(text: string): string {
  const found: string[] = [];
  compileFormat(text, false, { at: {}, key: "format", diagnostics: { report: ({ code, message }) => found.push(`${code} ${message}`) } });
  return found.join();
}

describe("a format string", () => {
  test("mixes text and commands", () => {
    expect(format("50%% of %REQ(:METHOD)% %REQUEST_HEADER(x-none?X-A):3%")).toBe("50% of GET abc");
    expect(format("é")).toBe("\xc3\xa9");
  });

  test("prints what is not known as a dash, or as nothing", () => {
    expect(format("%REQ(x-none)%|%UPSTREAM_HOST%")).toBe("-|-");
    expect(format("%REQ(x-none)%|%UPSTREAM_HOST%", {}, {}, true)).toBe("|");
  });

  test("takes the first of several commands that says something", () => {
    expect(format('%COALESCE({"operators": ["UPSTREAM_HOST", {"command": "REQ", "param": "x-none"}, {"command": "REQ", "param": "X-A", "max_length": 4}, "PROTOCOL"]}):3%')).toBe("abc");
    expect(format('%COALESCE({"operators": ["UPSTREAM_HOST"]})%|%COALESCE({"operators": ["RESPONSE_CODE"]}):1%', { responseCode: 404 })).toBe("-|404");
  });

  test.each([
    ["%COALESCE%", "COALESCE requires a JSON configuration parameter"],
    ["%COALESCE({})%", "COALESCE: JSON configuration must contain 'operators' array"],
    ['%COALESCE({"operators": []})%', "COALESCE: 'operators' array must not be empty"],
    ['%COALESCE({"operators": [1]})%', "COALESCE: failed to parse operator at index 0: operator entry must be"],
    ['%COALESCE({"operators": ["PROTOCOL", {"command": "REQ"}]})%', "COALESCE: failed to parse operator at index 1: REQ"],
    ['%COALESCE({"operators": [{"command": "REQ", "param": "a", "max_length": 0}]})%', "'max_length' must be a positive integer"],
  ])("says what is wrong with %s", (text, message) => {
    expect(problem(text)).toContain(message);
  });

  test("prints when it was written, and a host's name without its port", () => {
    expect(format("%EMIT_TIME% %EMIT_TIME(%S)% %UPSTREAM_HOST_NAME_WITHOUT_PORT%", { upstreamHostName: "a.test:80" })).toBe("2024-05-03T10:20:30.281Z 30 a.test");
    expect(format("%UPSTREAM_HOST_NAME_WITHOUT_PORT%", { upstreamHostName: "[::1]:80" })).toBe("[::1]");
  });

  test.each([
    ["", "10.1.2.3"], ["(8)", "10.0.0.0/8"], ["(0)", "0.0.0.0/0"], ["(31)", "10.1.2.2/31"], ["(99)", "10.1.2.3/32"], ["( 8)", "10.0.0.0/8"], ["(-1)", ""], ["(x)", "10.1.2.3"],
  ])("prints an address without its port%s: %s", (mask, text) => {
    expect(format(`%UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT${mask}%`, { upstreamRemoteAddress: "10.1.2.3:80" })).toBe(text);
  });

  test.each([
    ["", "sni.test"], ["(SNI_FIRST)", "sni.test"], ["(HOST_FIRST)", "orig.test"], ["(HOST_FIRST:HOST)", "now.test"], ["(HOST_FIRST:ORIG)", "orig.test"], ["(:HOST)", "sni.test"],
  ])("prints the name that was asked for%s: %s", (parameters, text) => {
    const requestHeaders = HeaderBlock.of([[":authority", "now.test"], ["x-envoy-original-host", "orig.test"]]);
    expect(format(`%REQUESTED_SERVER_NAME${parameters}%`, { requestedServerName: "sni.test" }, { requestHeaders })).toBe(text);
  });

  test("prints the hosts of all attempts", () => {
    const attemptedHosts = [{ address: "10.0.0.1:80", hostname: "one.test:80", connectionId: 7 }, { address: "[::1]:81", hostname: "", connectionId: 9 }];
    expect(format("%UPSTREAM_HOSTS_ATTEMPTED% %UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT% %UPSTREAM_HOST_NAMES_ATTEMPTED% %UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT% %UPSTREAM_CONNECTION_IDS_ATTEMPTED%", { attemptedHosts }))
      .toBe("10.0.0.1:80,[::1]:81 10.0.0.1,::1 one.test:80,[::1]:81 one.test,[::1] 7,9");
    expect(format("%UPSTREAM_HOSTS_ATTEMPTED%")).toBe("-");
  });

  test("prints local times with the machine's offset", () => {
    const machine = { hostname: "", environment: () => undefined, utcOffset: () => -330 };
    expect(format("%START_TIME_LOCAL% %EMIT_TIME_LOCAL%", {}, { machine })).toBe("2024-05-03T04:50:30.250-0530 2024-05-03T04:50:30.281-0530");
  });

  test("prints Envoy's default access log line", () => {
    expect(format(DEFAULT_FORMAT, { responseCode: 200, bytesSent: 5, upstreamHost: "10.0.0.1:80" })).toBe(
      '[2024-05-03T10:20:30.250Z] "GET /a?q=1%20x&q=2 HTTP/1.1" 200 - 0 5 31 - "-" "ua" "-" "h" "10.0.0.1:80"\n',
    );
  });

  test("prints times", () => {
    expect(format("%START_TIME(%Y/%m/%d %H:%M:%S.%3f)%")).toBe("2024/05/03 10:20:30.250");
    expect(format("%START_TIME(%s %f %E3S %E*S %a %b %e %j %p %I)%")).toBe("1714731630 250000000 30.250 30.25 Fri May  3 124 AM 10");
    expect(format("%REQUEST_DURATION% %RESPONSE_DURATION% %RESPONSE_TX_DURATION% %COMMON_DURATION(DS_RX_END:US_RX_BEG:us)% %COMMON_DURATION(X:Y:ms)%")).toBe("1 10 19 9400 -");
  });

  test("prints addresses with and without port", () => {
    const facts = { downstreamRemoteAddress: "1.2.3.4:5", downstreamLocalAddress: "[::1]:6", downstreamDirectRemoteAddress: "/run/s.sock" };
    expect(format("%DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_LOCAL_PORT% %DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%", facts))
      .toBe("1.2.3.4:5 1.2.3.4 ::1 6 /run/s.sock");
  });

  test("prints flags, details and metadata", () => {
    const facts: Partial<StreamInfo> = { responseFlags: ["URX", "UF"], responseCodeDetails: "a b", dynamicMetadata: { f: { k: { x: 1 }, s: "text", n: 12 } }, filterState: { k: 'v"' } };
    expect(format("%RESPONSE_FLAGS% %RESPONSE_FLAGS_LONG%", facts)).toBe("URX,UF UpstreamRetryLimitExceeded,UpstreamConnectionFailure");
    expect(format("%RESPONSE_CODE_DETAILS%|%RESPONSE_CODE_DETAILS(ALLOW_WHITESPACES)%", facts)).toBe("a_b|a b");
    expect(format("%METADATA(ROUTE:a:b)% %METADATA(VIRTUAL_HOST:a)% %METADATA(UPSTREAM_HOST:a:b):1% %METADATA(CLUSTER:a)%", { ...facts, routeMetadata: { a: { b: "r" } }, virtualHostMetadata: { a: { c: 1 } }, upstreamMetadata: { a: { b: "up" } } })).toBe('r {"c":1} u -');
    expect(format("%DYNAMIC_METADATA(f:k)% %DYNAMIC_METADATA(f:s):2% %DYNAMIC_METADATA(f:n):1% %DYNAMIC_METADATA(g)%", facts)).toBe('{"x":1} te 1 -');
    expect(format("%FILTER_STATE(k)% %FILTER_STATE(k:PLAIN)%", facts)).toBe('"v\\"" v"');
  });

  test("prints parts of the path", () => {
    expect(format("%PATH(NQ)% %PATH(NQ:ORIG)% %QUERY_PARAM(q)% %QUERY_PARAMS% %QUERY_PARAMS(DECODED)%")).toBe("/a - 1 x q=1%20x&q=2 q=1%20x&q=2");
  });

  test("prints the gRPC status of gRPC calls only", () => {
    const requestHeaders = HeaderBlock.of([["content-type", "application/grpc"]]);
    expect(format("%GRPC_STATUS%")).toBe("-");
    expect(format("%GRPC_STATUS% %GRPC_STATUS(SNAKE_STRING)% %GRPC_STATUS_NUMBER%", { responseCode: 503 }, { requestHeaders })).toBe("Unavailable UNAVAILABLE 14");
    expect(format("%GRPC_STATUS%", {}, { requestHeaders, responseTrailers: HeaderBlock.of([["grpc-status", "5"]]) })).toBe("NotFound");
  });

  test.each([
    ["%NOPE%", "LGT0530 Not supported field in StreamInfo: NOPE"], ["%REQ%", "LGT0530 REQ requires parameters"],
    ["%DURATION(x)%", "LGT0530 DURATION does not take any parameters or length"], ["50% off", "LGT0530 Incorrect configuration: 50% off. Couldn't find valid command at position 2"],
    ["%REQ(a?b?c)%", "LGT0530 More than 1 alternative header specified in token: a?b?c"], ["%GRPC_STATUS(X)%", "LGT0530 GrpcStatusFormatter only supports CAMEL_STRING, SNAKE_STRING or NUMBER. Got: X"],
    ["%START_TIME(%n)%", "LGT0530 Invalid header configuration. Format string contains newline."], ["%RESPONSE_CODE_DETAILS:3%", "LGT0530 RESPONSE_CODE_DETAILS does not allow length to be specified."],
    ["%DOWNSTREAM_HANDSHAKE_DURATION%", "LGT0901 the command DOWNSTREAM_HANDSHAKE_DURATION in a format string is known to Envoy and not done here"],
    ["%REQUESTED_SERVER_NAME(X)%", "LGT0530 Invalid REQUESTED_SERVER_NAME option: 'X', only 'SNI_ONLY'/'SNI_FIRST'/'HOST_FIRST' are allowed"],
    ["%REQUESTED_SERVER_NAME(HOST_FIRST:X)%", "LGT0530 Invalid REQUESTED_SERVER_NAME option: 'X', only 'ORIG_OR_HOST'/'HOST'/'ORIG' are allowed"],
    ["%UPSTREAM_HOSTS_ATTEMPTED(1)%", "LGT0530 UPSTREAM_HOSTS_ATTEMPTED does not take any parameters or length"],
  ])("%s is told: %s", (text, message) => {
    expect(problem(text)).toBe(message);
  });
});
