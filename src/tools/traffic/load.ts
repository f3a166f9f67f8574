/**
 * Files of requests, whatever their kind: legate's own list, router_check_tool's tests, and recorded traffic. What cannot be read is
 * reported with its place, and the rest goes on.
 */
import { readJsonPart } from "../../diagnostics/json-reader.ts";
import { isRawMap, type RawValue } from "../../diagnostics/raw.ts";
import { readValue } from "../../diagnostics/read-document.ts";
import { Source } from "../../diagnostics/source.ts";
import { textOfBytes } from "../../diagnostics/text-bytes.ts";
import { TextError } from "../../diagnostics/text-error.ts";
import type { InputText } from "../../resources/load.ts";
import { decodeCheckTests, loadCheckTests } from "../router-check-load.ts";
import type { CheckItem } from "../router-check-schema.ts";
import { type CheckTest, requestTest, type SimulateTest, type TestSinks } from "../simulate-tests.ts";
import { requestProblems } from "../simulated-request.ts";
import { envoyLine, type LineRequest, nginxLine } from "./access-log.ts";
import { curlCommand, curlCommands } from "./curl.ts";
import { harEntries, harRequests } from "./har.ts";
import { jsonLine } from "./json-log.ts";
import { KIND_WORDS, kindOfDocument, kindOfLines, type TrafficKind } from "./kinds.ts";
import { linesOf } from "./lines.ts";
import { LogText } from "./log-text.ts";
import { rawRequests } from "./raw-http.ts";
import type { TrafficDefaults, TrafficRequest } from "./traffic-request.ts";
import { TrafficTest } from "./traffic-test.ts";

export interface TrafficSinks extends TestSinks {
  readonly defaults: TrafficDefaults;
  /** The kind of every file; undefined: each is recognised. */
  readonly kind: TrafficKind | undefined;
}

/** What of a file is looked at to recognise its kind, in bytes. */
const HEAD = 1 << 16;

/** The requests of a file in order, read as they are asked for. */
export function* loadRequests(input: InputText, sinks: TrafficSinks): Iterable<SimulateTest> {
  if ("problem" in input || /\.pb_text$/i.test(input.name)) {
    yield* (loadCheckTests(input, sinks) ?? []).map(checkTest);
    return;
  }
  const { bytes } = input;
  const name = input.name === "<stdin>" ? "-" : input.name;
  const kind = sinks.kind ?? (/\.ya?ml$/i.test(input.name) ? undefined : kindOfLines(textOf(bytes.subarray(0, HEAD))));
  const reader = kind === undefined ? undefined : LOG_READERS[kind];
  if (reader !== undefined) return yield* logLines(new LogText(name, bytes), sinks, reader);
  const lines = kind === "curl" || kind === "http" || (kind === "requests" && isJsonLines(textOf(bytes)));
  if (kind !== undefined && lines) yield* ofLines(kind, new Source(name, textOf(bytes), "json"), sinks);
  else yield* ofDocument(name, bytes, sinks);
}

/** A log may hold any bytes: what is not UTF-8 is shown as U+FFFD, and goes on. */
function textOf(bytes: Uint8Array): string {
  const read = textOfBytes(bytes);
  return "problem" in read ? new TextDecoder().decode(bytes) : read.text;
}

type LineReader = (line: string, defaults: TrafficDefaults) => LineRequest;

const LOG_READERS: Readonly<Partial<Record<TrafficKind, LineReader>>> = { "envoy-log": envoyLine, "nginx-log": nginxLine, "json-log": jsonLine };

function isJsonLines(text: string): boolean {
  return /^\s*\{/.test(text) && kindOfLines(text) === "requests";
}

function* ofDocument(name: string, bytes: Uint8Array, sinks: TrafficSinks): Iterable<SimulateTest> {
  const document = readValue(name, bytes, sinks);
  if (document === undefined) return;
  const { root } = document;
  const kind = kindOfDocument(root);
  if (kind === undefined || (sinks.kind !== undefined && kind !== sinks.kind)) return reportKind(document.source, root, sinks);
  if (kind === "router-check" && isRawMap(root)) yield* decodeCheckTests(root, sinks).map(checkTest);
  if (kind === "har") for (const { at, request } of harRequests(harEntries(root) ?? [], sinks.defaults, sinks.diagnostics)) yield* checked(request, at, sinks);
  if (kind !== "requests") return;
  const list = Array.isArray(root) ? root : isRawMap(root) ? root["requests"] : undefined;
  if (Array.isArray(list)) yield* list.flatMap((item, at) => requestTest(item, list, at, sinks) ?? []);
}

function reportKind(source: Source, root: RawValue, { origins, diagnostics, kind }: TrafficSinks): void {
  const at = typeof root === "object" && root !== null ? root : origins.mark(source, 0, 0);
  const message = kind === undefined ? "This is no file of requests: neither a list, nor a map with a list \"requests\" or \"tests\", nor any kind of recorded traffic that is known." : `This is not ${KIND_WORDS[kind]}.`;
  diagnostics.report({ code: "LGT0007", at, message, fix: "Write a list of requests (- url: ..., expect: { ... }), or name the kind of the file with --tests-type." });
}

function checkTest(item: CheckItem): CheckTest {
  return { kind: "check", name: item.test_name, at: item, item };
}

function* ofLines(kind: TrafficKind, source: Source, sinks: TrafficSinks): Iterable<SimulateTest> {
  if (kind === "requests") yield* jsonLinesOf(source, sinks);
  else if (kind === "curl") for (const { start, text } of curlCommands(source)) yield* taken(curlCommand(text, sinks.defaults), source, start, text.length, sinks, 0);
  else for (const { start, request } of rawRequests(source, sinks.defaults)) yield* taken(request, source, start, lineLength(source, start), sinks, 0);
}

/** Bad lines of a log that are shown one by one; of the others only the number is. */
const MOST_SHOWN = 20;

function* logLines(log: LogText, sinks: TrafficSinks, read: LineReader): Iterable<SimulateTest> {
  let bad = 0;
  for (const { text, base } of log.pieces()) {
    for (let start = 0; start < text.length;) {
      const feed = text.indexOf("\n", start);
      const end = feed < 0 ? text.length : feed;
      const line = text.slice(start, end > start && text.charCodeAt(end - 1) === 0x0d ? end - 1 : end);
      if (line.trim() !== "") {
        const found = read(line, sinks.defaults);
        if (found !== null && typeof found !== "string" && isFit(found)) yield new TrafficTest(found, log, base + start);
        else if (found !== null) yield* taken(found, log.source, base + start, line.length, sinks, bad++);
      }
      start = end + 1;
    }
  }
  if (bad > MOST_SHOWN) sinks.diagnostics.report({ code: "LGT0009", at: sinks.origins.mark(log.source, 0, 0), message: `${bad - MOST_SHOWN} more lines of this file tell of no request that can be replayed.` });
}

/** Whether nothing needs to be said about a request: a cheap look before the exact one. */
function isFit({ method, host, path, headers }: TrafficRequest): boolean {
  return method !== "" && PLAIN_METHOD.test(method) && host !== "" && !UNFIT_HOST.test(host) && path !== null && !UNFIT_PATH.test(path) && !headers.some(([, value]) => UNFIT_VALUE.test(value));
}

const PLAIN_METHOD = /^[A-Z]+$/;
const UNFIT_HOST = /[\0-\x20\x7f/]/;
const UNFIT_PATH = /[\0-\x20\x7f]/;
const UNFIT_VALUE = /[\0\r\n]/;

function* taken(found: NonNullable<LineRequest>, source: Source, start: number, length: number, sinks: TrafficSinks, bad: number): Iterable<SimulateTest> {
  const problems = typeof found === "string" ? [found] : requestProblems(found).map((problem) => (found.host === "" ? problem.replace(/: give it .*$/, "; --host gives one to all that have none") : problem));
  if (typeof found !== "string" && problems.length === 0) yield new TrafficTest(found, source, start);
  if (bad < MOST_SHOWN) for (const problem of problems) sinks.diagnostics.report({ code: "LGT0009", at: sinks.origins.mark(source, start, start + Math.max(1, length)), message: `${problem}.` });
}

function* checked(request: TrafficRequest, at: object, { diagnostics }: TrafficSinks): Iterable<SimulateTest> {
  const problems = requestProblems(request);
  for (const problem of problems) diagnostics.report({ code: "LGT0009", at, message: `${problem}.` });
  if (problems.length === 0) yield new TrafficTest(request, at);
}

const MAX_ALIAS_NODES = 0;

function* jsonLinesOf(source: Source, sinks: TrafficSinks): Iterable<SimulateTest> {
  const { origins, diagnostics } = sinks;
  for (const { line, start } of linesOf(source)) {
    try {
      const value = readJsonPart(source, start, start + line.length, { origins, diagnostics, maxAliasNodes: MAX_ALIAS_NODES });
      const test = requestTest(value, typeof value === "object" && value !== null ? value : origins.mark(source, start, start + line.length), undefined, sinks);
      if (test !== undefined) yield test;
    } catch (error) {
      if (!(error instanceof TextError)) throw error;
      diagnostics.report({ code: error.code, at: origins.mark(source, error.start, error.end), message: error.message });
    }
  }
}

function lineLength({ text }: Source, start: number): number {
  const end = text.indexOf("\n", start);
  return (end < 0 ? text.length : end) - start;
}
