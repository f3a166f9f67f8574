/**
 * One forwarded request: the terminal filter's work (Envoy's router filter, envoy-semantics 9 and 10). Route, cluster, final
 * headers, host, pool; then bytes both ways with push-back, the response's own headers, timeouts, and every way it can end.
 *
 *     decodeHeaders ──> finalise ──> choose host ──> pool ──> UpstreamStream
 *     handle.encode… <── onHeaders/onData/onTrailers <──────────┘
 */
import type { Cluster } from "../contract/cluster.ts";
import type { Env } from "../contract/env.ts";
import type { Host } from "../contract/host.ts";
import { type HttpFilter, type LocalReply, StopIteration, type StreamHandle, type Verdict } from "../contract/http-filter.ts";
import type { LbContext } from "../contract/load-balancer.ts";
import type { PoolCallbacks, PoolTicket, ResetReason, ResponseSink, UpstreamStream } from "../contract/upstream-stream.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import {
  CONTENT_TYPE, KEEP_ALIVE, LOCATION, X_ENVOY_ATTEMPT_COUNT, X_ENVOY_EXPECTED_RQ_TIMEOUT_MS, X_ENVOY_INTERNAL, X_ENVOY_OVERLOADED, X_ENVOY_UPSTREAM_ALT_STAT_NAME,
  X_ENVOY_UPSTREAM_SERVICE_TIME,
} from "../http/names.ts";
import type { Timer } from "../platform/clock.ts";
import { finaliseRequest, finaliseResponse, ownAnswer } from "../router/finalise.ts";
import { virtualClusterOf } from "../router/host-level.ts";
import { updateAuthority } from "../router/host-rewrite.ts";
import { choiceOf, type RouteChoice } from "../router/route.ts";
import { consumeTimeoutHeaders, expectedTimeout, type RequestTimeouts, timeoutsOf } from "../router/timeouts.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import { FormatView } from "../stream/format-view.ts";
import { meaningOf, resetBody, resetDetails } from "./reset-table.ts";
import { NO_CLUSTER, NO_ROUTE, RQ_DIRECT_RESPONSE, RQ_TOTAL } from "./router-stats.ts";

/** What the forwarders of one router filter share. */
export interface ForwardContext {
  readonly env: Env;
  readonly stats: StatBlock;
  readonly suppressEnvoyHeaders: boolean;
  readonly respectExpectedTimeout: boolean;
  /** Receives the response time and status for a cluster's numbers. */
  onResponse(cluster: Cluster, host: Host, status: number, milliseconds: number, internal: boolean): void;
  onTimeout(cluster: Cluster, host: Host | null): void;
}

const NO_HASH: LbContext = { hash: null };

export class Forwarder implements HttpFilter, ResponseSink, PoolCallbacks {
  private readonly context: ForwardContext;
  private readonly handle: StreamHandle;
  private choice: RouteChoice | null = null;
  private cluster: Cluster | null = null;
  private host: Host | null = null;
  private upstream: UpstreamStream | null = null;
  private ticket: PoolTicket | null = null;
  private timeouts: RequestTimeouts | null = null;
  private timer: Timer | null = null;
  private requestEnded = false;
  private headersHaveEnd = false;
  /** Body that came before there was a connection. */
  private early: Buffer[] | null = null;
  private earlyBytes = 0;
  private earlyTrailers: HeaderBlock | null = null;
  private downstreamPaused = false;
  private responseStarted = false;
  /** Anything of a response has come, be it an interim one. */
  private upstreamSpoke = false;
  private responseEnded = false;
  private over = false;

  constructor(context: ForwardContext, handle: StreamHandle) {
    this.context = context;
    this.handle = handle;
  }

  decodeHeaders(headers: HeaderBlock, endStream: boolean): Verdict {
    const { stats } = this.context;
    stats.inc(RQ_TOTAL);
    this.requestEnded = endStream;
    this.headersHaveEnd = endStream;
    const choice = choiceOf(this.handle.route());
    if (choice === null) {
      stats.inc(NO_ROUTE);
      this.handle.info.setFlag("NR");
      return this.answer({ status: 404, body: "", details: "route_not_found" });
    }
    this.choice = choice;
    this.handle.info.routeName = choice.route?.name ?? "";
    if (choice.kind !== "forward") return this.answerOwn(choice, headers);
    const cluster = this.context.env.clusters.get(choice.cluster);
    this.handle.info.virtualHost = choice.host.name;
    if (cluster === undefined) {
      stats.inc(NO_CLUSTER);
      this.handle.info.setFlag("NC");
      return this.answer({ status: choice.route?.forward?.clusterNotFoundStatus ?? 503, body: "", details: "cluster_not_found" });
    }
    this.cluster = cluster;
    return this.forward(choice, cluster, headers);
  }

  decodeData(data: Buffer, endStream: boolean): Verdict {
    if (endStream) this.onRequestEnd();
    if (this.upstream !== null) this.upstream.encodeData(data, endStream);
    else if (!this.over) this.keepEarly(data);
    return StopIteration;
  }

  decodeTrailers(trailers: HeaderBlock): Verdict {
    this.onRequestEnd();
    if (this.upstream !== null) this.upstream.encodeTrailers(trailers);
    else this.earlyTrailers = trailers;
    return StopIteration;
  }

  onDestroy(): void {
    this.timer?.cancel();
    this.ticket?.cancel();
    this.ticket = null;
    this.early = null;
    if (this.upstream !== null && !(this.responseEnded && this.requestEnded)) {
      this.upstream.reset();
    }
    this.over = true;
    this.upstream = null;
  }

  onPoolReady(stream: UpstreamStream, host: Host): void {
    if (this.over) {
      stream.reset();
      return;
    }
    const { info, requestHeaders } = this.handle;
    this.ticket = null;
    this.upstream = stream;
    this.host = host;
    info.upstreamHost = host.address;
    info.upstreamHostName = host.hostname;
    info.upstreamLocal = stream.local;
    info.firstUpstreamTx = this.context.env.clock.now();
    this.adaptToHost(host);
    this.handle.onDownstreamBlocked((blocked) => this.onDownstreamBlocked(blocked));
    stream.encodeHeaders(requestHeaders, this.headersHaveEnd);
    this.sendEarly();
  }

  onPoolFailure(reason: ResetReason, failure: string, host: Host | null): void {
    this.ticket = null;
    this.handle.info.upstreamHost = host?.address ?? null;
    this.onReset(reason, failure);
  }

  on1xx(headers: HeaderBlock): void {
    if (this.over) return;
    if (!this.upstreamSpoke) this.chargeLocal(headers.status);
    this.upstreamSpoke = true;
    if (headers.status === 100) this.handle.encode1xx(headers);
  }

  onHeaders(headers: HeaderBlock, endStream: boolean): void {
    if (this.over) return;
    const { info } = this.handle;
    const now = this.context.env.clock.now();
    info.firstUpstreamRx = now;
    info.details = "via_upstream";
    info.responseCode = headers.status;
    this.responseStarted = true;
    headers.remove(KEEP_ALIVE);
    if (!this.context.suppressEnvoyHeaders && info.requestEnd >= 0) {
      headers.set(X_ENVOY_UPSTREAM_SERVICE_TIME, String(Math.round(now - info.requestEnd)));
    }
    if (this.choice !== null && this.choice.route !== undefined && this.choice.route.responseMutations.length + (this.choice.entry === undefined ? 0 : 1) > 0) {
      finaliseResponse(this.choice, headers, this.view(headers));
    }
    this.addAttemptCount(headers);
    this.charge(headers.status);
    if (endStream) this.onResponseEnd();
    this.handle.encodeHeaders(headers, endStream);
  }

  onData(data: Buffer, endStream: boolean): void {
    if (this.over) return;
    if (endStream) this.onResponseEnd();
    this.handle.encodeData(data, endStream);
  }

  onTrailers(trailers: HeaderBlock): void {
    if (this.over) return;
    this.onResponseEnd();
    this.handle.encodeTrailers(trailers);
  }

  onReset(reason: ResetReason, failure: string): void {
    if (this.over) return;
    this.upstream = null;
    this.over = true;
    this.timer?.cancel();
    const meaning = meaningOf(reason);
    const { info } = this.handle;
    info.upstreamFailure = failure;
    info.setFlag(meaning.flag);
    if (this.responseStarted) {
      this.handle.resetStream(resetDetails("after", reason, failure));
      return;
    }
    if (!this.upstreamSpoke) this.chargeLocal(meaning.status);
    this.reply({
      status: meaning.status, body: resetBody(reason), details: resetDetails(this.upstreamSpoke ? "after" : "before", reason, failure),
      ...(reason === "overflow" && !this.context.suppressEnvoyHeaders ? { modify: (headers: HeaderBlock) => headers.set(X_ENVOY_OVERLOADED, "true") } : {}),
    });
  }

  /** The upstream takes no more request bytes: stop reading from the client. */
  onBlocked(blocked: boolean): void {
    if (blocked === this.downstreamPaused) return;
    this.downstreamPaused = blocked;
    if (blocked) this.handle.pauseDownstream();
    else this.handle.resumeDownstream();
  }

  private onDownstreamBlocked(blocked: boolean): void {
    if (blocked) this.upstream?.pauseReading();
    else this.upstream?.resumeReading();
  }

  /** What depends on the host that was chosen: `auto_host_rewrite`. */
  private adaptToHost(host: Host): void {
    const plan = this.choice?.route?.forward;
    if (plan?.autoHostRewrite !== true || host.hostname === "") return;
    updateAuthority(this.handle.requestHeaders, host.hostname, !this.context.suppressEnvoyHeaders, plan.appendForwardedHost);
  }

  private answerOwn(choice: RouteChoice, headers: HeaderBlock): Verdict {
    const { stats, suppressEnvoyHeaders } = this.context;
    stats.inc(RQ_DIRECT_RESPONSE);
    const own = ownAnswer(choice, headers, this.view(null), !suppressEnvoyHeaders);
    if (own === undefined) return this.answer({ status: 503, body: "", details: "cluster_not_found" });
    return this.answer({
      status: own.status, body: own.body, details: "direct_response",
      modify: (response) => {
        if (own.location !== undefined) response.set(LOCATION, own.location);
        finaliseResponse(choice, response, this.view(response));
        if (own.body !== "" && own.contentType !== "text/plain") response.set(CONTENT_TYPE, own.contentType);
      },
    });
  }

  private forward(choice: RouteChoice, cluster: Cluster, headers: HeaderBlock): Verdict {
    const { info } = this.handle;
    const { suppressEnvoyHeaders, respectExpectedTimeout } = this.context;
    const plan = choice.route?.forward;
    info.cluster = cluster.name;
    info.virtualCluster = virtualClusterOf(choice.host, headers);
    headers.remove(X_ENVOY_UPSTREAM_ALT_STAT_NAME);
    info.attempts = 1;
    if (plan !== undefined) {
      this.timeouts = timeoutsOf(plan.timeouts, plan.retry, plan.hedgeOnPerTryTimeout, headers, respectExpectedTimeout);
      consumeTimeoutHeaders(headers, respectExpectedTimeout);
      const expected = expectedTimeout(this.timeouts, 0);
      if (expected > 0 && !suppressEnvoyHeaders) headers.set(X_ENVOY_EXPECTED_RQ_TIMEOUT_MS, String(expected));
    }
    if (choice.host.includeRequestAttemptCount) headers.set(X_ENVOY_ATTEMPT_COUNT, "1");
    finaliseRequest(choice, headers, this.view(null), { keepOriginals: !suppressEnvoyHeaders, connectPort: undefined });
    const host = cluster.chooseHost(NO_HASH);
    if (host === null) {
      info.setFlag("UH");
      this.chargeLocal(503);
      return this.answer({ status: 503, body: "no healthy upstream", details: "no_healthy_upstream" });
    }
    info.upstreamHost = host.address;
    info.upstreamHostName = host.hostname;
    if (this.requestEnded) this.armTimeout();
    const ticket = cluster.pool(host).newStream(this, this);
    if (!this.over && this.upstream === null) this.ticket = ticket;
    return StopIteration;
  }

  /** Body that arrives while a connection is made is held, up to the limit of a connection's buffer; then the client waits. */
  private keepEarly(data: Buffer): void {
    (this.early ??= []).push(data);
    this.earlyBytes += data.length;
    if (this.earlyBytes > EARLY_LIMIT) this.onBlocked(true);
  }

  private sendEarly(): void {
    const { early, upstream } = this;
    this.early = null;
    this.earlyBytes = 0;
    if (upstream === null) return;
    if (early !== null) {
      const last = early.length - 1;
      early.forEach((data, i) => upstream.encodeData(data, i === last && this.requestEnded && this.earlyTrailers === null));
      if (this.downstreamPaused) this.onBlocked(false);
    }
    if (this.earlyTrailers !== null) upstream.encodeTrailers(this.earlyTrailers);
  }

  private onRequestEnd(): void {
    this.requestEnded = true;
    this.handle.info.lastUpstreamTx = this.context.env.clock.now();
    this.armTimeout();
  }

  /** The route's timeout runs from the end of the request to the end of the response. */
  private armTimeout(): void {
    const ms = this.timeouts?.global ?? 0;
    if (ms > 0 && !this.over && !this.responseEnded) this.timer = this.context.env.clock.after(ms, () => this.onTimeout());
  }

  private onTimeout(): void {
    if (this.over) return;
    if (this.cluster !== null) this.context.onTimeout(this.cluster, this.host);
    this.handle.info.setFlag("UT");
    this.giveUp();
    if (this.responseStarted) {
      this.handle.resetStream("response_timeout");
      return;
    }
    this.chargeLocal(504);
    this.reply({ status: 504, body: "upstream request timeout", details: "response_timeout" });
  }

  private giveUp(): void {
    this.over = true;
    this.ticket?.cancel();
    this.ticket = null;
    this.upstream?.reset();
    this.upstream = null;
  }

  private onResponseEnd(): void {
    this.responseEnded = true;
    this.handle.info.lastUpstreamRx = this.context.env.clock.now();
    this.timer?.cancel();
  }

  private charge(status: number): void {
    const { cluster, host } = this;
    if (cluster === null || host === null) return;
    const { info } = this.handle;
    const since = info.requestEnd < 0 ? info.start : info.requestEnd;
    this.context.onResponse(cluster, host, status, this.context.env.clock.now() - since, this.handle.requestHeaders.has(X_ENVOY_INTERNAL));
  }

  private chargeLocal(status: number): void {
    this.cluster?.chargeResponse(status, this.handle.requestHeaders.has(X_ENVOY_INTERNAL));
  }

  private answer(reply: LocalReply): Verdict {
    this.reply(reply);
    return StopIteration;
  }

  private reply(reply: LocalReply): void {
    this.over = true;
    this.timer?.cancel();
    this.handle.localReply({ ...reply, modify: (headers) => { reply.modify?.(headers); this.addAttemptCount(headers); } });
  }

  private addAttemptCount(headers: HeaderBlock): void {
    const { attempts } = this.handle.info;
    if (attempts > 0 && this.choice?.host.includeAttemptCountInResponse === true) headers.set(X_ENVOY_ATTEMPT_COUNT, String(attempts));
  }

  private view(response: HeaderBlock | null): FormatView {
    const { info, requestHeaders } = this.handle;
    const { clock, machine } = this.context.env;
    return new FormatView({ info, requestHeaders, responseHeaders: response, responseTrailers: null }, machine, clock.now());
  }
}

const EARLY_LIMIT = 1_048_576;
