/** Sends one request through a configuration, by the objects that route live traffic: prepare, route, finalise. */
import { fromWire } from "../base/wire-text.ts";
import type { RequestView } from "../contract/request-view.ts";
import { socketAddressOf } from "../contract/socket-address.ts";
import type { Origins } from "../diagnostics/origins.ts";
import { preparationOptions } from "../downstream/manager-plan.ts";
import { checkRequest, mutateRequest, type PreparationOptions, type Rejection } from "../downstream/request-preparation.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { formatAddress, ipAddress, type SocketAddress } from "../platform/address.ts";
import { explain, type Candidate, type Explanation } from "../router/explain.ts";
import { domainOf, type DomainRule } from "../router/host-lookup.ts";
import type { RouteChoice } from "../router/route.ts";
import type { RouteTable } from "../router/route-table.ts";
import { type Outcome, simulate } from "../router/simulate.ts";
import type { HttpConnectionManager } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import { openTable } from "./open-table.ts";
import type { FoundTable } from "./route-tables.ts";
import { arrivingHeaders, type SimulatedRequest, viewOf } from "./simulated-request.ts";
import { headerChanges, type RouteHeaderChange, withLevels } from "./simulate-headers.ts";
import { conditionHint, hintsFor, nearestMiss, portHint } from "./simulate-hints.ts";
import { preparationChanges, type PreparationChange, rejectionReason } from "./simulate-preparation.ts";
import { retriesInWords, type SimulatedRetries, type SimulatedTimeouts, timeoutsInWords } from "./simulate-words.ts";

/** Something with a name and, if it was read from a file, a place. */
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
  | { readonly kind: "no_route"; readonly status: 404; readonly reason: string }
  /** The connection manager or the router filter answers. */
  | { readonly kind: "rejected"; readonly status: number; readonly reason: string; readonly location?: string };

export interface MatchedHost extends Named {
  /** The domain that fits, and how; absent where the request has no host. */
  readonly domain?: string;
  readonly rule?: DomainRule;
}

export interface TriedRoute extends Named {
  readonly matched: boolean;
  /** Of a route that did not match: the first condition that failed, the compared value, and where the condition stands. */
  readonly condition?: string;
  readonly because?: string;
  readonly place?: Named;
}

/** How a weighted choice fell out. */
export interface SimulatedDraw {
  readonly random: string;
  readonly from: string;
  readonly value: number;
  readonly total: number;
  readonly shares: readonly { readonly cluster: string; readonly weight: number }[];
}

/** Everything about one simulated request, plain JSON. */
export interface Simulation {
  readonly listener: (Named & { readonly address?: string }) | undefined;
  readonly filter_chain: string | undefined;
  readonly route_table: Named;
  /** Changes before routing. */
  readonly preparation: readonly PreparationChange[];
  readonly client: { readonly address: string; readonly internal: boolean } | undefined;
  readonly virtual_host: MatchedHost | undefined;
  readonly virtual_cluster: string;
  readonly route: Named | undefined;
  readonly result: Result;
  readonly draw: SimulatedDraw | undefined;
  /** As forwarded. */
  readonly path: string;
  readonly host: string;
  readonly request_headers: readonly RouteHeaderChange[];
  readonly response_headers: readonly RouteHeaderChange[];
  readonly timeouts: SimulatedTimeouts | undefined;
  readonly retries: SimulatedRetries | undefined;
  /** Routes in the order in which they were asked. */
  readonly candidates: readonly TriedRoute[];
  readonly nearest_miss: TriedRoute | undefined;
  readonly hints: readonly string[];
  /** What a simulation cannot know. */
  readonly notes: readonly string[];
}

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
  readonly serviceCluster: string;
  readonly nodeId: string;
}

/** An id that says it is made up. */
const REQUEST_ID = "00000000-0000-4000-8000-000000000000";
const ROUTER = "envoy.extensions.filters.http.router.v3.Router";

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
  readonly #options: PreparationOptions;
  readonly #facts: SimulatorFacts;

  constructor(found: FoundTable, origins: Origins, facts: SimulatorFacts) {
    this.#found = found;
    this.#origins = origins;
    this.#facts = facts;
    this.table = openTable(found.message);
    const { serviceCluster, nodeId } = facts;
    this.#options = preparationOptions(found.manager ?? {}, { listenerPrefix: "", bufferLimit: 0, serviceCluster, nodeId }, { report: () => undefined });
  }

  run(request: SimulatedRequest): SimulatedRun {
    const prepared = this.#prepare(request);
    const { headers, rejection } = prepared;
    if (rejection !== null) return this.#rejected(request, prepared, rejection);
    const view = viewOf(request, headers, addressText(prepared.remote));
    const outcome = simulate(this.table, view, {
      stream: { downstreamRemoteAddress: formatAddress(prepared.remote), downstreamDirectRemoteAddress: `${request.sourceIp}:0` },
      machine: undefined, keepOriginals: !this.#suppressed(), routerFilter: true,
    });
    const explanation = explain(this.table, view);
    return { simulation: this.#report(request, prepared, view, outcome, explanation), choice: outcome.choice, request: outcome.request, response: outcome.response };
  }

  #prepare(request: SimulatedRequest): Prepared {
    const before = arrivingHeaders(request);
    const headers = new HeaderBlock();
    headers.copyFrom(before);
    const peer = ipAddress(request.sourceIp, 0);
    const local = this.#localAddress(request);
    const localPort = local.kind === "ip" ? local.port : 0;
    const rejection = checkRequest(headers, this.#options, localPort);
    if (rejection !== null) return { headers, remote: peer, internal: false, rejection, changes: [] };
    const facts = { remote: peer, local, secure: request.scheme === "https", machineAddress: null };
    const { remote, internal } = mutateRequest(headers, facts, this.#options, this.table.level.internalOnlyHeaders, () => REQUEST_ID);
    return { headers, remote, internal, rejection, changes: preparationChanges(before, headers, this.#options, localPort) };
  }

  #localAddress(request: SimulatedRequest): SocketAddress {
    const address = socketAddressOf(this.#found.owner?.address);
    return address ?? ipAddress("127.0.0.1", request.port ?? (request.scheme === "https" ? 443 : 80));
  }

  #suppressed(): boolean {
    const router = (this.#found.manager?.http_filters ?? []).find((filter) => isRouter(filter.typed_config));
    return (router?.typed_config as { readonly suppress_envoy_headers?: boolean } | undefined)?.suppress_envoy_headers === true;
  }

  #rejected(request: SimulatedRequest, prepared: Prepared, rejection: Rejection): SimulatedRun {
    const { status, location } = rejection;
    const reason = rejectionReason(rejection, arrivingHeaders(request));
    const result: Result = { kind: "rejected", status, reason, ...(location === undefined ? {} : { location: fromWire(location) }) };
    const simulation: Simulation = {
      ...this.#where(), preparation: [], client: undefined, virtual_host: undefined, virtual_cluster: "", route: undefined, result, draw: undefined,
      path: fromWire(prepared.headers.path ?? ""), host: fromWire(prepared.headers.authority ?? ""), request_headers: [], response_headers: [],
      timeouts: undefined, retries: undefined, candidates: [], nearest_miss: undefined, hints: [], notes: [],
    };
    return { simulation, choice: null, request: prepared.headers, response: HeaderBlock.of([[":status", String(status)]]) };
  }

  #where(): Pick<Simulation, "listener" | "filter_chain" | "route_table"> {
    const { owner, message, name, filterChain } = this.#found;
    const address = socketAddressOf(owner?.address);
    const listener = owner === undefined ? undefined : { ...this.named(owner, owner.name ?? ""), ...(address === null ? {} : { address: formatAddress(address) }) };
    return { listener, filter_chain: filterChain, route_table: this.named(message, name) };
  }

  #report(request: SimulatedRequest, prepared: Prepared, view: RequestView, outcome: Outcome, explanation: Explanation): Simulation {
    const { choice, timeouts } = outcome;
    const host = explanation.virtualHost?.level;
    const plan = choice?.route?.forward;
    const result = this.#result(outcome, explanation);
    const miss = choice === null ? nearestMiss(explanation.candidates, view) : undefined;
    return {
      ...this.#where(),
      preparation: prepared.changes, client: { address: addressText(prepared.remote), internal: prepared.internal },
      virtual_host: host === undefined ? undefined : { ...this.named(host.message, host.name), ...domain(host.message.domains ?? [], explanation.host) },
      virtual_cluster: outcome.virtualCluster,
      route: choice?.route === undefined ? undefined : this.named(choice.route.message, choice.route.name),
      result, draw: this.#draw(choice, view),
      path: fromWire(outcome.request.path ?? ""), host: fromWire(outcome.request.authority ?? ""),
      request_headers: choice?.kind === "forward" ? withLevels(withoutTarget(headerChanges(view.headers, outcome.request)), choice, "request") : [],
      response_headers: choice === null ? [] : withLevels(responseChanges(outcome), choice, "response"),
      timeouts: plan === undefined || timeouts === undefined ? undefined : timeoutsInWords(plan, timeouts),
      retries: plan === undefined ? undefined : retriesInWords(plan),
      candidates: explanation.candidates.map((candidate) => this.#tried(candidate)),
      nearest_miss: miss === undefined ? undefined : this.#tried(miss),
      hints: this.#hints(view, explanation, miss),
      notes: this.#notes(request, choice),
    };
  }

  #hints(view: RequestView, explanation: Explanation, miss: Candidate | undefined): string[] {
    const { choice, host } = explanation;
    if (choice !== null) return [host === null ? undefined : portHint(this.table, view, host)].filter((hint) => hint !== undefined);
    const odd = miss === undefined ? undefined : conditionHint(miss.route);
    return [...hintsFor(this.table, view, explanation), ...(odd === undefined ? [] : [odd])];
  }

  #result({ choice, answer }: Outcome, explanation: Explanation): Result {
    if (choice === null) return { kind: "no_route", status: 404, reason: whyNone(explanation) };
    if (answer !== undefined) {
      if (choice.kind === "redirect") return { kind: "redirect", status: answer.status, location: fromWire(answer.location ?? "") };
      return { kind: "direct_response", status: answer.status, body: fromWire(answer.body) };
    }
    const { clusters } = this.#facts;
    const cluster = fromWire(choice.cluster);
    if (clusters === undefined ? cluster !== "" : clusters.has(cluster)) return { kind: "forward", cluster };
    const status = choice.route?.forward?.clusterNotFoundStatus ?? 503;
    return { kind: "rejected", status, reason: cluster === "" ? "the route chooses no cluster" : `there is no cluster ${cluster}` };
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
    const { manager } = this.#found;
    const filters = otherFilters(manager);
    const body = choice?.route?.message.direct_response?.body;
    return [
      ...(manager === undefined ? ["no connection manager is known: its defaults are taken for what happens before routing"] : []),
      ...(filters.length > 0 ? [`filters are not run: ${filters.join(", ")}`] : []),
      ...(choice?.route?.forward?.clusters.draw !== undefined && request.random === 0n ? ["the cluster is drawn by --random, which is 0"] : []),
      ...(body?.filename === undefined ? [] : [`the body comes from the file ${body.filename}, which is not read`]),
      ...(body?.environment_variable === undefined ? [] : [`the body comes from the environment variable ${body.environment_variable}, which is not read`]),
      ...(choice?.route?.forward?.autoHostRewrite === true ? ["auto_host_rewrite: the host becomes that of the chosen endpoint"] : []),
    ];
  }

  /** An object of the configuration by a name, with its place. */
  named(at: object, name: string, key?: string): Named {
    const span = this.#origins.find(at, key)?.span;
    if (span === undefined) return { name };
    const { line, column } = span.source.lines.locate(span.start);
    return { name, file: span.source.name, line, column };
  }
}

function isRouter(config: { readonly "@type"?: string } | undefined): boolean {
  return config?.["@type"]?.endsWith(`/${ROUTER}`) === true;
}

function otherFilters(manager: HttpConnectionManager | undefined): string[] {
  return (manager?.http_filters ?? []).filter((filter) => !isRouter(filter.typed_config)).map((filter) => filter.name ?? "");
}

function addressText(address: SocketAddress): string {
  return address.kind === "ip" ? address.ip : address.path;
}

function domain(domains: readonly string[], host: string | null): Pick<MatchedHost, "domain" | "rule"> {
  const found = domainOf(domains, host ?? "");
  return found === undefined ? {} : { domain: domains[found.index] ?? "", rule: found.rule };
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

function whyNone({ host, virtualHost, gate, candidates }: Explanation): string {
  if (virtualHost === undefined) return host === null ? "the request has no host to look up" : `no virtual host has a domain for ${JSON.stringify(fromWire(host))}`;
  if (gate === "no x-forwarded-proto") return "the request has no x-forwarded-proto";
  if (candidates.length === 0) return "the virtual host has no routes";
  return candidates.length === 1 ? "the only route of the virtual host does not match" : `none of the ${candidates.length} routes of the virtual host matches`;
}
