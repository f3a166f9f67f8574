/**
 * The upstream side of one forwarded request: its attempts, what their outcomes mean, and the response that comes of them (Envoy's router
 * filter from `chooseHost` on; envoy-semantics 9.1, 10, 11.1). `Forwarder` is its downstream side.
 */
import type { Host } from "../contract/host.ts";
import type { LocalReply } from "../contract/http-filter.ts";
import type { ResponseFlag } from "../contract/stream-info.ts";
import type { ResetReason, UpstreamStream } from "../contract/upstream-stream.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { giveHeaders } from "../http/header-pool.ts";
import {
  KEEP_ALIVE, SET_COOKIE, X_ENVOY_ATTEMPT_COUNT, X_ENVOY_IS_TIMEOUT_RETRY, X_ENVOY_UPSTREAM_CANARY,
  X_ENVOY_UPSTREAM_SERVICE_TIME,
} from "../http/names.ts";
import type { ClusterRefresh } from "../router/cluster-choice.ts";
import { finaliseResponse } from "../router/finalise.ts";
import { updateAuthority } from "../router/host-rewrite.ts";
import type { RouteChoice } from "../router/route.ts";
import { expectTimeout } from "../router/timeouts.ts";
import {
  H_RQ_ERROR, H_RQ_TIMEOUT, RQ_MAX_DURATION, RQ_PER_TRY_IDLE_TIMEOUT, RQ_PER_TRY_TIMEOUT, RQ_TIMEOUT,
} from "../upstream/cluster-stats.ts";
import { Attempt, type AttemptOwner } from "./attempt.ts";
import { awaitsHeaders, keepOnly, without } from "./attempt-list.ts";
import { ExchangeFacts } from "./exchange-facts.ts";
import { countEnd, countHeaders, tellAnswer } from "./host-outcome.ts";
import { countStatus, countTime, is5xx } from "./request-numbers.ts";
import { durationReply, handshakeReply, NO_HOST, resetReply, timeoutReply } from "./failure-replies.ts";
import type { RequestTimer } from "./request-timers.ts";
import { meaningOf } from "./reset-table.ts";
import { addAttemptCount, mutatesResponses } from "./response-shape.ts";
import { NoRetry, Retry } from "./retry-state.ts";
import { RQ_RESET_AFTER_RESPONSE } from "./router-stats.ts";
import { announceClient } from "./tunnel.ts";
import { SCOPE_TIMEOUT, SCOPE_TOTAL } from "./scope-stats.ts";

const GATEWAY_TIMEOUT = 504;
const NO_CONTENT = 204;
const KEEPS: ClusterRefresh = () => undefined;

export abstract class Exchange extends ExchangeFacts implements AttemptOwner {
  private timer: RequestTimer | null = null;
  private watching = false;
  /** Its host has said how busy it is: it is listened to once. */
  private loadHeard = false;
  /** Where a retry may choose another cluster: how, and what it chose last. */
  private refresh: ClusterRefresh | null = null;
  private refreshed: RouteChoice | null = null;

  /** The response's route leads elsewhere: true when the request begins anew there. */
  protected abstract redirected(headers: HeaderBlock): boolean;

  /** A host for the next attempt; null when there is none, which was answered. */
  protected chooseHost(): Host | null {
    const host = this.cluster.chooseHost(this);
    if (host === null) {
      const override = this.overrideHost;
      this.noHost(override !== null && override.strict && override.missing ? override.status : 503);
    }
    return host;
  }

  private noHost(status = 503): void {
    this.handle.info.setFlag("UH");
    countStatus(this, status, null, false);
    this.reply(status === 503 ? NO_HOST : { ...NO_HOST, status });
  }

  /** Begins an attempt at `host`. `headersEnd`: the request consists of its headers. */
  protected attemptAt(host: Host, headersEnd: boolean): Attempt {
    const { info } = this.handle;
    if (this.first !== null || info.attempts > 1) info.attemptBegins();
    info.upstreamHost = host.address;
    info.upstreamHostName = host.hostname;
    info.upstreamMetadata = host.metadata;
    info.poolAsked = this.clock.now();
    const attempt = new Attempt(this, this.cluster, headersEnd);
    attempt.next = this.first;
    this.first = attempt;
    attempt.start(host, info.protocol);
    return attempt;
  }

  /** The request is whole: its time begins to run. */
  protected completed(): void {
    this.completeAt = this.clock.now();
    this.handle.info.lastUpstreamTx = this.completeAt;
    if (this.first === null) return;
    this.startTime();
    for (let attempt: Attempt | null = this.first; attempt !== null; attempt = attempt.next) attempt.onRequestComplete();
  }

  onHandshakeDone(): void {
    this.timer?.timer.cancel();
  }

  onHandshakeFailed(attempt: Attempt, headers: HeaderBlock): void {
    this.describe(attempt);
    this.reply(handshakeReply(headers));
  }

  onConnected(attempt: Attempt, stream: UpstreamStream): void {
    const { handle } = this;
    const { info } = handle;
    const host = attempt.host as Host;
    attempt.cluster.monitor?.connected(host);
    this.describe(attempt);
    info.connectedTo(host, stream.connectionId);
    info.upstreamProtocol = stream.protocol;
    info.upstreamConnection = stream.connection;
    info.upstreamLocal = stream.local;
    info.upstreamTls = stream.tls;
    info.firstUpstreamTx = this.clock.now();
    if (this.completeAt >= 0) info.lastUpstreamTx = info.firstUpstreamTx;
    this.retries?.attempted(attempt);
    for (const scope of this.scopes) scope.block.inc(SCOPE_TOTAL);
    const plan = this.choice.route?.forward;
    if (plan?.autoHostRewrite === true && host.hostname !== "") {
      updateAuthority(handle.requestHeaders, host.hostname, !this.context.suppressEnvoyHeaders, plan.appendForwardedHost);
    }
    if (plan?.connect !== undefined) announceClient(plan.connect, handle.requestHeaders.method, info.downstream, stream);
    if (this.watching) return;
    this.watching = true;
    handle.watchDownstream(this);
  }

  onDownstreamBlocked(blocked: boolean): void {
    if (blocked) this.first?.pauseReading();
    else this.first?.resumeReading();
  }

  on1xx(attempt: Attempt, headers: HeaderBlock): void {
    if (!this.responseStarted) countStatus(this, headers.status, attempt.host, false);
    this.responseStarted = true;
    this.first = keepOnly(this.first, attempt);
    this.retries?.drop();
    this.handle.encode1xx(headers);
  }

  onHeaders(attempt: Attempt, headers: HeaderBlock, endStream: boolean): void {
    const host = attempt.host as Host;
    const { monitor, loadReports } = attempt.cluster;
    if (monitor !== undefined && monitor !== null) tellAnswer(monitor, host, headers, this.grpc);
    if (loadReports !== undefined && !this.loadHeard) this.loadHeard = loadReports.hear(host, headers);
    const retry = this.retries?.afterResponse(attempt, headers, this.requestHeaders) ?? NoRetry;
    if (retry === Retry) return this.discard(attempt, headers);
    if (this.redirected(headers)) return;
    if (retry !== NoRetry && this.othersMayAnswer()) {
      // A bad response, but a better one may still come.
      host.stats.inc(H_RQ_ERROR);
      return this.discard(attempt, headers);
    }
    this.retries?.drop();
    this.noteResponse(attempt, headers, endStream);
    this.responseStarted = true;
    this.first = keepOnly(this.first, attempt);
    this.describe(attempt);
    if (this.cookies !== null) for (const cookie of this.cookies) headers.add(SET_COOKIE, cookie);
    headers.remove(KEEP_ALIVE);
    const choice = this.refreshed ?? this.choice;
    if (mutatesResponses(choice)) finaliseResponse(choice, headers, this.view(headers));
    addAttemptCount(this.choice, headers, this.handle.info.attempts);
    if (endStream) this.onResponseEnd(attempt);
    this.handle.encodeHeaders(headers, endStream);
  }

  onData(attempt: Attempt, data: Buffer, endStream: boolean): void {
    const { info } = this.handle;
    if (info.upstreamBodyRx < 0) info.upstreamBodyRx = this.clock.now();
    if (endStream) {
      countEnd(attempt, null);
      this.onResponseEnd(attempt);
    }
    this.handle.encodeData(data, endStream);
  }

  onTrailers(attempt: Attempt, trailers: HeaderBlock): void {
    countEnd(attempt, trailers);
    const { loadReports } = attempt.cluster;
    if (loadReports !== undefined && !this.loadHeard && attempt.host !== null) this.loadHeard = loadReports.hear(attempt.host, trailers);
    this.onResponseEnd(attempt);
    this.handle.encodeTrailers(trailers);
  }

  onReset(attempt: Attempt, reason: ResetReason, failure: string): void {
    this.describe(attempt);
    this.handle.info.upstreamFailure = failure;
    this.first = without(this.first, attempt);
    if (!attempt.sent) this.retries?.attempted(attempt);
    if (attempt.host !== null && reason !== "overflow") attempt.cluster.monitor?.broken(attempt.host);
    if (this.retried(attempt, reason, false)) return;
    const { status, flag } = meaningOf(reason);
    this.countAbort(attempt, status);
    if (this.othersMayAnswer()) return;
    const overloaded = reason === "overflow" && !this.context.suppressEnvoyHeaders;
    this.fail(flag, resetReply(status, reason, failure, this.responseStarted ? "after" : "before", this.retries?.isRetry ?? false, overloaded));
  }

  onPerTryTimeout(attempt: Attempt, idle: boolean): void {
    if (attempt.host !== null) attempt.cluster.monitor?.timedOut(attempt.host, this.timeoutStatus);
    if (this.timeouts.hedgeOnPerTryTimeout) {
      attempt.timeoutTold = true;
      if (!this.responseStarted) this.retries?.hedge(attempt);
      return;
    }
    this.cluster.stats.inc(idle ? RQ_PER_TRY_IDLE_TIMEOUT : RQ_PER_TRY_TIMEOUT);
    attempt.host?.stats.inc(H_RQ_TIMEOUT);
    this.drop(attempt);
    if (this.retried(attempt, "local reset", true)) return;
    this.countAbort(attempt, this.timeoutStatus);
    this.failByTimeout(idle ? "upstream_per_try_idle_timeout" : "upstream_per_try_timeout");
  }

  /** The cluster's `max_stream_duration`, or the request's own. */
  onStreamDuration(attempt: Attempt): void {
    attempt.cluster.stats.inc(RQ_MAX_DURATION);
    this.drop(attempt);
    if (this.retried(attempt, "local reset", false)) return;
    this.fail("UMSDR", durationReply(this.handle.info.requestEnd >= 0 ? GATEWAY_TIMEOUT : 408));
  }

  /** Ends whatever is under way or waits. */
  protected cleanUp(): void {
    for (let attempt = this.first; attempt !== null; attempt = attempt.next) attempt.reset();
    this.first = null;
    this.retries?.drop();
    if (this.timer === null) return;
    this.context.timers.giveBack(this.timer);
    this.timer = null;
  }

  protected reply(reply: LocalReply): void {
    this.over = true;
    this.cleanUp();
    this.handle.localReply({ ...reply, modify: (headers) => { reply.modify?.(headers); addAttemptCount(this.choice, headers, this.handle.info.attempts); } });
  }

  private get timeoutStatus(): number {
    return this.altResponse ? NO_CONTENT : GATEWAY_TIMEOUT;
  }

  private noteResponse(attempt: Attempt, headers: HeaderBlock, endStream: boolean): void {
    const { info } = this.handle;
    const host = attempt.host as Host;
    const now = this.clock.now();
    info.firstUpstreamRx = now;
    info.details = "via_upstream";
    info.responseCode = headers.status;
    if (this.completeAt >= 0 && !this.context.suppressEnvoyHeaders) headers.set(X_ENVOY_UPSTREAM_SERVICE_TIME, String(Math.round(now - this.completeAt)));
    attempt.canary = headers.get(X_ENVOY_UPSTREAM_CANARY) === "true";
    countStatus(this, headers.status, host, attempt.canary);
    if (!is5xx(headers.status)) countHeaders(attempt, headers, endStream, this.grpc);
  }

  private onResponseEnd(attempt: Attempt): void {
    const now = this.clock.now();
    this.handle.info.lastUpstreamRx = now;
    attempt.reset(); // of a response that came before the request was whole, the exchange ends here
    this.over = true;
    if (this.completeAt >= 0) countTime(this, now - this.completeAt, attempt.canary);
    this.cleanUp();
  }

  /** Makes the next attempt; its time has come. */
  protected again(timedOut: boolean): void {
    const { info, requestHeaders } = this.handle;
    if (!this.clusterFor(info.attempts)) return;
    this.retries?.begin();
    const host = this.chooseHost();
    if (host === null) return;
    const { includeRequestAttemptCount, includeIsTimeoutRetryHeader } = this.choice.host;
    if (includeRequestAttemptCount) requestHeaders.set(X_ENVOY_ATTEMPT_COUNT, String(info.attempts));
    if (includeIsTimeoutRetryHeader) requestHeaders.set(X_ENVOY_IS_TIMEOUT_RETRY, timedOut ? "true" : "false");
    const elapsed = this.completeAt < 0 ? 0 : Math.floor(this.clock.now() - this.completeAt);
    this.announceTimeout(elapsed);
    const data = this.kept?.data ?? NOTHING;
    const ended = this.completeAt >= 0;
    info.upstreamFailure = "";
    const attempt = this.attemptAt(host, ended && data.length === 0 && this.trailers === null);
    if (this.first !== attempt) return;
    data.forEach((piece, i) => attempt.sendData(piece, ended && this.trailers === null && i === data.length - 1));
    if (this.trailers !== null) attempt.sendTrailers(this.trailers);
  }

  /** Which cluster the next attempt goes to, where the policy says that it may be another one. False: there is no such cluster, which was answered. */
  private clusterFor(retry: number): boolean {
    const { clusters } = this.context.env;
    const { route, cluster, entry } = this.choice;
    if (route?.forward?.retry.refreshesCluster !== true || this.timeouts.hedgeOnPerTryTimeout) {
      this.cluster = clusters.get(this.cluster.name) ?? this.cluster;
      return true;
    }
    const { info, view } = this.handle;
    this.refresh ??= route.forward.clusters.refresher?.({ cluster, entry }) ?? KEEPS;
    const next = this.refresh(view, retry);
    if (next !== undefined) this.refreshed = { ...this.choice, ...next };
    const found = clusters.get(this.refreshed?.cluster ?? cluster) ?? null;
    info.cluster = found?.name ?? "";
    info.clusterFacts = found;
    if (found !== null) {
      this.cluster = found;
      return true;
    }
    info.attempts++;
    this.noHost();
    return false;
  }

  /** Tells the upstream how long it has. */
  protected announceTimeout(elapsed: number): void {
    expectTimeout(this.timeouts, this.choice.route?.forward?.timeouts, this.requestHeaders, elapsed, this.grpc, !this.context.suppressEnvoyHeaders);
  }

  startTime(): void {
    if (this.timeouts.global > 0) this.timer ??= this.context.timers.start(this, this.timeouts.global);
  }

  private othersMayAnswer(): boolean {
    return (this.retries !== null && this.retries.pending > 0) || awaitsHeaders(this.first);
  }

  /** The request's time is up. */
  onTimeout(): void {
    if (this.over) return;
    for (let attempt = this.first; attempt !== null; attempt = attempt.next) {
      this.cluster.stats.inc(RQ_TIMEOUT);
      for (const scope of this.scopes) scope.block.inc(SCOPE_TIMEOUT);
      attempt.host?.stats.inc(H_RQ_TIMEOUT);
      if (!attempt.awaitingHeaders) continue;
      if (!attempt.timeoutTold && attempt.host !== null) attempt.cluster.monitor?.timedOut(attempt.host, this.timeoutStatus);
      this.countAbort(attempt, this.timeoutStatus);
    }
    this.failByTimeout("response_timeout");
  }

  private failByTimeout(details: string): void {
    this.fail("UT", timeoutReply(this.timeoutStatus, details));
  }

  /** The request has come to nothing: answered, or broken off where an answer has begun. */
  private fail(flag: ResponseFlag, reply: LocalReply): void {
    this.handle.info.setFlag(flag);
    this.reply(reply);
  }

  /** An attempt that ended without a response counts as one with this status. */
  private countAbort(attempt: Attempt, status: number): void {
    if (!this.responseStarted) {
      countStatus(this, status, attempt.host, false);
      if (!is5xx(status)) attempt.host?.stats.inc(H_RQ_ERROR);
    } else if (attempt.successPending) {
      attempt.host?.stats.inc(H_RQ_ERROR);
      this.context.stats.inc(RQ_RESET_AFTER_RESPONSE);
    }
  }

  /** True: an attempt that ended so is followed by another. */
  private retried(attempt: Attempt, reason: ResetReason, timedOut: boolean): boolean {
    return !this.responseStarted && (this.retries?.afterReset(attempt, reason, timedOut) ?? false);
  }

  /** The response is not wanted; what is left of it is not waited for. */
  private discard(attempt: Attempt, headers: HeaderBlock): void {
    this.drop(attempt);
    giveHeaders(headers);
  }

  private drop(attempt: Attempt): void {
    this.first = without(this.first, attempt);
    attempt.reset();
  }
}

const NOTHING: readonly Buffer[] = [];
