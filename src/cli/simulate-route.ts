import type { Origins } from "../diagnostics/origins.ts";
import type { SimulateConfiguration } from "../tools/simulate-load.ts";
import type { SimulatedRequest } from "../tools/simulated-request.ts";
import type { RequestTest } from "../tools/simulate-tests.ts";
import type { Args } from "./args.ts";
import { type Command, InputError, UsageError } from "./command.ts";
import { readInput } from "./input.ts";
import { replayTests } from "./replay-tests.ts";
import { deliver, renderFindings } from "./report.ts";
import { routerCheckTool, TOOL_FLAGS } from "./router-check-tool.ts";
import { PARSE_ERROR, readToolWords } from "./router-check-words.ts";
import { requestOfFlags, SIMULATE_FLAGS } from "./simulate-flags.ts";
import type { Terminal } from "./terminal.ts";

/** Sends requests through a configuration without a network. */
export const simulateRoute: Command = {
  name: "simulate-route",
  summary: "Say what becomes of a request: preparation, virtual host, route, cluster or answer, rewrites, timeouts",
  about: "The configuration is a bootstrap, a RouteConfiguration, an RDS file or a config_dump. The request is given by flags, or in TESTS: a list of requests (- url: http://shop.example.com/cart, headers: { x-a: b }, expect: { cluster: cart }; or JSON lines of such), files of Envoy's router_check_tool, HAR files, curl command lines, access logs of Envoy (default format or JSON) and nginx (combined; with --host), files of raw HTTP requests; the kind is recognised. A request goes by listener and filter chain, as --dest, --sni, --alpn and --source-ip say, through the connection manager's preparation and the routing of the proxy itself; filters that depend on nothing but the request are run, the others are named. With -t it behaves as router_check_tool does, with its flags, output and exit codes.\n--compare OLD NEW prints the requests that come to something else in NEW.\nExit code 1: an expectation does not hold, outcomes differ, or less is covered than --fail-under. 2: something could not be read; the rest was done. A 404 that was asked about is an answer: 0.",
  positionals: { usage: "[TESTS...]", min: 0, max: Infinity, completes: "file" },
  flags: SIMULATE_FLAGS,
  examples: [
    { line: "simulate-route -c configs/front-proxy.yaml --url http://example.com/service/2 --explain", says: "one request, and why it got its route" },
    { line: "simulate-route -c configs/canary.yaml --url http://shop.example.com/ -H 'x-canary: yes' --expect cluster=shop_canary", says: "with a header and an expectation" },
    { line: "simulate-route -c configs/canary.yaml --url http://shop.example.com/cart -X POST --random 97", says: "the other side of a weighted choice" },
    { line: "simulate-route -c configs/redirect-https.yaml --url /a/b --host old.example.com --format json", says: "for scripts: the full Location and all else as JSON" },
    { line: "simulate-route -c configs/static-answers.yaml --url https://any.example.com/healthz --expect status=200 --expect body=ok", says: "a check for a script: exit code 1, because the body ends with a line feed" },
    { line: "simulate-route -c configs/canary.yaml access.log --coverage --fail-under 40", says: "yesterday's traffic: where it goes, and which routes it never hits" },
    { line: "simulate-route --compare configs/front-proxy.yaml configs/path-rewrite.yaml access.log", says: "what a change would do to it" },
  ],
  readForeign: readToolWords,
  run,
};

async function run(args: Args, terminal: Terminal): Promise<number> {
  if ([...TOOL_FLAGS, PARSE_ERROR].some((flag) => args.has(flag))) return routerCheckTool(args, terminal);
  const configs = configsOf(args);
  checkFlags(args);
  const { expectationProblem } = await import("../tools/simulate-expect.ts");
  const problem = args.all("expect").map(expectationProblem).find((each) => each !== undefined);
  if (problem !== undefined) throw new UsageError(`--expect: ${problem}`);
  if (!args.has("watch")) return once(configs, args, terminal);
  const [{ watchFiles }, { expandInputs }] = await Promise.all([import("./watch-files.ts"), import("./glob.ts")]);
  const files = expandInputs([...configs, ...args.positionals]).map(({ name }) => name);
  if (files.includes("-")) throw new UsageError("--watch needs files to watch, and standard input is none");
  return watchFiles(() => survived(once(configs, args, terminal), terminal), () => files);
}

/** Flags that say something of one request, and those that count many. */
function checkFlags(args: Args): void {
  const idle = args.has("url") ? ["coverage", "fail-under", "tests-type"].find((flag) => args.has(flag)) : ["method", "header"].find((flag) => args.has(flag));
  if (idle === undefined) return;
  throw new UsageError(args.has("url") ? `--${idle} goes with files of requests, not with --url` : `--${idle} goes with --url: files of requests bring their own`);
}

/** The configurations, and what is simulated is named too, or a `UsageError` says what is missing. */
function configsOf(args: Args): readonly string[] {
  const config = args.text("config-path");
  if (args.has("compare")) {
    if (config !== undefined) throw new UsageError("--compare takes both configurations as arguments: --compare OLD NEW [TESTS...]");
    const [before, after, ...tests] = args.positionals;
    if (before === undefined || after === undefined || args.has("url") === tests.length > 0) throw new UsageError("what should be compared? Give --compare OLD NEW and either files of requests or --url URL");
    return [before, after];
  }
  if (config === undefined) throw new UsageError("which configuration? Give -c FILE");
  if (args.has("url") === args.positionals.length > 0) throw new UsageError("what should be simulated? Give either --url URL or files of tests");
  return [config];
}

async function once(configs: readonly string[], args: Args, terminal: Terminal): Promise<number> {
  const request = args.has("url") ? await requestOfFlags(args) : undefined;
  const [before, after] = [await load(configs[0] ?? "", args, terminal), configs[1] === undefined ? undefined : await load(configs[1], args, terminal)];
  if (after !== undefined) {
    const { compareOutcomes } = await import("./compare-outcomes.ts");
    return compareOutcomes(before, after, args.positionals.slice(2), args, terminal);
  }
  if (request !== undefined) return one(request, before, args, terminal);
  return replayTests(before.configuration, before.origins, args, terminal);
}

/** While files are watched, one that cannot be used now may be mended in a moment. */
async function survived(work: Promise<number>, terminal: Terminal): Promise<number> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    terminal.say(error.message);
    return 2;
  }
}

/** Loads the configuration; what is wrong with it goes to standard error, and only what cannot be read ends the command. */
async function load(name: string, args: Args, terminal: Terminal): Promise<{ readonly configuration: SimulateConfiguration; readonly origins: Origins }> {
  const [{ loadForSimulation }, { Origins: NewOrigins }, { Findings }, { typeNamed }] = await Promise.all([
    import("../tools/simulate-load.ts"), import("../diagnostics/origins.ts"), import("../diagnostics/findings.ts"), import("../resources/kind.ts"),
  ]);
  const origins = new NewOrigins();
  const diagnostics = new Findings(origins);
  const type = args.has("type") ? typeNamed(args.text("type") ?? "") : undefined;
  if (args.has("type") && type === undefined) throw new UsageError(`--type: there is no kind or message "${args.text("type")}"`);
  const configuration = loadForSimulation(readInput(name), { origins, diagnostics, ...(type === undefined ? {} : { type }), ...(args.has("follow") ? { follow: readInput } : {}) });
  const errors = diagnostics.resolve().filter((finding) => finding.severity === "error");
  terminal.err(await renderFindings(errors, [], args, terminal, "compact"));
  if (configuration === undefined) throw new InputError(`${name} cannot be used`);
  if (configuration.tables.length === 0 && (configuration.listeners.length === 0 || configuration.unread.length > 0)) {
    const files = configuration.unread.length === 0 ? "" : `; it names ${configuration.unread.join(", ")}, which --follow reads`;
    throw new InputError(`${name} holds no route table${files}`);
  }
  return { configuration, origins };
}

async function one(request: SimulatedRequest, { configuration, origins }: { readonly configuration: SimulateConfiguration; readonly origins: Origins }, args: Args, terminal: Terminal): Promise<number> {
  const [{ Simulators }, { renderSimulation }, { expectedOf, failuresOf }] = await Promise.all([
    import("../tools/simulators.ts"), import("../tools/render-simulation.ts"), import("../tools/simulate-expect.ts"),
  ]);
  const simulators = new Simulators(configuration, origins);
  const entrance = simulators.entrance(request, { listener: args.text("listener"), routeTable: args.text("route-table") });
  if (entrance.kind === "unknown") throw new UsageError(entrance.reason);
  const done = simulators.run(request, entrance);
  const failures = failuresOf(expectedOf(args.all("expect")), done);
  const format = args.text("format");
  if (format === "json" || format === "jsonl") {
    const { candidates, ...rest } = done.simulation;
    const expectations = args.has("expect") ? { failures } : {};
    deliver(`${JSON.stringify({ format_version: 1, ...rest, ...(args.has("explain") ? { candidates } : {}), ...expectations }, undefined, format === "json" ? 2 : undefined)}\n`, args, terminal);
  } else if (format === "github" || format === "junit") {
    const [{ renderReplay }, { RouteCoverage }] = await Promise.all([import("../tools/render-replay.ts"), import("../tools/simulate-coverage.ts")]);
    const test: RequestTest = { kind: "request", name: `${request.method} ${args.text("url") ?? ""}`, at: {}, request, listener: undefined, routeTable: undefined, expected: undefined };
    const told = { tests: [{ test, failures, simulation: done.simulation }], destinations: [], coverage: new RouteCoverage(), origins, showDestinations: false, showCoverage: false, detail: () => [] };
    deliver(renderReplay(format, told), args, terminal);
  } else {
    const text = renderSimulation(request, done.simulation, { color: terminal.colorOut && !args.has("output-file"), explain: args.has("explain") });
    deliver(text + failures.map((failure) => `  failed         ${failure}\n`).join(""), args, terminal);
  }
  if (args.has("expect")) terminal.say(failures.length === 0 ? "every expectation holds" : `${failures.length} of ${args.all("expect").length} expectations failed`);
  return failures.length === 0 ? 0 : 1;
}
