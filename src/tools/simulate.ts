import { fromWire, toWire } from "../base/wire-text.ts";
import type { RuntimeValue } from "../contract/request-view.ts";
import { HeaderBlock } from "../http/header-block.ts";
import type { Origins } from "../diagnostics/origins.ts";
import { explain, type Explanation } from "../router/explain.ts";
import { NO_SOURCES } from "../router/direct-response.ts";
import type { RouteChoice } from "../router/route.ts";
import { compileRouteTable, type RouteTable } from "../router/route-table.ts";
import { type Outcome, simulate } from "../router/simulate.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import type { FoundTable } from "./route-tables.ts";

/** A request as it is at the moment of routing. */
export interface SimulatedRequest {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly scheme: "http" | "https";
  /** In order; a name may stand several times. */
  readonly headers: readonly (readonly [string, string])[];
  readonly sourceIp: string;
  readonly runtime: ReadonlyMap<string, RuntimeValue>;
  readonly random: bigint;
}

/** A place in a file, and what stands there. */
export interface Named {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** What becomes of the request. */
export type Result =
  | { readonly kind: "forward"; readonly cluster: string }
  | { readonly kind: "redirect"; readonly status: number; readonly location: string }
  | { readonly kind: "direct_response"; readonly status: number; readonly body: string }
  | { readonly kind: "no_route"; readonly status: 404; readonly reason: string };

export interface HeaderChange {
  readonly op: "set" | "added" | "removed";
  readonly name: string;
  readonly value: string;
}

export interface RejectedRoute extends Named {
  readonly condition: string;
  readonly because: string;
  readonly place: Named;
}

/** Everything about one simulated request, plain JSON. Times are milliseconds; 0 is no limit. */
export interface Simulation {
  readonly listener: string | undefined;
  readonly filter_chain: string | undefined;
  readonly route_table: Named;
  readonly virtual_host: Named | undefined;
  readonly route: Named | undefined;
  readonly result: Result;
  readonly path: string;
  readonly host: string;
  readonly request_headers: readonly HeaderChange[];
  readonly response_headers: readonly HeaderChange[];
  readonly timeout_ms: number | undefined;
  readonly per_try_timeout_ms: number | undefined;
  readonly retries: { readonly on: readonly string[]; readonly count: number } | undefined;
  readonly rejected: readonly RejectedRoute[];
}

/** Sends a request through a route table, by the objects that route live traffic. */
export class Simulator {
  readonly #table: RouteTable;
  readonly #found: FoundTable;
  readonly #origins: Origins;

  constructor(found: FoundTable, origins: Origins) {
    this.#found = found;
    this.#origins = origins;
    this.#table = openTable(found.message);
  }

  run(request: SimulatedRequest): Simulation {
    const headers = headersOf(request);
    const view = {
      headers, random: request.random, runtime: { get: (key: string) => request.runtime.get(key) }, remoteIp: request.sourceIp,
      peer: request.scheme === "https" ? { presented: false, validated: false } : undefined, metadata: {}, filterState: {},
    };
    const outcome = simulate(this.#table, view, { stream: { downstreamRemoteAddress: `${request.sourceIp}:0` }, machine: undefined, keepOriginals: true, timeoutHeaders: true });
    const explanation = explain(this.#table, view);
    const { choice, timeouts } = outcome;
    const host = explanation.virtualHost?.level;
    const retry = choice?.route?.forward?.retry;
    return {
      listener: this.#found.listener, filter_chain: this.#found.filterChain,
      route_table: this.#named(this.#found.message, this.#found.name),
      virtual_host: host === undefined ? undefined : this.#named(host.message, host.name),
      route: choice?.route === undefined ? undefined : this.#named(choice.route.message, choice.route.name),
      result: resultOf(outcome, explanation),
      path: fromWire(outcome.request.path ?? ""), host: fromWire(outcome.request.authority ?? ""),
      request_headers: changes(headers, outcome.request), response_headers: responseChanges(outcome),
      timeout_ms: timeouts?.global, per_try_timeout_ms: timeouts?.perTry,
      retries: retry === undefined || retry.retryOn.size === 0 ? undefined : { on: [...retry.retryOn].map(String), count: retry.numRetries },
      rejected: this.#rejected(explanation),
    };
  }

  #rejected({ candidates }: Explanation): RejectedRoute[] {
    return candidates.flatMap(({ route, failed }) => {
      if (failed === undefined) return [];
      const { condition, because, at, key } = failed;
      return [{ ...this.#named(route.message, route.name), condition, because, place: this.#named(at, "", key) }];
    });
  }

  #named(at: object, name: string, key?: string): Named {
    const span = this.#origins.find(at, key)?.span;
    if (span === undefined) return { name };
    const { line, column } = span.source.lines.locate(span.start);
    return { name, file: span.source.name, line, column };
  }
}

/** A table for questions: what is wrong with it is not reported again, and clusters need not exist. */
export function openTable(message: RouteConfiguration): RouteTable {
  return compileRouteTable(message, { diagnostics: { report: () => undefined }, sources: NO_SOURCES, hasCluster: undefined, validateClusters: false });
}

function headersOf({ method, path, host, scheme, headers }: SimulatedRequest): HeaderBlock {
  const given = headers.map(([name, value]) => [name.toLowerCase(), toWire(value)] as const);
  const protocol = given.some(([name]) => name === "x-forwarded-proto") ? [] : [["x-forwarded-proto", scheme] as const];
  return HeaderBlock.of([[":method", method], [":authority", toWire(host)], [":scheme", scheme], [":path", toWire(path)], ...protocol, ...given]);
}

function resultOf({ choice, answer }: Outcome, explanation: Explanation): Result {
  if (choice === null) return { kind: "no_route", status: 404, reason: whyNone(explanation) };
  if (answer === undefined) return { kind: "forward", cluster: choice.cluster };
  if (choice.kind === "redirect") return { kind: "redirect", status: answer.status, location: fromWire(answer.location ?? "") };
  return { kind: "direct_response", status: answer.status, body: fromWire(answer.body) };
}

function whyNone({ host, virtualHost, gate, candidates }: Explanation): string {
  if (virtualHost === undefined) return `no virtual host has a domain for ${JSON.stringify(host ?? "")}`;
  if (gate === "no x-forwarded-proto") return "the request has no x-forwarded-proto";
  return candidates.length === 0 ? "the virtual host has no routes" : `none of the ${candidates.length} routes of the virtual host matches`;
}

/** How one block became the other, without the path and host, which are shown on their own. */
function changes(before: HeaderBlock, after: HeaderBlock): HeaderChange[] {
  const [old, now] = [entriesOf(before), entriesOf(after)];
  const found: HeaderChange[] = [];
  for (const [name, values] of old) {
    const left = now.get(name);
    if (left === undefined) found.push({ op: "removed", name, value: values.join(", ") });
    else if (values.join("\n") !== left.join("\n")) found.push(...edited(name, values, left));
  }
  for (const [name, values] of now) if (!old.has(name)) for (const value of values) found.push({ op: "set", name, value });
  return found;
}

function edited(name: string, old: readonly string[], now: readonly string[]): HeaderChange[] {
  if (old.every((value, index) => now[index] === value)) return now.slice(old.length).map((value) => ({ op: "added", name, value }));
  return now.map((value) => ({ op: "set", name, value }));
}

function entriesOf(block: HeaderBlock): Map<string, string[]> {
  const entries = new Map<string, string[]>();
  block.forEach((name, value) => {
    if (name === ":path" || name === ":authority") return;
    const values = entries.get(name);
    if (values === undefined) entries.set(name, [fromWire(value)]);
    else values.push(fromWire(value));
  });
  return entries;
}

/** What the route does to a response that had nothing but its status. */
function responseChanges({ choice, answer, response }: { readonly choice: RouteChoice | null; readonly answer: unknown; readonly response: HeaderBlock }): HeaderChange[] {
  if (choice === null) return [];
  const own = answer === undefined ? [] : ["content-length", "content-type", "location"];
  return [...entriesOf(response)].filter(([name]) => name !== ":status" && !own.includes(name)).flatMap(([name, values]) => values.map((value) => ({ op: "set" as const, name, value })));
}
