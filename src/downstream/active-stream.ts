/**
 * One request and its response on a downstream connection: from the parsed head to the access log line.
 *
 *     codec ──> start ──> check ──> mutate ──> route ──> filter chain (decode) ──> router filter
 *     codec <── writeHeaders/Data/Trailers <── filter chain (encode) <──────────────┘
 */
import type { CodecError } from "../codec/codec-error.ts";
import type { LocalReply } from "../contract/http-filter.ts";
import type { ResponseFlag, StreamInfo } from "../contract/stream-info.ts";
import { finaliseResponse } from "../router/finalise.ts";
import { portOf } from "../http/authority.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { giveHeaders } from "../http/header-pool.ts";
import { CONNECTION, CONTENT_LENGTH, EXPECT, LOCATION, RESPONSE } from "../http/names.ts";
import { FilterChain, type StreamOwner } from "../stream/filter-chain.ts";
import { type DraftReply, isGrpcRequest, shapeLocalReply } from "../stream/local-reply.ts";
import type { FilterSet } from "./filter-set.ts";
import { rewriteReply } from "./local-replies.ts";
import type { StreamCarrier } from "./stream-carrier.ts";
import {
  CX_DRAIN_CLOSE, CX_UPGRADES_ACTIVE, CX_UPGRADES_TOTAL, REJECTION_COUNTERS, RQ_ACTIVE, RQ_HEADER_TIMEOUT,
  RQ_HTTP1_TOTAL, RQ_HTTP2_TOTAL, RQ_IDLE_TIMEOUT, RQ_MAX_DURATION, RQ_RESPONSE_BEFORE_COMPLETE, RQ_REJECTED_VIA_IP_DETECTION, RQ_RX_RESET, RQ_TIME, RQ_TIMEOUT, RQ_TOTAL, RQ_TX_RESET, TRACING_HEALTH_CHECK,
  RQ_WS_ON_NON_WS_ROUTE,
} from "./manager-stats.ts";
import { checkRequest, mutateRequest, type Rejection } from "./request-preparation.ts";
import { PacedStream } from "./paced-stream.ts";
import { beginsTunnel, upgradeAllowed, upgradeOf } from "./upgrades.ts";

/** The gRPC status of a stream that lasted too long. */
const DEADLINE_EXCEEDED = 4;

export class ActiveStream extends PacedStream implements StreamOwner {
  /** Made once the route is known, which has a say in its filters, or for an answer before that. */
  private chain: FilterChain | null = null;
  private requestComplete = false;
  private over = false;
  /** After the response the connection ends. */
  private lastOnConnection = false;
  /** ... because the client, or a limit it can count on, said so: then it sends nothing more. */
  private closeAsked = false;
  /** Within the codec's call that brought the head: an answer given here is followed by a delayed close. */
  private starting = false;
  private upgraded = false;
  /** A 1xx was sent. */
  private interim = false;
  /** The response is whole, and waits for the client's window. */
  private flushing = false;
  /** The codec could not go on: the flag says so, but only once the reply is made. */
  private codecFault = false;
  /** Whatever filters have made of it since. */
  private cameAsGrpc = false;
  /** The headers went on to the stream that takes this one's place. */
  private handedOn = false;
  private readonly again: boolean;

  /** `headers` null: the codec failed before it had a request; the stream exists to answer and to be logged. `again`: they were prepared before. */
  constructor(connection: StreamCarrier, headers: HeaderBlock | null, again = false) {
    super(connection, headers ?? new HeaderBlock());
    this.again = again;
    const { manager } = connection;
    manager.stats.inc(RQ_TOTAL);
    manager.stats.inc(connection.multiplexed ? RQ_HTTP2_TOTAL : RQ_HTTP1_TOTAL);
    manager.stats.inc(RQ_ACTIVE);
    connection.armStreamTimers();
  }

  get responseHeaders(): HeaderBlock | null {
    return this.chain?.responseHeaders ?? null;
  }

  start(endStream: boolean): void {
    this.starting = true;
    this.begin(endStream);
    this.starting = false;
  }

  private begin(endStream: boolean): void {
    const headers = this.requestHeaders;
    this.cameAsGrpc = isGrpcRequest(headers);
    const { plan } = this.manager;
    this.info.protocol = this.connection.codec.protocol;
    this.closeAsked = this.connection.lastRequest || this.connection.codec.requestWantsClose;
    this.lastOnConnection = this.closeAsked;
    if (endStream) this.requestEnded();
    this.selectScope();
    this.answerExpectation(headers);
    const { authority } = headers;
    const rejection = checkRequest(headers, plan.preparation, localPort(this));
    if (headers.method === "CONNECT" && headers.authority !== authority) this.info.connectPort = portOf(authority ?? "")?.toString();
    if (rejection !== null) return this.reject(rejection);
    if (!this.again) {
      this.mutateEarly();
      const prepared = mutateRequest(headers, this.manager.factsOf(this.connection.facts), plan.preparation, this.table?.level.internalOnlyHeaders ?? [], this.manager.newRequestId);
      this.info.remote = prepared.remote;
      if (prepared.refused > 0) return this.refuseUnknown(prepared.refused);
    }
    this.route();
    const filters = this.filtersFor(upgradeOf(headers));
    if (filters === null) return this.refuseUpgrade();
    this.chain = new FilterChain(this, filters.of(this.cachedRoute), plan.bufferLimit);
    if (plan.logOptions.atStart) this.log("DownstreamStart");
    if (plan.logOptions.intervalMs > 0) this.logFrom(plan.logOptions.intervalMs);
    this.chain.decode.startHeaders(headers, endStream);
  }

  /** The filters that a request passes with this upgrade (null: plain); null when it may not be upgraded. */
  private filtersFor(upgrade: string | null): FilterSet | null {
    const { manager, cachedRoute } = this;
    if (upgrade === null) return manager.filters;
    const configured = manager.upgrades.get(upgrade);
    if (!upgradeAllowed(upgrade, cachedRoute, configured)) return cachedRoute === null ? manager.filters : null;
    this.upgraded = true;
    manager.stats.inc(CX_UPGRADES_TOTAL);
    manager.stats.inc(CX_UPGRADES_ACTIVE);
    return configured?.filters ?? manager.filters;
  }

  private refuseUnknown(status: number): void {
    this.manager.stats.inc(RQ_REJECTED_VIA_IP_DETECTION);
    this.localReply({ status, body: "", details: "rejecting_because_detection_failed" });
  }

  /** What follows such a request could be a smuggled one: the connection ends with the answer. */
  private refuseUpgrade(): void {
    this.lastOnConnection = true;
    this.manager.stats.inc(RQ_WS_ON_NON_WS_ROUTE);
    this.localReply({ status: 403, body: "", details: "upgrade_failed" });
  }

  onData(data: Buffer, endStream: boolean): void {
    this.info.bytesReceived += data.length;
    if (endStream) this.requestEnded();
    if (this.over) return;
    this.connection.touchStreamTimer();
    this.chain?.decode.pushData(data, endStream);
  }

  onTrailers(trailers: HeaderBlock): void {
    this.requestEnded();
    if (!this.over) this.chain?.decode.pushTrailers(trailers);
  }

  /** The codec could not go on: a request that Envoy does not take either. */
  codecFailed(error: CodecError): void {
    if (this.over) return;
    this.info.details = error.details;
    if (this.responseStarted) {
      this.info.setFlag("DPE");
      return this.abort();
    }
    this.codecFault = true;
    this.lastOnConnection = true;
    this.localReply({ status: error.status, body: error.body, details: error.details });
  }

  onRemoteClosed(): void {
    this.onLost("DC", "downstream_remote_disconnect");
  }

  /** The client is gone, or its stream was broken off. `details`: "" when there is nothing to say. */
  onLost(flag: ResponseFlag | null, details: string): void {
    if (this.over) return;
    if (flag !== null) this.info.setFlag(flag);
    if (details !== "") this.info.details = details;
    this.finish(true);
  }

  /** The response, which had waited for the client's window, has gone out. */
  onFlushed(): void {
    this.info.lastDownstreamTx = this.manager.env.clock.now();
    this.finish(false);
  }

  /** No byte moved for `stream_idle_timeout`. */
  onIdle(): void {
    if (this.flushing) {
      this.finish(true);
      return this.connection.giveUpResponse();
    }
    this.manager.stats.inc(RQ_IDLE_TIMEOUT);
    this.info.setFlag("SI");
    this.timedOut("stream timeout", "stream_idle_timeout");
  }

  onRequestTimeout(): void {
    this.manager.stats.inc(RQ_TIMEOUT);
    this.timedOut("request timeout", "request_overall_timeout");
  }

  onHeaderTimeout(): void {
    this.manager.stats.inc(RQ_HEADER_TIMEOUT);
    this.timedOut("request header timeout", "request_header_timeout");
  }

  onMaxDuration(): void {
    this.manager.stats.inc(RQ_MAX_DURATION);
    this.timedOut("downstream duration timeout", "max_duration_timeout", DEADLINE_EXCEEDED);
  }

  composeReply(reply: LocalReply, headers: HeaderBlock): string {
    becomeResponse(headers, reply.status);
    this.manager.chargeReply(reply.details);
    // a request that is refused before its routing has a route too, if its headers as they came lead to one
    const route = this.route();
    if (route?.kind === "forward") finaliseResponse(route, headers, this.formatView(headers));
    reply.modify?.(headers);
    if (reply.status === 400 && !this.manager.plan.streamErrors && !this.connection.multiplexed) this.lastOnConnection = true;
    const { localReplies } = this.manager.plan;
    const rewrite = localReplies === null ? undefined : (draft: DraftReply): void => rewriteReply(localReplies, draft, headers, this, this.manager.env);
    this.info.responseCode = reply.status;
    return shapeLocalReply(reply, headers, this.requestHeaders, rewrite, this.cameAsGrpc);
  }

  /** Interim answers of the upstream are the client's business only with `proxy_100_continue`. */
  write1xx(headers: HeaderBlock): void {
    // Envoy passes on the first of them.
    if (!this.manager.plan.proxy100Continue || this.interim) return;
    this.interim = true;
    this.shapeResponse(headers);
    this.charge(headers.status);
    this.connection.codec.encode1xx(headers);
  }

  writeHeaders(headers: HeaderBlock, endStream: boolean): void {
    if (this.over) return;
    const { manager, connection } = this;
    manager.stampResponse(headers);
    this.shapeResponse(headers);
    this.decideConnectionEnd(headers);
    const tunnel = beginsTunnel(headers, this.requestHeaders.method);
    if (connection.closing && !tunnel && !connection.multiplexed) headers.set(CONNECTION, "close");
    this.charge(headers.status);
    if (tunnel && manager.plan.logOptions.atTunnel) this.log("DownstreamTunnelSuccessfullyEstablished");
    this.info.firstDownstreamTx = manager.env.clock.now();
    connection.touchStreamTimer();
    connection.codec.encodeHeaders(headers, endStream);
    if (endStream) this.responseEnded();
  }

  writeData(data: Buffer, endStream: boolean): void {
    if (this.over) return;
    this.info.bytesSent += data.length;
    this.connection.touchStreamTimer();
    this.connection.codec.encodeData(data, endStream);
    if (endStream) this.responseEnded();
  }

  writeTrailers(trailers: HeaderBlock): void {
    if (this.over) return;
    this.responseTrailers = trailers;
    this.connection.codec.encodeTrailers(trailers);
    this.responseEnded();
  }

  /** Another stream takes over the request, as if it had just come (Envoy's recreateStream). */
  recreate(response: HeaderBlock, body: readonly Buffer[], trailers: HeaderBlock | null): boolean {
    if (this.over || !this.requestComplete) return false;
    this.info.details = "internal_redirect";
    this.info.responseCode = response.status;
    this.handedOn = true;
    this.finish(false);
    this.connection.streamAgain(this.requestHeaders, this.info, body, trailers);
    return true;
  }

  /** Runs a request that another stream had before: its end is known. */
  startAgain(before: StreamInfo, body: readonly Buffer[], trailers: HeaderBlock | null): void {
    this.info.remote = before.remote;
    this.info.filterState = before.filterState;
    this.info.bytesReceived = before.bytesReceived; // Envoy counts a body once for each hop
    this.requestEnded();
    const last = body.length - 1;
    this.start(last < 0 && trailers === null);
    for (let i = 0; i <= last && !this.over; i++) this.onData(body[i] as Buffer, i === last && trailers === null);
    if (trailers !== null && !this.over) this.onTrailers(trailers);
  }

  resetStream(details: string): void {
    if (this.over) return;
    this.info.details = details;
    this.abort();
  }

  protected get responseStarted(): boolean {
    return this.chain?.responseStarted === true;
  }

  private localReply(reply: LocalReply): void {
    this.chain ??= new FilterChain(this, this.manager.filters.of(this.cachedRoute), this.manager.plan.bufferLimit);
    this.chain.localReply(reply);
  }

  private reject(rejection: Rejection): void {
    if (rejection.counter !== undefined) this.manager.stats.inc(REJECTION_COUNTERS[rejection.counter]);
    if (rejection.messageError === true && !this.manager.plan.streamErrors && !this.connection.multiplexed) this.lastOnConnection = true;
    const location = rejection.location;
    this.localReply({
      status: rejection.status, body: "", details: rejection.details,
      ...(location === undefined ? {} : { modify: (headers: HeaderBlock) => headers.set(LOCATION, location) }),
    });
  }

  /** `Expect: 100-continue` is answered here unless `proxy_100_continue`. */
  private answerExpectation(headers: HeaderBlock): void {
    const expect = headers.get(EXPECT);
    if (expect === null || this.manager.plan.proxy100Continue || expect.toLowerCase() !== "100-continue") return;
    const answer = new HeaderBlock();
    becomeResponse(answer, 100);
    this.charge(100);
    this.connection.codec.encode1xx(answer);
    headers.remove(EXPECT);
  }

  /** Does the connection end with this response (Envoy's `encodeHeaders` of the connection manager). */
  private decideConnectionEnd(headers: HeaderBlock): void {
    const { manager, connection } = this;
    if (!connection.closing && manager.env.draining()) {
      connection.closing = true;
      manager.stats.inc(CX_DRAIN_CLOSE);
    }
    if (this.info.protocol === "HTTP/1.0") {
      if (!headers.has(CONTENT_LENGTH)) this.lastOnConnection = true;
      if (!this.lastOnConnection) headers.set(CONNECTION, "keep-alive");
    }
    if (this.lastOnConnection) connection.closing = true;
    if (!this.requestComplete) {
      if (!connection.multiplexed) connection.closing = true;
      manager.stats.inc(RQ_RESPONSE_BEFORE_COMPLETE);
    }
  }

  private charge(status: number): void {
    this.info.responseCode = status;
    if (!this.info.healthCheck) this.manager.charge(status);
  }

  private requestEnded(): void {
    this.requestComplete = true;
    this.info.requestEnd = this.manager.env.clock.now();
    this.connection.requestArrived();
  }

  private timedOut(body: string, details: string, grpcStatus?: number): void {
    this.info.details = details;
    if (this.responseStarted) return this.abort();
    this.localReply({ status: this.requestComplete ? 504 : 408, body, details, ...(grpcStatus === undefined ? {} : { grpcStatus }) });
  }

  /** Gives the stream up after the response has begun: HTTP/1 says so by closing. */
  private abort(): void {
    this.manager.stats.inc(RQ_TX_RESET);
    this.finish(true);
    this.connection.abort();
  }

  private responseEnded(): void {
    if (this.requestComplete && this.connection.holdsResponse) {
      this.flushing = true;
      return;
    }
    this.info.lastDownstreamTx = this.manager.env.clock.now();
    const framedByClose = this.info.protocol === "HTTP/1.0" && !(this.responseHeaders?.has(CONTENT_LENGTH) ?? false);
    this.finish(!this.requestComplete);
    this.connection.streamOver(this.requestComplete, !this.starting && (framedByClose || (this.closeAsked && this.requestComplete)));
  }

  /** `reset`: the request has not come to its end, and what is left of it is not wanted. */
  private finish(reset: boolean): void {
    if (this.over) return;
    this.over = true;
    if (reset) this.manager.stats.inc(RQ_RX_RESET);
    const { manager, info } = this;
    info.end = manager.env.clock.now();
    manager.stats.sub(RQ_ACTIVE, 1);
    manager.stats.record(RQ_TIME, info.end - info.start);
    this.connection.stopStreamTimers();
    this.stopLogging();
    if (this.codecFault) info.setFlag("DPE");
    if (info.healthCheck) manager.stats.inc(TRACING_HEALTH_CHECK);
    if (this.upgraded) manager.stats.sub(CX_UPGRADES_ACTIVE, 1);
    this.chain?.complete();
    this.chain?.destroy();
    this.log("DownstreamEnd");
    // Nobody may keep the heads past the log line: they are used again.
    if (!this.handedOn) giveHeaders(this.requestHeaders);
    if (this.responseHeaders !== null) giveHeaders(this.responseHeaders);
  }
}

function becomeResponse(headers: HeaderBlock, status: number): void {
  headers.kind = RESPONSE;
  headers.status = status;
}

function localPort(stream: ActiveStream): number {
  const local = stream.info.downstream.local;
  return local.kind === "ip" ? local.port : 0;
}
