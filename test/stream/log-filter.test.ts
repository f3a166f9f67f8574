import { expect, test } from "vitest";
import type { LoggedStream, LogType } from "../../src/contract/access-logger.ts";
import type { RuntimeValue } from "../../src/contract/request-view.ts";
import { StreamInfo } from "../../src/contract/stream-info.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { RESPONSE } from "../../src/http/names.ts";
import { ipAddress } from "../../src/platform/address.ts";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import type { AccessLogFilter } from "../../src/schema/generated/envoy/config/accesslog/v3.ts";
import { compileLogFilter } from "../../src/stream/log-filter.ts";

interface Facts {
  readonly info?: Partial<StreamInfo>;
  readonly headers?: readonly (readonly [string, string])[];
  readonly response?: readonly (readonly [string, string])[];
  readonly trailers?: readonly (readonly [string, string])[];
  readonly runtime?: Readonly<Record<string, RuntimeValue>>;
  readonly type?: LogType;
  readonly now?: number;
}

const here = ipAddress("127.0.0.1", 1);

function logs(config: AccessLogFilter, { info = {}, headers = [], response, trailers, runtime = {}, type = "DownstreamEnd", now = 0 }: Facts = {}): boolean {
  const block = (lines: Facts["response"]): HeaderBlock | null => (lines === undefined ? null : HeaderBlock.of(lines, RESPONSE));
  const stream: LoggedStream = {
    info: Object.assign(new StreamInfo({ connectionId: 1, remote: here, local: here, direct: here }), info),
    requestHeaders: HeaderBlock.of(headers), responseHeaders: block(response), responseTrailers: block(trailers),
  };
  return compileLogFilter(config, { report: () => undefined })({ stream, type, now, runtime: { get: (key) => runtime[key] }, random: new SeededRandom(1) });
}

const compare = (op: "EQ" | "GE" | "LE" | "NE", value: number): { comparison: { op: typeof op; value: { default_value: number; runtime_key: string } } } => ({ comparison: { op, value: { default_value: value, runtime_key: "k" } } });

test("status codes are compared, with the runtime's value if it has one", () => {
  const verdicts = (["EQ", "GE", "LE", "NE"] as const).map((op) => [404, 503, 200].map((responseCode) => logs({ status_code_filter: compare(op, 404) }, { info: { responseCode } })));
  expect(verdicts).toEqual([[true, false, false], [true, true, false], [true, false, true], [false, true, true]]);
  expect(logs({ status_code_filter: compare("GE", 404) }, { info: { responseCode: 404 }, runtime: { k: 500 } })).toBe(false);
});

test("durations are whole milliseconds, to now while the stream lasts", () => {
  expect(logs({ duration_filter: compare("GE", 150) }, { now: 150.9 })).toBe(true);
  expect(logs({ duration_filter: compare("GE", 150) }, { info: { end: 149.9 }, now: 1000 })).toBe(false);
});

test("health checks and traced requests", () => {
  expect([logs({ not_health_check_filter: {} }), logs({ not_health_check_filter: {} }, { info: { healthCheck: true } })]).toEqual([true, false]);
  expect([logs({ traceable_filter: {} }), logs({ traceable_filter: {} }, { info: { traceForced: true } })]).toEqual([false, true]);
});

test("a share of the requests is told by the beginning of their ids", () => {
  const filter = { runtime_filter: { runtime_key: "k", percent_sampled: { numerator: 5000, denominator: "TEN_THOUSAND" as const } } };
  const of = (id: string, runtime: Readonly<Record<string, RuntimeValue>> = {}): boolean => logs(filter, { headers: [["x-request-id", id]], runtime });
  expect(["00001387-x", "00001388-x", "0000270f", "00002710"].map((id) => of(id))).toEqual([true, false, false, true]);
  expect(of("0000000a", { k: 10 })).toBe(false);
  expect([logs({ runtime_filter: { percent_sampled: { numerator: 100 } } }), logs({ runtime_filter: { percent_sampled: {} } })]).toEqual([true, false]);
});

test("and, or", () => {
  const yes = { status_code_filter: compare("EQ", 0) };
  const no = { status_code_filter: compare("NE", 0) };
  expect([logs({ and_filter: { filters: [yes, yes] } }), logs({ and_filter: { filters: [yes, no] } }), logs({ or_filter: { filters: [no, yes] } }), logs({ or_filter: { filters: [no, no] } })]).toEqual([true, false, true, false]);
});

test("a header of the request", () => {
  const filter = { header_filter: { header: { name: "x-a", string_match: { prefix: "b" } } } };
  expect([logs(filter, { headers: [["x-a", "bc"]] }), logs(filter, { headers: [["x-a", "c"]] }), logs(filter)]).toEqual([true, false, false]);
});

test("response flags: any, or one of these", () => {
  expect([logs({ response_flag_filter: {} }), logs({ response_flag_filter: {} }, { info: { flags: ["UH"] } })]).toEqual([false, true]);
  expect([logs({ response_flag_filter: { flags: ["UH"] } }, { info: { flags: ["UF", "UH"] } }), logs({ response_flag_filter: { flags: ["UH"] } }, { info: { flags: ["UF"] } })]).toEqual([true, false]);
});

test("the gRPC status: of trailers, of headers, else what the HTTP status stands for", () => {
  const filter: AccessLogFilter = { grpc_status_filter: { statuses: ["UNAVAILABLE"] } };
  expect(logs(filter, { trailers: [["grpc-status", "14"]], response: [["grpc-status", "0"]] })).toBe(true);
  expect(logs(filter, { response: [["grpc-status", "0"]], info: { responseCode: 503 } })).toBe(false);
  expect(logs(filter, { info: { responseCode: 503 } })).toBe(true);
  expect(logs({ grpc_status_filter: { statuses: ["UNKNOWN"] } })).toBe(true);
  expect(logs({ grpc_status_filter: { statuses: ["UNAVAILABLE"], exclude: true } }, { info: { responseCode: 503 } })).toBe(false);
});

test("dynamic metadata, and what to do without", () => {
  const matcher = { filter: "f", path: [{ key: "a" }], value: { bool_match: true } };
  const of = (metadata: StreamInfo["metadata"], more: object = {}): boolean => logs({ metadata_filter: { matcher, ...more } }, { info: { metadata } });
  expect([of({ f: { a: true } }), of({ f: { a: false } }), of(null), of(null, { match_if_key_not_found: false })]).toEqual([true, false, true, false]);
});

test("why the stream is logged", () => {
  const filter: AccessLogFilter = { log_type_filter: { types: ["DownstreamStart"] } };
  expect([logs(filter), logs(filter, { type: "DownstreamStart" })]).toEqual([false, true]);
});
