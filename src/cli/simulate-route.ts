import type { Origins } from "../diagnostics/origins.ts";
import type { LoadedDocument } from "../resources/load.ts";
import type { FoundTable } from "../tools/route-tables.ts";
import type { Args } from "./args.ts";
import { type Command, InputError, UsageError } from "./command.ts";
import { wholeNumber } from "./common-flags.ts";
import { readInput } from "./input.ts";
import { deliver, renderFindings } from "./report.ts";
import { routerCheckTool } from "./router-check-tool.ts";
import { replayTests } from "./replay-tests.ts";
import { requestOf } from "./simulated-request.ts";
import type { Terminal } from "./terminal.ts";

/** Sends requests through a configuration's routes without a network. */
export const simulateRoute: Command = {
  name: "simulate-route",
  summary: "Say what becomes of a request: virtual host, route, cluster or answer, rewrites, timeouts",
  about: "The configuration is a bootstrap, a RouteConfiguration, an RDS file or a config_dump. The request is given by flags, or in TESTS: files of Envoy's router_check_tool, whose expectations are checked. Headers are taken as they are at the moment of routing. With -t it behaves as router_check_tool does, with its flags, output and exit codes.\nExit code 1: an expectation does not hold. A 404 that was asked about is an answer: 0.",
  positionals: { usage: "[TESTS...]", min: 0, max: Infinity, completes: "file" },
  flags: [
    { name: "config-path", short: "c", value: "FILE", completes: "file", help: "The configuration; - is standard input." },
    { name: "url", short: "u", value: "URL", help: "http://HOST/PATH, https://HOST/PATH, or a path alone." },
    { name: "method", short: "X", value: "METHOD", fallback: "GET", help: "The request's method." },
    { name: "header", short: "H", value: "'NAME: VALUE'", repeat: true, check: header, help: "A header of the request." },
    { name: "host", value: "HOST", help: "The host, where the URL has none or another one is meant." },
    { name: "tls", help: "The request came over TLS, as with https://." },
    { name: "source-ip", value: "IP", fallback: "127.0.0.1", help: "The client's address." },
    { name: "random", value: "N", check: wholeNumber(0, Number.MAX_SAFE_INTEGER), fallback: "0", help: "The random number of the request: decides between weighted clusters and by fractions." },
    { name: "runtime", value: "KEY=VALUE", repeat: true, check: runtime, help: "A runtime value." },
    { name: "listener", value: "NAME", help: "Through this listener, where there are several." },
    { name: "route-table", value: "NAME", help: "Through this route table, where there are several." },
    { name: "explain", help: "Show each route that did not match, and the first condition that failed." },
    { name: "coverage", help: "With TESTS: which routes no expectation covers." },
    { name: "fail-under", short: "f", value: "PERCENT", check: percent, help: "Exit 1 if fewer of the routes are covered." },
    { name: "format", value: "FORMAT", choices: ["pretty", "json"], fallback: "pretty", help: "How results are printed." },
    { name: "output-file", value: "FILE", completes: "file", help: "Write the results to FILE instead of standard output." },
    { name: "type", value: "TYPE", help: "Do not guess the kind of the configuration; see validate --help." },
    { name: "test-path", short: "t", value: "FILE", completes: "file", help: "Behave as router_check_tool, with these tests." },
    { name: "details", short: "d", help: "With -t: name every test." },
    { name: "only-show-failures", help: "With -t: name the tests that fail." },
    { name: "covall", help: "With -t: coverage counts every kind of assertion." },
    { name: "detailed-coverage", help: "With -t: name the routes without a test." },
    { name: "disable-deprecation-check", help: "With -t: taken as it is; deprecated fields are never an error here." },
  ],
  examples: [
    { line: "simulate-route -c envoy.yaml --url http://example.com/service/1 --explain", says: "one request, and why it got its route" },
    { line: "simulate-route -c envoy.yaml --url /cart -X POST -H 'x-canary: yes' --host shop.example.com", says: "with method, header and host" },
    { line: "simulate-route -c routes.yaml tests.yaml --coverage", says: "check expectations" },
    { line: "simulate-route -c routes.yaml -t tests.yaml -d", says: "as router_check_tool" },
  ],
  run,
};

function header(value: string): string | undefined {
  return /^:?[^\s:]+:/.test(value) ? undefined : `"${value}" is not 'NAME: VALUE'`;
}

function runtime(value: string): string | undefined {
  return /^[^=]+=/.test(value) ? undefined : `"${value}" is not KEY=VALUE`;
}

function percent(value: string): string | undefined {
  return /^\d+(\.\d+)?$/.test(value) && Number(value) <= 100 ? undefined : `"${value}" is not a number from 0 to 100`;
}

async function run(args: Args, terminal: Terminal): Promise<number> {
  if (args.has("test-path")) return routerCheckTool(args, terminal);
  const config = args.text("config-path");
  if (config === undefined) throw new UsageError("which configuration? Give -c FILE");
  if (args.has("url") === args.positionals.length > 0) throw new UsageError("what should be simulated? Give either --url URL or files of tests");
  const { document, origins } = await load(config, args, terminal);
  const { routeTablesOf } = await import("../tools/route-tables.ts");
  const tables = routeTablesOf(document.messages);
  if (tables.length === 0) throw new InputError(`${config} holds no route table`);
  if (args.has("url")) return one(tables, origins, args, terminal);
  return replayTests(await chosen(tables, args), origins, args, terminal);
}

/** Loads the configuration; what is wrong with it goes to standard error, and only what cannot be read ends the command. */
async function load(name: string, args: Args, terminal: Terminal): Promise<{ document: LoadedDocument; origins: Origins }> {
  const [{ loadDocument }, { Origins: NewOrigins }, { Findings }, { typeNamed }] = await Promise.all([
    import("../resources/load.ts"), import("../diagnostics/origins.ts"), import("../diagnostics/findings.ts"), import("../resources/kind.ts"),
  ]);
  const origins = new NewOrigins();
  const diagnostics = new Findings(origins);
  const type = args.has("type") ? typeNamed(args.text("type") ?? "") : undefined;
  if (args.has("type") && type === undefined) throw new UsageError(`--type: there is no kind or message "${args.text("type")}"`);
  const document = loadDocument(readInput(name), { origins, diagnostics, unknownFields: "warning", ...(type === undefined ? {} : { type }) });
  const errors = diagnostics.resolve().filter((finding) => finding.severity === "error");
  terminal.err(await renderFindings(errors, [], args, terminal, "compact"));
  if (document === undefined) throw new InputError(`${name} cannot be used`);
  return { document, origins };
}

async function chosen(tables: readonly FoundTable[], args: Args, aim?: { port: number | undefined; tls: boolean; host: string }): Promise<FoundTable> {
  const { tablesFor } = await import("../tools/route-tables.ts");
  const fitting = tablesFor(tables, { listener: args.text("listener"), routeTable: args.text("route-table"), port: aim?.port, tls: aim?.tls ?? false, host: aim?.host ?? "" });
  const [first, ...others] = fitting;
  const names = (list: readonly FoundTable[]): string => list.map((t) => `listener "${t.listener ?? ""}", route table "${t.name}"`).join("; ");
  if (first === undefined) throw new UsageError(`no route table fits; there are: ${names(tables)}`);
  if (others.length > 0) throw new UsageError(`several route tables fit; choose with --listener or --route-table: ${names(fitting)}`);
  return first;
}

async function one(tables: readonly FoundTable[], origins: Origins, args: Args, terminal: Terminal): Promise<number> {
  const { request, port } = requestOf(args);
  const found = await chosen(tables, args, { port, tls: request.scheme === "https", host: request.host.replace(/:\d+$/, "").toLowerCase() });
  const [{ Simulator }, { renderSimulation }] = await Promise.all([import("../tools/simulate.ts"), import("../tools/render-simulation.ts")]);
  const simulation = new Simulator(found, origins).run(request);
  if (args.text("format") === "json") {
    const { rejected, ...rest } = simulation;
    deliver(`${JSON.stringify({ format_version: 1, ...rest, ...(args.has("explain") ? { rejected } : {}) }, undefined, 2)}\n`, args, terminal);
  } else deliver(renderSimulation(request, simulation, { color: terminal.colorOut && !args.has("output-file"), explain: args.has("explain") }), args, terminal);
  return 0;
}
