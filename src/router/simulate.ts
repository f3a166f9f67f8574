/**
 * What a route table does with one request, without a network: route, finalise, and the response's own headers. The request's
 * headers are those at the moment of routing; a copy of them is changed. Tools and tests use the same function.
 */
import { HeaderBlock } from "../http/header-block.ts";
import { CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RESPONSE, STATUS } from "../http/names.ts";
import type { MachineFacts, StreamInfo } from "../match/format/format-context.ts";
import type { RequestView } from "../contract/request-view.ts";
import { isGrpc } from "../match/stream-matcher.ts";
import { finaliseRequest, finaliseResponse, ownAnswer } from "./finalise.ts";
import type { OwnAnswer } from "./finalise.ts";
import { virtualClusterIn, virtualClusterOf } from "./host-level.ts";
import type { RouteChoice } from "./route.ts";
import type { RouteTable } from "./route-table.ts";
import { simulatedContext, simulatedStream } from "./simulated-stream.ts";
import type { VirtualHost } from "./virtual-host.ts";
import { consumeTimeoutHeaders, expectTimeout, streamDuration, timeoutsOf } from "./timeouts.ts";
import type { RequestTimeouts } from "./timeouts.ts";

export interface SimulateOptions {
  /** What a format string may print of the stream. */
  readonly stream: Partial<StreamInfo>;
  readonly machine: MachineFacts | undefined;
  /** Leave `x-envoy-original-path` and `-host`. */
  readonly keepOriginals: boolean;
  /** Do what the router filter does with timeout headers, and give an own answer its `location`; router_check_tool does neither. */
  readonly routerFilter: boolean;
  /** What the upstream answers; in an answer of its own, what stands there before. By default `:status: 200` alone. */
  readonly response?: HeaderBlock;
  /** The route that was chosen before filters changed the request; absent: it is chosen by the headers as they are. */
  readonly choice?: RouteChoice | null;
  /** The connection manager's `max_stream_duration`, ms; 0 or absent: none. */
  readonly standingMs?: number;
  /** The port that host normalisation took from a CONNECT request. */
  readonly connectPort?: string;
}

export interface Outcome {
  /** `null`: no route, a 404. */
  readonly choice: RouteChoice | null;
  /** The virtual host, found even where no route is. */
  readonly virtualHost: string | undefined;
  readonly virtualCluster: string;
  /** The request as it would be forwarded. */
  readonly request: HeaderBlock;
  /** The response's headers after the route's mutations. */
  readonly response: HeaderBlock;
  readonly answer: OwnAnswer | undefined;
  readonly timeouts: RequestTimeouts | undefined;
}

function setTimeoutHeaders(choice: RouteChoice, headers: HeaderBlock, { keepOriginals, standingMs = 0 }: SimulateOptions): RequestTimeouts | undefined {
  const plan = choice.route?.forward;
  if (plan === undefined) return undefined;
  if (plan.timeouts.usesStreamDuration) streamDuration(plan.timeouts, headers, standingMs);
  const timeouts = timeoutsOf(plan.timeouts, plan.retry, plan.hedgeOnPerTryTimeout, headers, false);
  consumeTimeoutHeaders(headers, false);
  expectTimeout(timeouts, plan.timeouts, headers, 0, isGrpc(headers), keepOriginals);
  return timeouts;
}

function responseOf(answer: OwnAnswer | undefined, options: SimulateOptions): HeaderBlock {
  const response = new HeaderBlock();
  response.kind = RESPONSE;
  if (options.response !== undefined) response.copyFrom(options.response);
  else response.set(STATUS, "200");
  if (answer === undefined) return response;
  response.set(STATUS, String(answer.status));
  if (answer.body !== "") {
    response.set(CONTENT_LENGTH, String(answer.body.length));
    response.set(CONTENT_TYPE, answer.contentType);
  }
  if (answer.location !== undefined && options.routerFilter) response.set(LOCATION, answer.location);
  return response;
}

/** Envoy mutates its own answers before their code is noted. */
function responseFacts({ cluster }: RouteChoice, answer: OwnAnswer | undefined): Partial<StreamInfo> {
  if (answer !== undefined) return { responseCode: 0, responseCodeDetails: "direct_response" };
  return { responseCode: 200, responseCodeDetails: "via_upstream", upstreamCluster: cluster };
}

/** The router filter knows the clusters before it changes the request; router_check_tool has none. */
function upstreamFacts(choice: RouteChoice | null, virtualCluster: string | null, { routerFilter }: SimulateOptions): Partial<StreamInfo> {
  if (!routerFilter || choice?.kind !== "forward") return {};
  return { upstreamCluster: choice.cluster, virtualClusterName: virtualCluster };
}

/** What stands for all others has no name here. */
function namedVirtualCluster(host: VirtualHost | undefined, { headers }: RequestView): string | null {
  const found = host === undefined ? null : virtualClusterIn(host.level, headers);
  return found === null || found.catchAll ? null : found.name;
}

export function simulate(table: RouteTable, view: RequestView, options: SimulateOptions): Outcome {
  const choice = options.choice === undefined ? table.match(view) : options.choice;
  const host = table.virtualHost(view.headers);
  const request = new HeaderBlock();
  request.copyFrom(view.headers);
  const virtualCluster = host === undefined ? "" : virtualClusterOf(host.level, view.headers);
  const facts: Partial<StreamInfo> = {
    dynamicMetadata: view.metadata, filterState: view.filterState, routeName: choice?.route?.name ?? null,
    routeMetadata: choice?.route?.message.metadata?.filter_metadata ?? null, virtualHostMetadata: choice?.host.message.metadata?.filter_metadata ?? null,
    ...upstreamFacts(choice, namedVirtualCluster(host, view), options), ...options.stream,
  };
  const context = simulatedContext(simulatedStream(facts), request, null, options.machine);
  if (choice === null) return { choice, virtualHost: host?.level.name, virtualCluster, request, response: responseOf(undefined, options), answer: undefined, timeouts: undefined };
  const timeouts = options.routerFilter ? setTimeoutHeaders(choice, request, options) : undefined;
  const answer = ownAnswer(choice, request, context, options.keepOriginals);
  if (choice.kind === "forward") finaliseRequest(choice, request, context, { keepOriginals: options.keepOriginals, connectPort: options.connectPort });
  const response = responseOf(answer, options);
  const stream = simulatedStream({ ...facts, ...responseFacts(choice, answer) });
  finaliseResponse(choice, response, simulatedContext(stream, request, response, options.machine));
  return { choice, virtualHost: host?.level.name, virtualCluster, request, response, answer, timeouts };
}
