/** Sends one request through a route table, by the objects that route live traffic: prepare, filter, route, finalise. */
import { optionalMs } from "../base/duration.ts";
import { fromWire } from "../base/wire-text.ts";
import type { RequestView, RuntimeValue } from "../contract/request-view.ts";
import type { Origins } from "../diagnostics/origins.ts";
import { RouteLimits } from "../downstream/route-limits.ts";
import type { Rejection } from "../downstream/request-preparation.ts";
import { consumeRetryHeaders, takeAltName, takeAltResponse, takeStreamDuration } from "../forward/consumed-headers.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { isGrpc } from "../match/stream-matcher.ts";
import type { SocketAddress } from "../platform/address.ts";
import { explain, type Candidate, type Explanation } from "../router/explain.ts";
import { domainOf } from "../router/host-lookup.ts";
import type { RouteChoice } from "../router/route.ts";
import type { RouteTable } from "../router/route-table.ts";
import { type Outcome, simulate } from "../router/simulate.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { ClusterLoadAssignment } from "../schema/generated/envoy/config/endpoint/v3.ts";
import { ManagerEntry } from "./manager-entry.ts";
import { openTable } from "./open-table.ts";
import type { FoundTable } from "./route-tables.ts";
import { ReusableView, type SimulatedRequest } from "./simulated-request.ts";
import { endpointOf, hashText, mirrorsOf } from "./simulate-forwarding.ts";
import { descriptorsOf } from "./simulate-rate-limits.ts";
import { type FilterRun, SimulatedFilters } from "./simulate-filters.ts";
import { headerChanges, withLevels } from "./simulate-headers.ts";
import { caseHint } from "./simulate-case-hints.ts";
import { conditionHint, hintsFor, nearestMiss, portHint } from "./simulate-hints.ts";
import { preparationChanges, type PreparationChange, rejectionReason } from "./simulate-preparation.ts";
import { retriesInWords, timeoutsInWords } from "./simulate-words.ts";
import type { MatchedHost, Named, Result, SimulatedDraw, Simulation, TriedRoute } from "./simulation.ts";

/** A run and what it was about, for expectations and coverage. */
export interface SimulatedRun {
  readonly simulation: Simulation;
  readonly choice: RouteChoice | null;
  readonly request: HeaderBlock;
  readonly response: HeaderBlock;
}

export interface SimulatorFacts {
  /** Names of the clusters that exist; undefined where not all of them are known. */
  readonly clusters: ReadonlySet<string> | undefined;
  /** Those whose configuration is known, and endpoints that were given apart. */
  readonly clusterMessages: ReadonlyMap<string, Cluster>;
  readonly assignments: ReadonlyMap<string, ClusterLoadAssignment>;
  /** The values of the bootstrap's static layers. */
  readonly runtime: ReadonlyMap<string, RuntimeValue>;
  readonly serviceCluster: string;
  readonly nodeId: string;
}

export const NO_FACTS: SimulatorFacts = { clusters: undefined, clusterMessages: new Map(), assignments: new Map(), runtime: new Map(), serviceCluster: "", nodeId: "" };

/** What routing alone says of a request; good until the next one. */
export interface Verdict {
  choice: RouteChoice | null;
  rejection: Rejection | null;
}

const NOTHING_WRITTEN: Readonly<Record<string, never>> = {};
const UPGRADE_REFUSED: Rejection = { status: 403, details: "upgrade_failed" };

interface Prepared {
  readonly headers: HeaderBlock;
  readonly remote: SocketAddress;
  readonly internal: boolean;
  readonly rejection: Rejection | null;
  readonly changes: readonly PreparationChange[];
}

export class Simulator {
  readonly table: RouteTable;
  readonly #found: FoundTable;
  readonly #origins: Origins;
  readonly #facts: SimulatorFacts;
  readonly #entry: ManagerEntry;
  readonly #filters: SimulatedFilters;
  readonly #limits: RouteLimits;
  readonly #block = new HeaderBlock();
  readonly #view: ReusableView;
  readonly #verdict: Verdict = { choice: null, rejection: null };
  /** An object of the configuration by a name, with its place. */
  readonly named = (at: object, name: string, key?: string): Named => namedAt(this.#origins, at, name, key);

  constructor(found: FoundTable, origins: Origins, facts: SimulatorFacts) {
    this.#found = found;
    this.#origins = origins;
    this.#facts = facts;
    this.table = openTable(found.message);
    this.#entry = new ManagerEntry(found, this.table.level.internalOnlyHeaders, facts);
    this.#filters = new SimulatedFilters(found.manager, this.named);
    this.#limits = new RouteLimits(facts.serviceCluster);
    this.#view = new ReusableView(this.#block, facts.runtime);
  }

  /** Prepares, filters and routes, and nothing else: for many requests. The verdict is overwritten by the next call. */
  verdict(request: SimulatedRequest): Verdict {
    const headers = this.#block;
    const verdict = this.#verdict;
    headers.reset();
    this.#entry.arrive(headers, request);
    const { remote, rejection } = this.#entry.enter(headers, request);
    verdict.choice = null;
    verdict.rejection = rejection;
    if (rejection !== null) return verdict;
    this.#view.begin(request, remote.kind === "ip" ? remote.ip : request.sourceIp);
    if (this.#filters.some) {
      this.#view.metadata = this.#view.filterState = NOTHING_WRITTEN;
      verdict.rejection = this.#filters.decide(this.table, this.#view, verdict);
    } else verdict.choice = this.table.match(this.#view);
    if (this.#entry.refusedUpgrade(headers, verdict.choice) !== null) {
      verdict.choice = null;
      verdict.rejection = UPGRADE_REFUSED;
    }
    return verdict;
  }

  /** The headers as routes see them; null where the request is answered before. */
  prepared(request: SimulatedRequest): HeaderBlock | null {
    const { headers, rejection } = this.#prepare(request);
    return rejection === null ? headers : null;
  }

  /** Everything about one request. `explained`: with every candidate that was asked. */
  run(request: SimulatedRequest, explained = true): SimulatedRun {
    const prepared = this.#prepare(request);
    const { headers, rejection } = prepared;
    if (rejection !== null) return this.#rejected(request, prepared, rejection);
    const view = new ReusableView(headers, this.#facts.runtime).begin(request, addressText(prepared.remote));
    const before = explained && this.#filters.some ? explain(this.table, view) : undefined;
    const filters = this.#filters.run(this.table, view);
    const outcome = simulate(this.table, view, {
      stream: this.#entry.streamFacts(request, prepared.remote),
      machine: undefined, keepOriginals: !this.#filters.suppressesEnvoyHeaders, routerFilter: true, choice: filters.choice, standingMs: optionalMs(this.#found.manager?.common_http_protocol_options?.max_stream_duration) ?? 0,
    });
    if (outcome.choice?.kind === "forward") consumeSteering(outcome.request);
    const explanation = explained ? (filters.rerouted ? undefined : before) ?? explain(this.table, view) : undefined;
    const simulation = this.#report(request, prepared, view, outcome, explanation, filters);
    return { simulation, choice: outcome.choice, request: outcome.request, response: filters.answer ?? outcome.response };
  }

  #prepare(request: SimulatedRequest): Prepared {
    const before = new HeaderBlock();
    this.#entry.arrive(before, request);
    const headers = new HeaderBlock();
    headers.copyFrom(before);
    const { remote, internal, rejection } = this.#entry.enter(headers, request);
    const changes = rejection === null ? preparationChanges(before, headers, this.#entry.options, this.#entry.localPort(request)) : [];
    return { headers, remote, internal, rejection, changes };
  }

  #rejected(request: SimulatedRequest, prepared: Prepared, rejection: Rejection): SimulatedRun {
    const { status, location } = rejection;
    const arrived = new HeaderBlock();
    this.#entry.arrive(arrived, request);
    const reason = rejectionReason(rejection, arrived);
    const result: Result = { kind: "rejected", status, reason, ...(location === undefined ? {} : { location: fromWire(location) }) };
    const target = { path: fromWire(prepared.headers.path ?? ""), host: fromWire(prepared.headers.authority ?? "") };
    return { simulation: { ...NOTHING, ...target, route_table: this.#tableName(), result }, choice: null, request: prepared.headers, response: HeaderBlock.of([[":status", String(status)]]) };
  }

  #tableName(): Named {
    return this.named(this.#found.message, this.#found.name);
  }

  #report(request: SimulatedRequest, prepared: Prepared, view: RequestView, outcome: Outcome, explanation: Explanation | undefined, filters: FilterRun): Simulation {
    const { choice, timeouts } = outcome;
    const plan = choice?.route?.forward;
    const miss = choice === null && explanation !== undefined ? nearestMiss(explanation.candidates, view) : undefined;
    const upgrade = this.#entry.refusedUpgrade(view.headers, choice);
    const refused: Result | undefined = upgrade === null ? undefined : { kind: "rejected", status: 403, reason: `no upgrade_configs of the route or the connection manager allow ${upgrade}` };
    const result = refused ?? filters.result ?? this.#result(outcome, view);
    const cluster = result.kind === "forward" ? result.cluster : undefined;
    const hash = cluster === undefined ? undefined : hashText(plan, view);
    return {
      ...NOTHING, route_table: this.#tableName(),
      preparation: prepared.changes, client: { address: addressText(prepared.remote), internal: prepared.internal },
      virtual_host: this.#matchedHost(view), virtual_cluster: outcome.virtualCluster,
      route: choice?.route === undefined ? undefined : this.named(choice.route.message, choice.route.name),
      result, draw: this.#draw(choice, view),
      path: fromWire(outcome.request.path ?? ""), host: fromWire(outcome.request.authority ?? ""),
      request_headers: choice?.kind === "forward" ? [...filters.requestHeaders, ...withLevels(withoutTarget(headerChanges(view.headers, outcome.request)), choice, "request")] : [],
      response_headers: choice === null ? [] : withLevels(responseChanges(outcome), choice, "response"),
      timeouts: plan === undefined || timeouts === undefined ? undefined : timeoutsInWords(plan, timeouts),
      retries: plan === undefined ? undefined : retriesInWords(plan.retry, view.headers),
      hash, endpoint: cluster === undefined ? undefined : endpointOf(cluster, this.#facts, hash === undefined ? null : BigInt(hash)),
      rate_limits: descriptorsOf(this.#limits, choice, view),
      mirrors: cluster === undefined ? [] : mirrorsOf(plan, view), filters: filters.filters,
      candidates: (explanation?.candidates ?? []).map((candidate) => this.#tried(candidate)),
      nearest_miss: miss === undefined ? undefined : this.#tried(miss),
      hints: explanation === undefined ? [] : this.#hints(view, explanation, miss),
      notes: [...this.#notes(request, choice), ...(result.kind !== "forward" && isGrpc(view.headers) ? ["the request is gRPC: what is answered here goes out with status 200 and a grpc-status"] : [])],
    };
  }

  #matchedHost({ headers }: RequestView): MatchedHost | undefined {
    const host = this.table.virtualHost(headers)?.level;
    if (host === undefined) return undefined;
    const domains = host.message.domains ?? [];
    const found = domainOf(domains, this.table.lookedUpHost(headers) ?? "");
    return { ...this.named(host.message, host.name), ...(found === undefined ? {} : { domain: domains[found.index] ?? "", rule: found.rule }) };
  }

  #hints(view: RequestView, explanation: Explanation, miss: Candidate | undefined): string[] {
    const { choice, host } = explanation;
    if (choice !== null) return [host === null ? undefined : portHint(this.table, view, host)].filter((hint) => hint !== undefined);
    const hints = hintsFor(this.table, view, explanation);
    const odd = miss === undefined ? undefined : conditionHint(miss.route);
    const letters = miss === undefined || hints.length > 0 ? undefined : caseHint(this.table, view, miss);
    return [...hints, ...[odd, letters].filter((hint) => hint !== undefined)];
  }

  #result({ choice, answer }: Outcome, view: RequestView): Result {
    if (choice === null) return { kind: "no_route", status: 404, reason: this.#whyNone(view) };
    if (answer !== undefined) {
      if (choice.kind === "redirect") return { kind: "redirect", status: answer.status, location: fromWire(answer.location ?? "") };
      return { kind: "direct_response", status: answer.status, body: fromWire(answer.body), ...(answer.location === undefined ? {} : { location: fromWire(answer.location) }) };
    }
    return forwardOr503(choice, this.#facts);
  }

  #whyNone(view: RequestView): string {
    const host = this.table.lookedUpHost(view.headers);
    const virtualHost = this.table.virtualHost(view.headers);
    if (virtualHost === undefined) return host === null ? "the request has no host to look up" : `no virtual host has a domain for ${JSON.stringify(fromWire(host))}`;
    if (virtualHost.gate(view.headers) === "no x-forwarded-proto") return "the request has no x-forwarded-proto";
    const candidates = virtualHost.candidates(view).length;
    if (candidates === 0) return "the virtual host has no routes";
    return candidates === 1 ? "the only route of the virtual host does not match" : `none of the ${candidates} routes of the virtual host matches`;
  }

  #draw(choice: RouteChoice | null, view: RequestView): SimulatedDraw | undefined {
    const draw = choice?.route?.forward?.clusters.draw?.(view);
    if (draw === undefined) return undefined;
    const shares = draw.shares.map(({ entry, end }, at) => ({ cluster: entry.message.name || `(header ${entry.message.cluster_header ?? ""})`, weight: end - (draw.shares[at - 1]?.end ?? 0) }));
    return { random: String(draw.random), from: draw.from, value: draw.value, total: draw.shares.at(-1)?.end ?? 0, shares };
  }

  #tried({ route, failed }: Candidate): TriedRoute {
    const name = this.named(route.message, route.name);
    if (failed === undefined) return { ...name, matched: true };
    return { ...name, matched: false, condition: failed.condition, because: failed.because, place: this.named(failed.at, "", failed.key) };
  }

  #notes(request: SimulatedRequest, choice: RouteChoice | null): string[] {
    const body = choice?.route?.message.direct_response?.body;
    return [
      ...(/[^\0-\x7f]/.test(request.path ?? "") ? ["the path holds characters beyond ASCII: over HTTP/1 Envoy answers 400; clients send them as %XX"] : []),
      ...(this.#found.manager === undefined ? ["no connection manager is known: its defaults are taken for what happens before routing"] : []),
      ...(choice?.route?.forward?.clusters.draw !== undefined && request.random === 0n ? ["the cluster is drawn by --random, which is 0"] : []),
      ...(body?.filename === undefined ? [] : [`the body comes from the file ${body.filename}, which is not read`]),
      ...(body?.environment_variable === undefined ? [] : [`the body comes from the environment variable ${body.environment_variable}, which is not read`]),
      ...(choice?.route?.forward?.autoHostRewrite === true ? ["auto_host_rewrite: the host becomes that of the chosen endpoint"] : []),
    ];
  }

}

/** An object of the configuration by a name, with its place. */
export function namedAt(origins: Origins, at: object, name: string, key?: string): Named {
  const span = origins.find(at, key)?.span;
  if (span === undefined) return { name };
  const { line, column } = span.source.lines.locate(span.start);
  return { name, file: span.source.name, line, column };
}

/** The headers by which a client steers the router do not go on. */
function consumeSteering(headers: HeaderBlock): void {
  consumeRetryHeaders(headers);
  takeAltName(headers);
  takeAltResponse(headers);
  takeStreamDuration(headers);
}

/** A simulation that has nothing to tell yet. */
export const NOTHING: Simulation = {
  listener: undefined, filter_chain: undefined, route_table: undefined, scope: undefined, preparation: [], client: undefined, virtual_host: undefined, virtual_cluster: "",
  route: undefined, result: { kind: "closed", reason: "" }, draw: undefined, path: "", host: "", request_headers: [], response_headers: [], timeouts: undefined,
  retries: undefined, hash: undefined, endpoint: undefined, mirrors: [], rate_limits: [], filters: [], candidates: [], nearest_miss: undefined, hints: [], notes: [],
};

/** What a choice that forwards comes to: its cluster, or the answer where there is no such cluster. */
export function forwardOr503(choice: RouteChoice, { clusters }: Pick<SimulatorFacts, "clusters">): Result {
  const cluster = fromWire(choice.cluster);
  if (clusters === undefined ? cluster !== "" : clusters.has(cluster)) return { kind: "forward", cluster };
  const status = choice.route?.forward?.clusterNotFoundStatus ?? 503;
  return { kind: "rejected", status, reason: cluster === "" ? "the route chooses no cluster" : `there is no cluster ${cluster}` };
}

function addressText(address: SocketAddress): string {
  return address.kind === "ip" ? address.ip : address.path;
}

/** Path and host are shown on their own. */
function withoutTarget<T extends { readonly name: string }>(changes: readonly T[]): T[] {
  return changes.filter(({ name }) => name !== ":path" && name !== ":authority");
}

/** What the route does to the response; what makes up an answer of its own is shown on its own. */
function responseChanges({ answer, response }: Outcome): ReturnType<typeof headerChanges> {
  const plain = new HeaderBlock();
  plain.kind = response.kind;
  const own = answer === undefined ? [":status"] : [":status", "content-length", "content-type", "location"];
  return headerChanges(plain, response).filter(({ name }) => !own.includes(name));
}
