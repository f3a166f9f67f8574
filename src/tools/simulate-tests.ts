/**
 * The items of legate's own request list, and those of router_check_tool. What is wrong with one is reported with its place,
 * and the rest goes on.
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
import { decodeMessage } from "../schema/decode.ts";
import { TypeTable, V3 } from "../schema/table.ts";
import type { CheckItem } from "./router-check-schema.ts";
import { EXPECTATIONS, type Expected, type Expectation } from "./simulate-expect.ts";
import { readDest, readUrl, requestProblems, runtimeValue, type SimulatedRequest } from "./simulated-request.ts";
import type { TextPlace, TrafficDefaults } from "./traffic/traffic-request.ts";

export interface RequestTest {
  readonly kind: "request";
  readonly name: string;
  /** An object of a document, or a place in a text. */
  readonly at: object | TextPlace;
  readonly request: SimulatedRequest;
  readonly listener: string | undefined;
  readonly routeTable: string | undefined;
  /** Undefined where nothing is expected, as of recorded traffic. */
  readonly expected: Expected | undefined;
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
  { n: "expect", i: 12, k: "message", t: "legate.simulate.Expect" }, text("dest", 13), text("sni", 14), { n: "alpn", i: 15, k: "string", l: 1 },
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
  readonly dest?: string;
  readonly sni?: string;
  readonly alpn?: readonly string[];
  readonly expect?: Readonly<Partial<Record<Expectation, string | number>>> & {
    readonly request_headers?: Readonly<Record<string, unknown>>;
    readonly response_headers?: Readonly<Record<string, unknown>>;
  };
}

export interface TestSinks {
  readonly origins: Origins;
  readonly diagnostics: Diagnostics;
}

/** One item of the list: `list[index]`, or `raw` itself where it stands alone on a line. Undefined: it was reported. */
export function requestTest(raw: RawValue, list: object, index: number | undefined, { origins, diagnostics, defaults }: TestSinks & { readonly defaults: TrafficDefaults }): RequestTest | undefined {
  if (!isRawMap(raw)) {
    diagnostics.report({ code: "LGT0009", at: list, ...(index === undefined ? {} : { key: index }), message: "A request is a map with url, method, headers, expect and the like." });
    return undefined;
  }
  const message = decodeMessage(REQUEST, raw, { origins, diagnostics, table: TABLE }) as RequestMessage;
  const url = readUrl(message.url ?? "/");
  if (url === undefined) {
    diagnostics.report({ code: "LGT0009", at: message, key: "url", message: `${JSON.stringify(message.url)} is neither http://HOST/PATH, https://HOST/PATH nor a path.` });
    return undefined;
  }
  const dest = message.dest === undefined ? undefined : readDest(message.dest);
  if (message.dest !== undefined && dest === undefined) {
    diagnostics.report({ code: "LGT0009", at: message, key: "dest", message: `${JSON.stringify(message.dest)} is neither IP:PORT nor a port.` });
    return undefined;
  }
  const request: SimulatedRequest = {
    ...defaults.way, ...requestOf(message, url, defaults), ...(dest === undefined ? {} : { dest }), ...(message.sni === undefined ? {} : { sni: message.sni }), ...(message.alpn === undefined ? {} : { alpn: message.alpn }),
  };
  const problems = requestProblems(request);
  for (const problem of problems) diagnostics.report({ code: "LGT0009", at: message, message: `${problem}.` });
  if (problems.length > 0) return undefined;
  return {
    kind: "request", name: message.name || `${request.method} ${message.url ?? "/"}`, at: message, request, listener: message.listener, routeTable: message.route_table,
    expected: message.expect === undefined ? undefined : expectedOf(message.expect),
  };
}

function requestOf(message: RequestMessage, url: NonNullable<ReturnType<typeof readUrl>>, defaults: TrafficDefaults): SimulatedRequest {
  return {
    method: message.method ?? "GET", path: url.path, host: message.host ?? (url.host || defaults.host), port: url.port,
    scheme: message.tls === true || (url.scheme === undefined && defaults.tls) || url.scheme === "https" ? "https" : "http",
    headers: Object.entries(message.headers ?? {}).flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((each) => [name, String(each)] as const)),
    sourceIp: message.source_ip ?? defaults.sourceIp, random: message.random === undefined ? defaults.random ?? 0n : BigInt(message.random),
    runtime: new Map([...defaults.runtime, ...Object.entries(message.runtime ?? {}).map(([key, value]) => [key, runtimeValue(String(value))] as const)]),
  };
}

function expectedOf(expect: NonNullable<RequestMessage["expect"]>): Expected {
  const given = EXPECTATIONS.filter((name) => expect[name] !== undefined);
  return {
    values: Object.fromEntries(given.map((name) => [name, String(expect[name])])),
    requestHeaders: expect.request_headers ?? {}, responseHeaders: expect.response_headers ?? {},
  };
}
