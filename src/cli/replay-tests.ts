import type { Origins } from "../diagnostics/origins.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { SimulateConfiguration } from "../tools/simulate-load.ts";
import type { ReplayedTest } from "../tools/simulate-replay.ts";
import type { ReplayFormat, ReplayReport } from "../tools/render-replay.ts";
import type { SimulateTest } from "../tools/simulate-tests.ts";
import type { TrafficKind } from "../tools/traffic/kinds.ts";
import type { TrafficDefaults } from "../tools/traffic/traffic-request.ts";
import type { Args } from "./args.ts";
import { expandInputs } from "./glob.ts";
import { readInput } from "./input.ts";
import { plural } from "./plural.ts";
import { deliver, renderFindings } from "./report.ts";
import { runtimeOfFlags, wayOfFlags } from "./simulate-flags.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Replays files of requests and checks what they expect. Answers 2 if something could not be read, 1 if an expectation does not hold or
 * less is covered than asked for.
 */
export async function replayTests(configuration: SimulateConfiguration, origins: Origins, args: Args, terminal: Terminal): Promise<number> {
  const [{ Findings }, { Replay }, { renderReplay }] = await Promise.all([
    import("../diagnostics/findings.ts"), import("../tools/simulate-replay.ts"), import("../tools/render-replay.ts"),
  ]);
  const diagnostics = new Findings(origins);
  const expected = args.has("expect") ? (await import("../tools/simulate-expect.ts")).expectedOf(args.all("expect")) : undefined;
  const replay = new Replay(configuration, origins, { report: () => undefined }, expected);
  const told: ReplayedTest[] = [];
  const format = (args.text("format") ?? "pretty") as ReplayFormat;
  const named = { listener: args.text("listener"), routeTable: args.text("route-table") };
  const whole = format === "json" || format === "jsonl" || format === "junit";
  for (const test of await requestsOf(args.positionals, origins, diagnostics, args)) {
    const done = replay.run(test, named, whole, args.has("explain"));
    if (done !== undefined) told.push(done);
  }
  const findings = diagnostics.resolve();
  const unread = findings.filter((finding) => finding.severity === "error");
  if (format !== "github") terminal.err(await renderFindings(unread, [], args, terminal, "compact"));
  const report: ReplayReport = {
    tests: told, destinations: replay.tally.destinations, coverage: replay.coverage, origins, showCoverage: args.has("coverage"),
    showDestinations: replay.count > told.length, detail: await detailOf(args, terminal),
  };
  const annotations = format === "github" ? await renderFindings(unread, [], args, terminal, "github") : "";
  deliver(annotations + renderReplay(format, report), args, terminal);
  const failed = told.filter((each) => each.failures.length > 0).length;
  const percent = replay.coverage.percent ?? 100;
  terminal.say(`${plural(replay.count, replay.count > told.length ? "request" : "test")}, ${failed} failed; ${percent.toFixed(1)} % of the routes covered`);
  if (unread.length > 0) return 2;
  return failed > 0 || percent < Number(args.text("fail-under") ?? "0") ? 1 : 0;
}

/** The requests of all files, one after the other, read as they are asked for. */
export async function requestsOf(files: readonly string[], origins: Origins, diagnostics: Diagnostics, args: Args): Promise<Iterable<SimulateTest>> {
  const { loadRequests } = await import("../tools/traffic/load.ts");
  const defaults: TrafficDefaults = {
    host: args.text("host") ?? "", tls: args.has("tls"), sourceIp: args.text("source-ip") ?? "127.0.0.1",
    random: args.has("random") ? BigInt(args.text("random") ?? "0") : undefined, runtime: await runtimeOfFlags(args), way: await wayOfFlags(args),
  };
  const kind = args.text("tests-type") as TrafficKind | undefined;
  return (function* all(): Iterable<SimulateTest> {
    for (const { name } of expandInputs(files)) yield* loadRequests(readInput(name), { origins, diagnostics, defaults, kind });
  })();
}

/** With `--explain`, the whole story of a test that failed. */
async function detailOf(args: Args, terminal: Terminal): Promise<ReplayReport["detail"]> {
  if (!args.has("explain")) return () => [];
  const { renderSimulation } = await import("../tools/render-simulation.ts");
  return ({ test, simulation }) => (simulation === undefined || test.kind !== "request" ? []
    : renderSimulation(test.request, simulation, { color: terminal.colorOut && !args.has("output-file"), explain: true }).trimEnd().split("\n"));
}
