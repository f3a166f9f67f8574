/**
 * Reads files of tests: legate's own request list, or router_check_tool's. What is wrong with one test is reported with its
 * place, and the rest goes on.
 *
 *   - name: the cart              # a list, or a map with `requests:`
 *     url: https://shop.example.com/cart
 *     method: POST
 *     headers: { x-canary: "yes" }
 *     expect: { cluster: cart, path: /v2/cart }
 */
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Origins } from "../diagnostics/origins.ts";
import { isRawMap, type RawValue } from "../diagnostics/raw.ts";
import { readValue } from "../diagnostics/read-document.ts";
import { Source } from "../diagnostics/source.ts";
import type { InputText } from "../resources/load.ts";
import { decodeMessage } from "../schema/decode.ts";
import { TypeTable, V3 } from "../schema/table.ts";
import { decodeCheckTests, loadCheckTests } from "./router-check-load.ts";
import type { CheckItem } from "./router-check-schema.ts";
import { EXPECTATIONS, type Expected, type Expectation } from "./simulate-expect.ts";
import { readUrl, requestProblems, runtimeValue, type SimulatedRequest } from "./simulated-request.ts";

export interface RequestTest {
  readonly kind: "request";
  readonly name: string;
  readonly at: object;
  readonly request: SimulatedRequest;
  readonly listener: string | undefined;
  readonly routeTable: string | undefined;
  readonly expected: Expected;
}

export interface CheckTest {
  readonly kind: "check";
  readonly name: string;
  readonly at: object;
  readonly item: CheckItem;
}

export type SimulateTest = RequestTest | CheckTest;

const REQUEST = "legate.simulate.Request";
const STRUCT = "google.protobuf.Struct";
const text = (n: string, i: number): object => ({ n, i, k: "string" });
const struct = (n: string, i: number): object => ({ n, i, k: "message", t: STRUCT });
const FIELDS = [
  ...["name", "url", "method", "host", "source_ip", "listener", "route_table"].map((n, at) => text(n, at + 1)),
  struct("headers", 8), struct("runtime", 9), { n: "tls", i: 10, k: "bool" }, { n: "random", i: 11, k: "uint64" },
  { n: "expect", i: 12, k: "message", t: "legate.simulate.Expect" },
];
const EXPECT_FIELDS = [
  ...EXPECTATIONS.map((n, at) => ({ n, i: at + 1, k: "message", t: n === "status" ? "google.protobuf.UInt32Value" : "google.protobuf.StringValue" })),
  struct("request_headers", 20), struct("response_headers", 21),
];
/** The list's messages, so that unknown names and wrong types are found as in any configuration. */
const TABLE = new TypeTable(`\n@legate/simulate.proto\t{"l":1}\n${REQUEST}\t${JSON.stringify({ f: FIELDS })}\nlegate.simulate.Expect\t${JSON.stringify({ f: EXPECT_FIELDS })}\n`, V3);

interface RequestMessage {
  readonly name?: string;
  readonly url?: string;
  readonly method?: string;
  readonly host?: string;
  readonly source_ip?: string;
  readonly listener?: string;
  readonly route_table?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly runtime?: Readonly<Record<string, unknown>>;
  readonly tls?: boolean;
  readonly random?: number | string;
  readonly expect?: Readonly<Partial<Record<Expectation, string | number>>> & {
    readonly request_headers?: Readonly<Record<string, unknown>>;
    readonly response_headers?: Readonly<Record<string, unknown>>;
  };
}

export interface TestSinks {
  readonly origins: Origins;
  readonly diagnostics: Diagnostics;
}

/** The tests of a file in order; undefined where it could not be read, or holds no tests. */
export function loadSimulateTests(input: InputText, sinks: TestSinks): readonly SimulateTest[] | undefined {
  if ("problem" in input || /\.pb_text$/i.test(input.name)) return loadCheckTests(input, sinks)?.map(checkTest);
  const document = readValue(input.name === "<stdin>" ? "-" : input.name, input.bytes, sinks);
  if (document === undefined) return undefined;
  const { root } = document;
  if (isRawMap(root) && root["tests"] !== undefined) return decodeCheckTests(root, sinks).map(checkTest);
  const list = Array.isArray(root) ? root : isRawMap(root) ? root["requests"] : undefined;
  if (Array.isArray(list)) return list.flatMap((item, at) => requestTest(item, list, at, sinks) ?? []);
  const at = typeof root === "object" && root !== null ? root : sinks.origins.mark(new Source(input.name, "", "yaml"), 0, 0);
  sinks.diagnostics.report({ code: "LGT0007", at, message: "This is no file of tests: it is neither a list of requests, nor has it a list \"requests\" or \"tests\".", fix: "Write a list of requests (- url: ..., expect: { ... }), or a file of router_check_tool." });
  return undefined;
}

function checkTest(item: CheckItem): CheckTest {
  return { kind: "check", name: item.test_name, at: item, item };
}

function requestTest(raw: RawValue, list: RawValue[], index: number, { origins, diagnostics }: TestSinks): RequestTest | undefined {
  if (!isRawMap(raw)) {
    diagnostics.report({ code: "LGT0009", at: list, key: index, message: "A request is a map with url, method, headers, expect and the like." });
    return undefined;
  }
  const message = decodeMessage(REQUEST, raw, { origins, diagnostics, table: TABLE }) as RequestMessage;
  const url = readUrl(message.url ?? "/");
  if (url === undefined) {
    diagnostics.report({ code: "LGT0009", at: message, key: "url", message: `${JSON.stringify(message.url)} is neither http://HOST/PATH, https://HOST/PATH nor a path.` });
    return undefined;
  }
  const request = requestOf(message, url);
  const problems = requestProblems(request);
  for (const problem of problems) diagnostics.report({ code: "LGT0009", at: message, message: `${problem}.` });
  if (problems.length > 0) return undefined;
  return {
    kind: "request", name: message.name || `${request.method} ${message.url ?? "/"}`, at: message, request, listener: message.listener, routeTable: message.route_table,
    expected: expectedOf(message.expect ?? {}),
  };
}

function requestOf(message: RequestMessage, url: NonNullable<ReturnType<typeof readUrl>>): SimulatedRequest {
  return {
    method: message.method ?? "GET", path: url.path, host: message.host ?? url.host, port: url.port,
    scheme: message.tls === true || url.scheme === "https" ? "https" : "http",
    headers: Object.entries(message.headers ?? {}).flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((each) => [name, String(each)] as const)),
    sourceIp: message.source_ip ?? "127.0.0.1", random: BigInt(message.random ?? 0),
    runtime: new Map(Object.entries(message.runtime ?? {}).map(([key, value]) => [key, runtimeValue(String(value))])),
  };
}

function expectedOf(expect: NonNullable<RequestMessage["expect"]>): Expected {
  const given = EXPECTATIONS.filter((name) => expect[name] !== undefined);
  return {
    values: Object.fromEntries(given.map((name) => [name, String(expect[name])])),
    requestHeaders: expect.request_headers ?? {}, responseHeaders: expect.response_headers ?? {},
  };
}
