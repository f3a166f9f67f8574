import type { Origins } from "../diagnostics/origins.ts";
import type { Simulation } from "../tools/simulate.ts";
import type { SimulateConfiguration } from "../tools/simulate-load.ts";
import type { RouteCoverage } from "../tools/simulate-coverage.ts";
import type { Replay } from "../tools/simulate-replay.ts";
import type { SimulateTest } from "../tools/simulate-tests.ts";
import type { Args } from "./args.ts";
import { tableFor } from "./choose-table.ts";
import { UsageError } from "./command.ts";
import { readInput } from "./input.ts";
import { plural } from "./plural.ts";
import { deliver, renderFindings } from "./report.ts";
import type { Terminal } from "./terminal.ts";

interface Replayed {
  readonly test: SimulateTest;
  readonly failures: readonly string[];
  readonly simulation: Simulation | undefined;
}

/** Checks the expectations of files of tests. Answers 2 if a test could not be read, 1 if one does not hold or less is covered than asked for. */
export async function replayTests(configuration: SimulateConfiguration, origins: Origins, args: Args, terminal: Terminal): Promise<number> {
  const [{ Findings }, { loadSimulateTests }, { Replay: NewReplay }] = await Promise.all([
    import("../diagnostics/findings.ts"), import("../tools/simulate-tests.ts"), import("../tools/simulate-replay.ts"),
  ]);
  const diagnostics = new Findings(origins);
  const tests = args.positionals.flatMap((name) => loadSimulateTests(readInput(name), { origins, diagnostics }) ?? []);
  const errors = diagnostics.resolve().filter((finding) => finding.severity === "error");
  terminal.err(await renderFindings(errors, [], args, terminal, "compact"));
  const replay = new NewReplay(configuration, origins, { report: () => undefined });
  const results: Replayed[] = [];
  for (const test of tests) results.push(await runOne(test, replay, configuration, args));
  const failed = results.filter((result) => result.failures.length > 0).length;
  const percent = replay.coverage.percent ?? 100;
  deliver(args.text("format") === "json" ? json(results, replay.coverage, origins) : await text(results, replay.coverage, args, origins, terminal), args, terminal);
  terminal.say(`${plural(results.length, "test")}, ${failed} failed; ${percent.toFixed(1)} % of the routes covered`);
  if (errors.length > 0) return 2;
  return failed > 0 || percent < Number(args.text("fail-under") ?? "0") ? 1 : 0;
}

async function runOne(test: SimulateTest, replay: Replay, { tables }: SimulateConfiguration, args: Args): Promise<Replayed> {
  const named = { listener: args.text("listener"), routeTable: args.text("route-table") };
  try {
    if (test.kind === "check") {
      const view = { method: test.item.input.method, path: test.item.input.path, host: test.item.input.authority, scheme: test.item.input.ssl === true ? "https" as const : "http" as const, headers: [], sourceIp: "127.0.0.1", port: undefined, runtime: new Map(), random: 0n };
      return { test, ...replay.check(test.item, (await tableFor(tables, view, named)).found) };
    }
    const { found } = await tableFor(tables, test.request, { listener: test.listener ?? named.listener, routeTable: test.routeTable ?? named.routeTable });
    return { test, ...replay.request(test, found) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { test, failures: [error.message], simulation: undefined };
  }
}

async function text(results: readonly Replayed[], coverage: RouteCoverage, args: Args, origins: Origins, terminal: Terminal): Promise<string> {
  const { renderSimulation } = await import("../tools/render-simulation.ts");
  const lines = results.filter((result) => result.failures.length > 0).flatMap(({ test, failures, simulation }) => [
    `${placeOf(origins, test.at)} ${test.name}`, ...failures.map((line) => `  ${line}`),
    ...(args.has("explain") && simulation !== undefined && test.kind === "request" ? renderSimulation(test.request, simulation, { color: terminal.colorOut && !args.has("output-file"), explain: true }).trimEnd().split("\n").map((line) => `    ${line}`) : []),
  ]);
  const uncovered = args.has("coverage") ? coverage.uncovered().map(({ virtualHost, route, clusters }) => `not covered: ${virtualHost}, ${route.name || matchText(route.match)}${clusters.length === 0 ? "" : ` (${clusters.join(", ")})`}  ${placeOf(origins, route)}`) : [];
  return [...lines, ...uncovered].map((line) => `${line}\n`).join("");
}

/** A match on one line, as it might be written. */
function matchText(match: object | undefined): string {
  const shown = JSON.stringify(match ?? {}).replaceAll('"', "");
  return shown.length <= 80 ? shown : `${shown.slice(0, 77)}...`;
}

function json(results: readonly Replayed[], coverage: RouteCoverage, origins: Origins): string {
  return `${JSON.stringify({
    format_version: 1,
    coverage: coverage.percent ?? null,
    tests: results.map(({ test, failures, simulation }) => ({ name: test.name, place: placeOf(origins, test.at), passed: failures.length === 0, failures, ...(simulation === undefined ? {} : { result: simulation.result }) })),
    uncovered: coverage.uncovered().map(({ virtualHost, route, clusters }) => ({ virtual_host: virtualHost, route: route.name ?? "", clusters, place: placeOf(origins, route) })),
  }, undefined, 2)}\n`;
}

function placeOf(origins: Origins, at: object): string {
  const span = origins.find(at)?.span;
  if (span === undefined) return "";
  const { line, column } = span.source.lines.locate(span.start);
  return `${span.source.name}:${line}:${column}`;
}
