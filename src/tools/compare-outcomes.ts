/** The same requests through two configurations: which of them come to something else. */
import type { Origins } from "../diagnostics/origins.ts";
import { displayText } from "../diagnostics/display.ts";
import type { ByName } from "./entrances.ts";
import { placeOf, placeWords, tableOf } from "./render-replay.ts";
import { resultWords } from "./replay-tally.ts";
import type { SimulatedRun } from "./simulate.ts";
import type { SimulateConfiguration } from "./simulate-load.ts";
import type { SimulatedRequest } from "./simulated-request.ts";
import type { SimulateTest } from "./simulate-tests.ts";
import { Simulators } from "./simulators.ts";
import type { Simulation } from "./simulation.ts";

interface Side {
  readonly configuration: SimulateConfiguration;
  readonly origins: Origins;
}

/** One outcome: where the request ends, and in what form. */
interface Outcome {
  readonly result: Simulation["result"];
  readonly route: Simulation["route"];
  /** Compared and shown only where they differ: what is sent on, or answered. */
  readonly details: ReadonlyMap<string, string>;
}

export interface DifferingRequest {
  readonly name: string;
  readonly at: object;
  readonly from: Outcome;
  readonly to: Outcome;
}

export interface ComparedRequests {
  readonly count: number;
  readonly differing: readonly DifferingRequest[];
}

/** Weighted choices and fractions fall alike on both sides. */
export function compareRequests(before: Side, after: Side, tests: Iterable<SimulateTest>, named: ByName): ComparedRequests {
  const sides = [new Simulators(before.configuration, before.origins), new Simulators(after.configuration, after.origins)] as const;
  const differing: DifferingRequest[] = [];
  let count = 0;
  for (const test of tests) {
    const request = requestOf(test);
    if ("index" in request) (request as { index: number }).index = count;
    count++;
    const by: ByName = test.kind === "check" ? named : { listener: test.listener ?? named.listener, routeTable: test.routeTable ?? named.routeTable };
    const [from, to] = sides.map((side) => outcomeOf(side.run(request, side.entrance(request, by), false))) as [Outcome, Outcome];
    if (!isSame(from, to)) differing.push({ name: test.name, at: test.at, from, to });
  }
  return { count, differing };
}

function requestOf(test: SimulateTest): SimulatedRequest {
  if (test.kind === "request") return test.request;
  const { input } = test.item;
  return {
    method: input.method, path: input.path, host: input.authority, scheme: input.ssl === true ? "https" : "http", sourceIp: "127.0.0.1", port: undefined, runtime: new Map(),
    headers: (input.additional_request_headers ?? []).map(({ key = "", value = "" }) => [key, value] as const), random: BigInt(input.random_value ?? 0),
  };
}

function outcomeOf({ simulation }: SimulatedRun): Outcome {
  const { result, route, path, host, timeouts, retries } = simulation;
  const details = new Map<string, string>();
  if (result.kind === "redirect") details.set("location", result.location);
  if (result.kind === "direct_response") details.set("body", result.body);
  if (result.kind === "forward") {
    details.set("path", path).set("host", host).set("timeout", timeouts?.words ?? "").set("retries", retries?.words ?? "none");
    for (const { op, name, value } of simulation.request_headers) details.set(`request header ${name}`, `${details.get(`request header ${name}`) ?? ""}${op === "removed" ? "-" : ""}${value}`);
  }
  for (const { op, name, value } of simulation.response_headers) details.set(`response header ${name}`, `${op === "removed" ? "-" : ""}${value}`);
  return { result, route, details };
}

function isSame(from: Outcome, to: Outcome): boolean {
  return resultWords(from.result) === resultWords(to.result) && changes(from, to).length === 0;
}

/** What differs besides the destination, `name: old -> new`. */
function changes({ details: before }: Outcome, { details: after }: Outcome): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name)).map((name) => `${name}: ${before.get(name) ?? "none"} -> ${after.get(name) ?? "none"}`);
}

export function renderCompared({ count, differing }: ComparedRequests, format: string, origins: Origins): string {
  const told = differing.map(({ name, at, from, to }) => ({ name, place: placeWords(placeOf(origins, at)), from: end(from), to: end(to), changes: sameEnd(from, to) ? changes(from, to) : [] }));
  if (format === "jsonl") return told.map((each) => `${JSON.stringify(each)}\n`).join("");
  if (format === "json") return `${JSON.stringify({ format_version: 1, requests: count, differing: told, moves: moves(differing) }, undefined, 2)}\n`;
  const lines = told.flatMap((each) => [`${each.place === "" ? "" : `${each.place} `}${displayText(each.name)}`, `  ${displayText(each.from)} -> ${displayText(each.to)}`, ...each.changes.map((change) => `  ${displayText(change)}`)]);
  const sum = moves(differing).map(({ count: moved, from, to }) => [String(moved), displayText(from), "->", displayText(to)]);
  return [...lines, ...(sum.length === 0 ? [] : ["", ...tableOf(sum)])].map((line) => `${line}\n`).join("");
}

function sameEnd(from: Outcome, to: Outcome): boolean {
  return resultWords(from.result) === resultWords(to.result);
}

function end({ result, route }: Outcome): string {
  return `${resultWords(result)}${route === undefined || route.name === "" ? "" : ` (route ${route.name})`}`;
}

/** How many requests went from where to where, the most frequent first. */
function moves(differing: readonly DifferingRequest[]): { readonly count: number; readonly from: string; readonly to: string }[] {
  const counts = new Map<string, { count: number; from: string; to: string }>();
  for (const { from, to } of differing) {
    const [a, b] = [resultWords(from.result), resultWords(to.result)];
    const key = `${a}\n${b}`;
    const move = counts.get(key) ?? { count: 0, from: a, to: a === b ? `${b}, otherwise` : b };
    move.count++;
    counts.set(key, move);
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}
