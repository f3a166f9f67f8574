import type { AdminPlace } from "../server/health/admin-address.ts";
import type { HealthInput } from "../server/health/load.ts";
import type { TransportSocket } from "../schema/generated/envoy/config/core/v3.ts";
import type { Machine } from "../server/machine.ts";
import type { Args } from "./args.ts";
import { type Command, InputError, UsageError } from "./command.ts";
import { healthJson, healthSummary, healthTable, runningJson } from "./health-report.ts";
import { readInput } from "./input.ts";
import { suggestion } from "./parse.ts";
import { deliver, renderFindings } from "./report.ts";
import type { Terminal } from "./terminal.ts";
import { isTimeSpan, timeSpan } from "./time-span.ts";
import { exitCode } from "./validate.ts";

/** Runs health checks once, or asks a running proxy. */
export const health: Command = {
  name: "health",
  summary: "Check the hosts behind a configuration, or ask a running proxy whether it is ready",
  about: "With -c, each cluster's health check is run once against each of its hosts (a TCP connect where none is configured), without a proxy. With --admin, or with -c and --running, a running proxy (legate or Envoy) is asked: /ready decides, and its clusters are shown as it sees them.\nExit code 0: healthy, or ready; 1: not; 2: bad usage, or the configuration cannot be read. Checks go through the cluster's TLS; a mere connect does not. What is not done here yet (HTTP/2, transport_socket_matches) is said for each host and does not count as healthy.",
  positionals: { usage: "", min: 0, max: 0 },
  flags: [
    { name: "config-path", short: "c", value: "FILE", completes: "file", help: "The bootstrap, a file of clusters, or a config_dump; - is standard input. Files that it takes clusters and endpoints from are read too." },
    { name: "admin", value: "ADDRESS", help: "Ask the proxy whose admin listener is there: HOST:PORT, [IPV6]:PORT, or the path of a Unix socket." },
    { name: "running", help: "With -c: ask the proxy that runs this configuration, at its admin address. A wildcard address becomes loopback." },
    { name: "cluster", value: "NAME", repeat: true, help: "Only this cluster." },
    { name: "require", value: "N%", check: percent, help: "How many of each cluster's hosts must be healthy. Default: 100%; of a running proxy: its readiness alone counts unless this is given." },
    { name: "timeout", value: "TIME", check: isTimeSpan(1), help: "For each check, instead of its own; for all questions to a running proxy together. Default there: 5s." },
    { name: "wait", value: "TIME", check: isTimeSpan(1), help: "Try again until all is well, or this time is up." },
    { name: "format", short: "f", value: "FORMAT", choices: ["pretty", "json"], fallback: "pretty", help: "How results are printed." },
    { name: "output-file", short: "o", value: "FILE", completes: "file", help: "Write the results to FILE instead of standard output." },
  ],
  examples: [
    { line: "health -c envoy.yaml", says: "each host's health check, once" },
    { line: "health -c envoy.yaml --cluster service1 --require 50%", says: "is half of it there?" },
    { line: "health -c envoy.yaml --wait 30s --format json", says: "until everything is up, at most 30 seconds" },
    { line: "health --admin 127.0.0.1:9901", says: "is the proxy ready? For a container's health check" },
    { line: "health -c envoy.yaml --running --wait 10s -q", says: "the same, by its configuration, in silence but for the table" },
  ],
  run,
};

function percent(value: string): string | undefined {
  return /^\d{1,3}%?$/.test(value) && Number.parseInt(value, 10) <= 100 ? undefined : `"${value}" is no percentage from 0% to 100%`;
}

async function run(args: Args, terminal: Terminal): Promise<number> {
  if (args.has("admin")) {
    if (args.has("config-path") || args.has("running")) throw new UsageError("--admin names the proxy: leave out -c and --running");
    return askRunning(await placeOf(args.text("admin") ?? ""), args, terminal);
  }
  const path = args.text("config-path");
  if (path === undefined) throw new UsageError("what should be checked? Give -c FILE, or --admin ADDRESS");
  const { loadHealthInput } = await import("../server/health/load.ts");
  const input = loadHealthInput(readInput(path), readInput);
  terminal.err(await renderFindings(input.findings.filter((finding) => finding.severity === "error"), [], args, terminal, "compact"));
  return args.has("running") ? runningOf(path, input, args, terminal) : probe(path, input, args, terminal);
}

async function placeOf(text: string): Promise<AdminPlace> {
  const { parseAdminAddress } = await import("../server/health/admin-address.ts");
  const place = parseAdminAddress(text);
  if (place === null) throw new UsageError(`--admin: "${text}" is not HOST:PORT, [IPV6]:PORT or the path of a Unix socket`);
  return place;
}

async function runningOf(path: string, input: HealthInput, args: Args, terminal: Terminal): Promise<number> {
  const { adminOf } = await import("../server/health/admin-address.ts");
  const place = adminOf(input.admin);
  if ("problem" in place) throw new InputError(`${path} ${place.problem}; give --admin ADDRESS`);
  return askRunning(place, args, terminal);
}

/** Of everything, where no --wait says otherwise. */
const OVERALL_MS = 60_000;

async function probe(path: string, input: HealthInput, args: Args, terminal: Terminal): Promise<number> {
  const unread = exitCode(input.findings, "error");
  if (unread === 2 && input.clusters.length === 0) return 2;
  for (const name of args.all("cluster")) {
    if (!input.clusters.includes(name)) throw new UsageError(`--cluster: ${path} has no cluster "${name}"${suggestion(name, input.clusters)}`);
  }
  const targets = input.targets.filter((target) => !args.has("cluster") || args.all("cluster").includes(target.cluster));
  const [machine, { probeOnce }, { judge }, { attempts }] = await Promise.all([openMachineHere(terminal), import("../server/health/probe.ts"), import("../server/health/result.ts"), import("../server/health/wait.ts")]);
  const secured = targets.some((target) => target.socket !== null) ? new (await import("../server/health/secured-dialers.ts")).SecuredDialers(machine) : null;
  const around = { ...(secured === null ? {} : { secured: (socket: TransportSocket) => secured.of(socket) }), dialer: machine.transport.dialer, clock: machine.clock, resolver: machine.resolver, facts: { hostname: machine.facts.hostname, environment: (name: string) => machine.facts.env[name] } };
  const required = requiredPercent(args);
  const timeoutMs = spanOf(args, "timeout");
  const results = await attempts(machine.clock, spanOf(args, "wait") ?? 0, OVERALL_MS,
    (overallMs) => probeOnce(targets, around, { timeoutMs, overallMs }),
    (found) => judge(found, required).healthy || found.every((result) => result.lasting || result.status === "healthy" || result.status === "degraded"));
  secured?.close();
  const verdict = judge(results, required);
  deliver(args.text("format") === "json" ? healthJson(results, verdict, required) : healthTable(results, coloured(args, terminal)), args, terminal);
  terminal.say(terminal.paint(verdict.healthy ? 32 : 31, healthSummary(verdict)));
  if (unread !== 0) terminal.say("the configuration has errors: what they stand for was not checked");
  return Math.max(unread, verdict.healthy ? 0 : 1);
}

/** Of the questions to a running proxy. */
const ADMIN_MS = 5_000;

async function askRunning(place: AdminPlace, args: Args, terminal: Terminal): Promise<number> {
  const [machine, { askAdmin }, { judge }, { attempts }, { adminText }] = await Promise.all([
    openMachineHere(terminal), import("../server/health/ask-admin.ts"), import("../server/health/result.ts"), import("../server/health/wait.ts"), import("../server/health/admin-address.ts"),
  ]);
  const only = (cluster: string): boolean => !args.has("cluster") || args.all("cluster").includes(cluster);
  const ask = async (ms: number) => {
    const answer = await askAdmin({ dialer: machine.transport.dialer, clock: machine.clock }, machine.resolver, place, ms);
    const results = answer.hosts?.filter((host) => only(host.cluster)) ?? null;
    const missing = args.all("cluster").filter((name) => results !== null && !results.some((host) => host.cluster === name));
    const fit = !args.has("require") || (results !== null && judge(results, requiredPercent(args)).healthy);
    return { answer, results, missing, healthy: answer.ready && fit && missing.length === 0 };
  };
  const { answer, results, missing, healthy } = await attempts(machine.clock, spanOf(args, "wait") ?? 0, spanOf(args, "timeout") ?? ADMIN_MS, ask, (found) => found.healthy);
  const address = adminText(place);
  const pretty = `${address}: ${answer.ready ? "ready" : "not ready"} (${answer.state})\n${results === null ? "" : healthTable(results, coloured(args, terminal))}`;
  deliver(args.text("format") === "json" ? runningJson(address, answer, results, healthy) : pretty, args, terminal);
  if (answer.hostsProblem !== "" && answer.hostsProblem !== answer.state) terminal.say(`the clusters are not shown: ${answer.hostsProblem}`);
  if (missing.length > 0) terminal.say(`the proxy has no cluster ${missing.join(", ")}`);
  return healthy ? 0 : 1;
}

async function openMachineHere(terminal: Terminal): Promise<Machine> {
  const { openMachine } = await import("../server/machine.ts");
  return openMachine((error) => terminal.err(`legate health: internal error: ${error instanceof Error ? error.message : String(error)}\n`));
}

function requiredPercent(args: Args): number {
  return Number.parseInt(args.text("require") ?? "100", 10);
}

function spanOf(args: Args, flag: string): number | undefined {
  const text = args.text(flag);
  return text === undefined ? undefined : timeSpan(text);
}

function coloured(args: Args, terminal: Terminal): boolean {
  return terminal.colorOut && !args.has("output-file");
}
