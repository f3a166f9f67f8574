/** What a request is expected to come to, compared with what came. */
import { fromWire } from "../base/wire-text.ts";
import { nameId } from "../http/names.ts";
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import type { SimulatedRun } from "./simulate.ts";
import type { Simulation } from "./simulation.ts";

/** The expectations that a flag or a test file may name. */
export const EXPECTATIONS = ["cluster", "route", "virtual_host", "virtual_cluster", "path", "host", "redirect", "status", "body", "listener", "route_table", "filter_chain", "endpoint"] as const;
export type Expectation = (typeof EXPECTATIONS)[number];

/** Headers: text that must be its value, `null` for one that must be absent. */
export type ExpectedHeaders = Readonly<Record<string, unknown>>;

export interface Expected {
  readonly values: Readonly<Partial<Record<Expectation, string>>>;
  readonly requestHeaders: ExpectedHeaders;
  readonly responseHeaders: ExpectedHeaders;
}

/** One line for each expectation that does not hold. */
export function failuresOf({ values, requestHeaders, responseHeaders }: Expected, { simulation, request, response }: SimulatedRun): string[] {
  const failures: string[] = [];
  for (const name of EXPECTATIONS) {
    const [expected, actual] = [values[name], valueOf(simulation, name)];
    if (expected !== undefined && expected !== actual) failures.push(`${name}: expected ${shown(expected)}, but it is ${shown(actual)}`);
  }
  for (const [side, wanted, block] of [["request", requestHeaders, request], ["response", responseHeaders, response]] as const) {
    for (const [name, expected] of Object.entries(wanted)) {
      const joined = block.joined(nameId(name));
      const actual = joined === null ? null : fromWire(joined);
      const wantedText = expected === null ? null : String(expected);
      if (actual !== wantedText) failures.push(`${side} header ${name}: expected ${wantedText === null ? "none" : shown(wantedText)}, but ${actual === null ? "there is none" : `it is ${shown(actual)}`}`);
    }
  }
  return failures;
}

function shown(text: string): string {
  return text === "" ? '""' : text;
}

/** `""` stands for "there is none". */
function valueOf(simulation: Simulation, name: Expectation): string {
  const { result } = simulation;
  switch (name) {
    case "cluster": return result.kind === "forward" || result.kind === "tcp" ? result.cluster : "";
    case "route": return simulation.route?.name ?? "";
    case "virtual_host": return simulation.virtual_host?.name ?? "";
    case "virtual_cluster": return simulation.virtual_cluster;
    case "path": return simulation.path;
    case "host": return simulation.host;
    case "redirect": return result.kind === "redirect" ? result.location : "";
    case "status": return "status" in result ? String(result.status) : "";
    case "body": return result.kind === "direct_response" ? result.body : "";
    case "listener": return simulation.listener?.name ?? "";
    case "filter_chain": return simulation.filter_chain?.name ?? "";
    case "endpoint": return simulation.endpoint?.address ?? "";
    default: return simulation.route_table?.name ?? "";
  }
}

/** What is wrong with a `name=value` of a flag, or undefined. */
export function expectationProblem(text: string): string | undefined {
  const at = text.indexOf("=");
  if (at < 1) return `"${text}" is not NAME=VALUE`;
  const name = text.slice(0, at);
  if ((EXPECTATIONS as readonly string[]).includes(name)) return undefined;
  const near = didYouMean(name, EXPECTATIONS);
  return `there is no expectation "${name}"${near === undefined ? `; there are ${EXPECTATIONS.join(", ")}` : `. Did you mean ${near}?`}`;
}

/** Expectations of flags, each `name=value`. */
export function expectedOf(texts: readonly string[]): Expected {
  const values = Object.fromEntries(texts.map((text) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)]));
  return { values, requestHeaders: {}, responseHeaders: {} };
}
