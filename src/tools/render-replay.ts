/** What a replay came to, in every format: for people, for scripts, for test reports and for annotations. */
import type { Origins } from "../diagnostics/origins.ts";
import type { RouteMatch } from "../schema/generated/envoy/config/route/v3.ts";
import { displayText } from "../diagnostics/display.ts";
import type { Destination } from "./replay-tally.ts";
import type { CoveredRoute, RouteCoverage } from "./simulate-coverage.ts";
import type { ReplayedTest } from "./simulate-replay.ts";
import type { Named } from "./simulation.ts";
import { namedAt } from "./simulate.ts";
import { TextPlace } from "./traffic/traffic-request.ts";

export const REPLAY_FORMATS = ["pretty", "json", "jsonl", "github", "junit"] as const;
export type ReplayFormat = (typeof REPLAY_FORMATS)[number];

export interface ReplayReport {
  /** Those with expectations, or all where each is to be told of. */
  readonly tests: readonly ReplayedTest[];
  readonly destinations: readonly Destination[];
  readonly coverage: RouteCoverage;
  readonly origins: Origins;
  /** Show every destination: there was traffic that expects nothing. */
  readonly showDestinations: boolean;
  readonly showCoverage: boolean;
  /** More lines under a failed test. */
  readonly detail: (test: ReplayedTest) => readonly string[];
}

/** Where a test stands. */
export function placeOf(origins: Origins, at: object): Named {
  if (!(at instanceof TextPlace)) return namedAt(origins, at, "");
  const { line, column } = at.source.lines.locate(at.start);
  return { name: "", file: at.source.name, line, column };
}

export function placeWords({ file, line, column }: Named): string {
  return file === undefined ? "" : `${file}:${line ?? 1}:${column ?? 1}`;
}

export function renderReplay(format: ReplayFormat, report: ReplayReport): string {
  switch (format) {
    case "json": return `${JSON.stringify(jsonReport(report), undefined, 2)}\n`;
    case "jsonl": return `${report.tests.map((test) => `${jsonLine(test, report.origins)}\n`).join("")}${JSON.stringify({ type: "summary", ...sums(report) })}\n`;
    case "github": return githubLines(report);
    case "junit": return junitReport(report);
    default: return prettyLines(report);
  }
}

function prettyLines({ tests, destinations, coverage, origins, showDestinations, showCoverage, detail }: ReplayReport): string {
  const failed = tests.filter(({ failures }) => failures.length > 0).flatMap((each) => [
    `${placeWords(placeOf(origins, each.test.at))} ${displayText(each.test.name)}`, ...each.failures.map((line) => `  ${displayText(line)}`), ...detail(each).map((line) => `    ${line}`),
  ]);
  const sum = showDestinations ? tableOf(destinations.map(({ count, words, route }) => [grouped(count), displayText(words), routeWords(route)])) : [];
  const uncovered = showCoverage ? coverage.uncovered().map((each) => `not covered: ${coveredWords(each)}  ${placeWords(namedAt(origins, each.route, ""))}`) : [];
  return [...failed, ...sum, ...uncovered].map((line) => `${line}\n`).join("");
}

function routeWords(route: Named | undefined): string {
  return route === undefined ? "" : `${route.name === "" ? "route" : `route ${route.name}`}  ${placeWords(route)}`;
}

function coveredWords({ virtualHost, route, missing }: CoveredRoute): string {
  return `${virtualHost}, ${route.name || matchText(route.match)}${missing.length === 0 ? "" : ` (${missing.join(", ")})`}`;
}

/** A match on one line, as it might be written. */
function matchText(match: RouteMatch | undefined): string {
  const shown = JSON.stringify(match ?? {}).replaceAll('"', "");
  return shown.length <= 80 ? shown : `${shown.slice(0, 77)}...`;
}

/** Columns: the first to the right, the others to the left. */
export function tableOf(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_each, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) => row.map((cell, at) => (at === 0 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))).join("  ").trimEnd());
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

function sums({ tests, destinations, coverage, origins }: ReplayReport): object {
  return {
    coverage: coverage.percent ?? null,
    failed: tests.filter(({ failures }) => failures.length > 0).length,
    destinations: destinations.map(({ count, words, route }) => ({ count, destination: words, ...(route === undefined ? {} : { route }) })),
    routes: coverage.routes().map(({ virtualHost, route, hits, missing }) => ({ virtual_host: virtualHost, route: route.name ?? "", place: placeWords(namedAt(origins, route, "")), hits, missing })),
  };
}

function jsonReport(report: ReplayReport): object {
  return {
    format_version: 1, ...sums(report),
    tests: report.tests.map((each) => jsonTest(each, report.origins)),
    uncovered: report.coverage.uncovered().map(({ virtualHost, route, missing }) => ({ virtual_host: virtualHost, route: route.name ?? "", clusters: missing, place: placeWords(namedAt(report.origins, route, "")) })),
  };
}

function jsonTest({ test, failures, simulation }: ReplayedTest, origins: Origins): object {
  const told = simulation === undefined ? {} : { result: simulation.result, route: simulation.route, virtual_host: simulation.virtual_host?.name, path: simulation.path, host: simulation.host };
  return { name: test.name, place: placeWords(placeOf(origins, test.at)), passed: failures.length === 0, failures, ...told };
}

export function jsonLine(test: ReplayedTest, origins: Origins): string {
  return JSON.stringify({ type: "request", ...jsonTest(test, origins) });
}

function githubLines({ tests, coverage, origins, showCoverage }: ReplayReport): string {
  const failed = tests.filter(({ failures }) => failures.length > 0).map(({ test, failures }) => annotation("error", placeOf(origins, test.at), test.name, failures.join("\n")));
  const uncovered = showCoverage ? coverage.uncovered().map((each) => annotation("warning", namedAt(origins, each.route, ""), "Route not covered", coveredWords(each))) : [];
  return [...failed, ...uncovered].map((line) => `${line}\n`).join("");
}

function annotation(kind: "error" | "warning", { file, line, column }: Named, title: string, text: string): string {
  const place = file === undefined ? [] : [`file=${property(file)}`, `line=${line ?? 1}`, `col=${column ?? 1}`];
  return `::${kind} ${[...place, `title=${property(title)}`].join(",")}::${data(text)}`;
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** A suite a file; a request that expects nothing passes. */
function junitReport({ tests, origins }: ReplayReport): string {
  const suites = new Map<string, ReplayedTest[]>();
  for (const each of tests) {
    const file = placeOf(origins, each.test.at).file ?? "";
    const suite = suites.get(file);
    if (suite === undefined) suites.set(file, [each]);
    else suite.push(each);
  }
  const counts = (list: readonly ReplayedTest[]): string => `tests="${list.length}" failures="${list.filter(({ failures }) => failures.length > 0).length}" errors="0"`;
  const inner = [...suites].map(([file, list]) => `  <testsuite name="${xml(file)}" ${counts(list)}>\n${list.map((each) => junitCase(file, each, origins)).join("")}  </testsuite>\n`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="legate simulate-route" ${counts(tests)}>\n${inner.join("")}</testsuites>\n`;
}

function junitCase(file: string, { test, failures }: ReplayedTest, origins: Origins): string {
  const { line } = placeOf(origins, test.at);
  const head = `    <testcase classname="${xml(file)}" name="${xml(test.name)}"${line === undefined ? "" : ` line="${line}"`}`;
  return failures.length === 0 ? `${head}/>\n` : `${head}>\n      <failure message="${xml(failures[0] ?? "")}">${xml(failures.join("\n"))}</failure>\n    </testcase>\n`;
}

const XML: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function xml(text: string): string {
  return displayText(text).replace(/[&<>"]/g, (c) => XML[c] ?? c);
}
