/**
 * One forwarded request: the terminal filter's work (Envoy's router filter, envoy-semantics 9 to 11). Route, cluster, final headers and
 * host; the attempts that follow are the `Exchange`'s.
 *
 *     decodeHeaders ──> finalise ──> choose host ──> Attempt ──> pool ──> UpstreamStream
 *                                        ^              │ onHeaders, onReset, timeouts
 *                                        └── Retries ───┤
 *     handle.encode… <──────────────────────────────────┘
 */
import type { Cluster } from "../contract/cluster.ts";
import { type HttpFilter, type LocalReply, StopIteration, type Verdict } from "../contract/http-filter.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { nameOf, X_ENVOY_ATTEMPT_COUNT, X_ENVOY_INTERNAL } from "../http/names.ts";
import { hashOf, type NewCookie } from "../router/hash-policy.ts";
import { changesRequest, finaliseRequest } from "../router/finalise.ts";
import type { ForwardPlan } from "../router/forward-plan.ts";
import { virtualClusterIn } from "../router/host-level.ts";
import { choiceOf, type RouteChoice } from "../router/route.ts";
import { consumeTimeoutHeaders, timeoutsOf } from "../router/timeouts.ts";
import { isGrpcRequest } from "../stream/local-reply.ts";
import { REDIRECT_FAILED, REDIRECT_SUCCEEDED, RETRY_OR_SHADOW_ABANDONED } from "../upstream/cluster-stats.ts";
import { consumeRetryHeaders, isSteered, isSteeredLater, takeAltName, takeAltResponse, takeStreamDuration } from "./consumed-headers.ts";
import { Exchange } from "./exchange.ts";
import { cookieValueFor, setCookieText } from "./hash-cookies.ts";
import { turnRequest } from "./internal-redirect.ts";
import { KeptBody } from "./kept-body.ts";
import { Mirrors } from "./mirrors.ts";
import { awayReply } from "./turned-away.ts";
import { countStatus } from "./request-numbers.ts";
import { ownReply } from "./own-answer.ts";
import { Retries } from "./retries.ts";
import { mayRetry } from "./retry-rules.ts";
import { RetryState } from "./retry-state.ts";
import { NO_CLUSTER, NO_ROUTE, RQ_DIRECT_RESPONSE, RQ_TOTAL } from "./router-stats.ts";
import { failsStrictly } from "./strict-headers.ts";

export class Forwarder extends Exchange implements HttpFilter {
  /** The body became too large to be sent again. */
  private overflowed = false;
  private mirrors: Mirrors | null = null;
  private hashed: bigint | null | undefined = undefined;

  decodeHeaders(headers: HeaderBlock, endStream: boolean): Verdict {
    const { stats, env } = this.context;
    stats.inc(RQ_TOTAL);
    const { info } = this.handle;
    const choice = choiceOf(this.handle.route());
    if (choice === null) {
      stats.inc(NO_ROUTE);
      info.setFlag("NR");
      return this.answer({ status: 404, body: "", details: "route_not_found" });
    }
    this.choice = choice;
    info.routeName = choice.route?.name ?? "";
    const plan = choice.route?.forward;
    if (plan === undefined) {
      stats.inc(RQ_DIRECT_RESPONSE);
      return this.answer(ownReply(choice, headers, (response) => this.view(response), !this.context.suppressEnvoyHeaders));
    }
    info.virtualHost = choice.host.name;
    const cluster = env.clusters.get(choice.cluster);
    if (cluster === undefined) {
      stats.inc(NO_CLUSTER);
      info.setFlag("NC");
      return this.answer({ status: plan.clusterNotFoundStatus, body: "", details: "cluster_not_found" });
    }
    this.cluster = cluster;
    info.cluster = cluster.name;
    info.clusterFacts = cluster;
    if (this.turnedAway()) return StopIteration;
    return this.prepare(choice, plan, headers) ? this.begin(plan, headers, endStream) : StopIteration;
  }

  decodeData(data: Buffer, endStream: boolean): Verdict {
    if (this.over) return StopIteration;
    const keeping = this.keepsBody && this.keep(data);
    if (this.over) return StopIteration;
    this.mirrors?.sendData(data, endStream);
    if (this.first !== null) {
      this.first.sendData(data, endStream);
    } else if (!keeping) {
      return this.answer({
        status: 503, body: "upstream is closed prematurely during decoding data from downstream", details: "upstream_reset_before_response_started",
      });
    }
    if (endStream && !this.over) this.completed();
    return StopIteration;
  }

  decodeTrailers(trailers: HeaderBlock): Verdict {
    if (this.over) return StopIteration;
    this.trailers = trailers;
    this.mirrors?.sendTrailers(trailers);
    this.first?.sendTrailers(trailers);
    if (!this.over) this.completed();
    return StopIteration;
  }

  onDestroy(): void {
    this.over = true;
    this.cleanUp();
    this.mirrors?.cancel();
  }

  /** Worked out for the balancers that ask. */
  get hash(): bigint | null {
    if (this.hashed === undefined) {
      const policy = this.choice.route?.forward?.hashPolicy;
      this.hashed = policy === undefined ? null : (hashOf(policy, this.handle.view, (cookie) => this.giveCookie(cookie)) ?? null);
    }
    return this.hashed;
  }

  private giveCookie(cookie: NewCookie): string {
    const value = cookieValueFor(this.handle.info);
    (this.cookies ??= []).push(setCookieText(cookie, value));
    return value;
  }

  get bufferLimit(): number {
    return this.choice.route?.bodyBufferLimit ?? (this.handle.bufferLimit || Infinity);
  }

  protected redirected(headers: HeaderBlock): boolean {
    const policy = this.choice.route?.forward?.internalRedirects;
    if (policy === undefined || !policy.codes.has(headers.status)) return false;
    const { stats } = this.cluster;
    const { handle } = this;
    const may = this.requestComplete && !this.overflowed && turnRequest(handle, policy, headers, this.context, () => { this.kept = null; });
    if (may && handle.recreateStream(headers, this.kept?.data ?? [], this.trailers)) {
      stats.inc(REDIRECT_SUCCEEDED);
      return true;
    }
    stats.inc(REDIRECT_FAILED);
    return false;
  }

  /** The request as it is forwarded. False: it was answered instead. */
  private prepare(choice: RouteChoice, plan: ForwardPlan, headers: HeaderBlock): boolean {
    const { info } = this.handle;
    const { suppressEnvoyHeaders, respectExpectedTimeout, strictChecks } = this.context;
    this.grpc = isGrpcRequest(headers);
    this.countScopes(choice, headers);
    const bad = failsStrictly(strictChecks, headers);
    if (bad !== 0) {
      this.refuse(bad, headers);
      return false;
    }
    const steered = isSteered(headers);
    if (steered) this.altName = takeAltName(headers);
    info.attempts = 1;
    if (steered || (this.grpc && plan.timeouts.maxGrpcTimeout !== undefined)) {
      this.timeouts = timeoutsOf(plan.timeouts, plan.retry, plan.hedgeOnPerTryTimeout, headers, respectExpectedTimeout);
      consumeTimeoutHeaders(headers, respectExpectedTimeout);
    } else {
      this.timeouts = plan.plainTimeouts;
    }
    this.announceTimeout(0);
    if (choice.host.includeRequestAttemptCount) headers.set(X_ENVOY_ATTEMPT_COUNT, "1");
    if (info.connectPort !== undefined || changesRequest(choice)) finaliseRequest(choice, headers, this.view(null), { keepOriginals: !suppressEnvoyHeaders, connectPort: info.connectPort });
    this.internal = headers.get(X_ENVOY_INTERNAL) === "true";
    return true;
  }

  private begin(plan: ForwardPlan, headers: HeaderBlock, endStream: boolean): Verdict {
    const host = this.chooseHost();
    if (host === null) return StopIteration;
    this.streamDurationMs = this.cluster.maxStreamDurationMs;
    const steered = isSteeredLater(headers);
    if (plan.retry.retryOn.size > 0 || (steered && mayRetry(plan.retry, headers))) this.prepareRetries(plan, headers, this.cluster);
    if (steered) this.takeSteering(headers);
    const mirrors = plan.mirrors.length === 0 || headers.method === "CONNECT" ? null : new Mirrors(plan.mirrors, this.handle, this.context);
    this.attemptAt(host, endStream);
    if (endStream && !this.over) this.completed();
    if (mirrors !== null) this.startMirrors(mirrors, endStream);
    return StopIteration;
  }

  /** The cluster takes no requests for now, or not this one. */
  private turnedAway(): boolean {
    const { cluster, handle } = this;
    const turn = awayReply(cluster, this.context.env.random, !this.context.suppressEnvoyHeaders);
    if (turn === null) return false;
    handle.info.setFlag(turn.flag);
    countStatus(this, 503, null, false);
    this.reply(turn.reply);
    return true;
  }

  private takeSteering(headers: HeaderBlock): void {
    this.streamDurationMs = takeStreamDuration(headers) ?? this.streamDurationMs;
    this.altResponse = takeAltResponse(headers);
    consumeRetryHeaders(headers);
  }

  private startMirrors(mirrors: Mirrors, endStream: boolean): void {
    mirrors.start(endStream, { timeoutMs: this.timeouts.global, bufferLimit: this.bufferLimit || 1 }, this.context, this.handle);
    if (endStream) return;
    if (this.over) mirrors.cancel();
    else this.mirrors = mirrors;
  }

  private prepareRetries({ retry }: ForwardPlan, headers: HeaderBlock, cluster: Cluster): void {
    const { env, predicates } = this.context;
    const state = new RetryState(retry, headers, cluster, env, { predicates: predicates.retryHosts(retry.message), priority: predicates.retryPriority(retry.message), high: this.highPriority }, (timedOut) => this.again(timedOut));
    this.retries = new Retries(state, this, this.handle.info);
  }

  /** The virtual cluster and the route that count this request too. */
  private countScopes({ host, route }: RouteChoice, headers: HeaderBlock): void {
    const { scopes } = this.context;
    const virtual = virtualClusterIn(host, headers);
    const statPrefix = route?.message.stat_prefix ?? "";
    if (virtual === null && statPrefix === "") return;
    this.scopes = [
      ...(virtual === null ? [] : [scopes.virtualCluster(host.name, virtual.name)]),
      ...(statPrefix === "" ? [] : [scopes.route(host.name, statPrefix)]),
    ];
    if (virtual !== null && !virtual.catchAll) this.handle.info.virtualCluster = virtual.name;
  }

  private refuse(id: number, headers: HeaderBlock): void {
    this.handle.info.setFlag("IH");
    const name = nameOf(id);
    this.reply({ status: 400, body: `invalid header '${name}' with value '${headers.get(id) ?? ""}'`, details: `request_headers_failed_strict_check{${name}}` });
  }

  /** The body may have to be sent again. */
  private get keepsBody(): boolean {
    return !this.overflowed && ((this.retries !== null && this.retries.enabled) || this.choice.route?.forward?.internalRedirects !== undefined);
  }

  /** Keeps a piece of the body. False: it has become too large, which is the end of the request if it has no attempt to go on with. */
  private keep(data: Buffer): boolean {
    this.kept ??= new KeptBody(this.bufferLimit);
    if (this.kept.add(data)) return true;
    this.overflowed = true;
    this.cluster.stats.inc(RETRY_OR_SHADOW_ABANDONED);
    this.retries?.drop();
    if (this.first === null) {
      this.reply({ status: 507, body: "exceeded request buffer limit while retrying upstream", details: "request_payload_exceeded_retry_buffer_limit" });
    }
    return false;
  }

  private answer(reply: LocalReply): Verdict {
    this.reply(reply);
    return StopIteration;
  }
}
