/**
 * One try at forwarding a request: its place in a pool's queue, then its exchange with a host (Envoy's UpstreamRequest). It knows its own
 * timeouts and how far it has got; what any of that means for the request is the owner's business.
 */
import type { Cluster } from "../contract/cluster.ts";
import type { Host } from "../contract/host.ts";
import type { PoolCallbacks, PoolTicket, ResetReason, ResponseSink, UpstreamStream } from "../contract/upstream-stream.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import type { Clock, Timer } from "../platform/clock.ts";
import { FLOW_BACKED_UP, FLOW_DRAINED, FLOW_PAUSED, FLOW_RESUMED } from "../upstream/cluster-stats.ts";
import type { ConnectPlan } from "../router/forward-plan.ts";
import { EarlyBody } from "./early-body.ts";
import { agrees, endsHere, type Gate, gateOf, isFailedHandshake, OPEN, WEBSOCKET } from "./tunnel.ts";
import type { DownstreamFacts } from "../contract/stream-info.ts";

/** What an attempt asks of the request it belongs to. */
export interface AttemptOwner {
  readonly clock: Clock;
  readonly requestHeaders: HeaderBlock;
  /** The request has come completely: from then on the attempt's timeouts run. */
  readonly requestComplete: boolean;
  /** The client has been promised a response: reading may be paused, and the per-try timeout no longer counts. */
  readonly responseStarted: boolean;
  /** ms; 0 = none. */
  readonly perTryMs: number;
  readonly perTryIdleMs: number;
  readonly streamDurationMs: number;
  /** The route terminates CONNECT. */
  readonly connect: ConnectPlan | undefined;
  /** Its limits are those of `priority: HIGH`. */
  readonly highPriority?: boolean;
  /** The connection that the request came by. */
  readonly downstream?: DownstreamFacts;
  /** Bytes of body that an attempt may hold for want of a connection. */
  readonly bufferLimit: number;
  onConnected(attempt: Attempt, stream: UpstreamStream): void;
  on1xx(attempt: Attempt, headers: HeaderBlock): void;
  onHeaders(attempt: Attempt, headers: HeaderBlock, endStream: boolean): void;
  onData(attempt: Attempt, data: Buffer, endStream: boolean): void;
  onTrailers(attempt: Attempt, trailers: HeaderBlock): void;
  onReset(attempt: Attempt, reason: ResetReason, failure: string): void;
  /** The request's time begins to run, though it is not whole: a WebSocket handshake must be answered in time. */
  startTime(): void;
  /** It is answered with 101: time no longer counts. */
  onHandshakeDone(): void;
  /** It is answered otherwise, and not by an error: the head is all that the client gets. */
  onHandshakeFailed(attempt: Attempt, headers: HeaderBlock): void;
  onPerTryTimeout(attempt: Attempt, idle: boolean): void;
  onStreamDuration(attempt: Attempt): void;
  pauseDownstream(): void;
  resumeDownstream(): void;
}

export class Attempt implements ResponseSink, PoolCallbacks {
  /** The attempt made before this one, while both are under way (hedging). */
  next: Attempt | null = null;
  /** Known once the pool has answered. */
  host: Host | null = null;
  awaitingHeaders = true;
  /** Another attempt was made beside this one already. */
  retried = false;
  /** A connection was had, and the request's head went there. */
  sent = false;
  canary = false;
  /** That it took too long was told to the host's monitor. */
  timeoutTold = false;
  /** Whether it counts as the host's success is told by the trailers. */
  successPending = false;
  readonly cluster: Cluster;
  private readonly owner: AttemptOwner;
  private readonly headersEnd: boolean;
  private ticket: PoolTicket | null = null;
  private stream: UpstreamStream | null = null;
  private early: EarlyBody | null = null;
  /** What the body waits for, besides a connection. */
  private gate: Gate = OPEN;
  private over = false;
  private blocking = false;
  /** Reading pauses when the response begins. */
  private pausePending = false;
  private timers: AttemptTimers | null = null;

  /** `headersEnd`: the request consists of its headers. */
  constructor(owner: AttemptOwner, cluster: Cluster, headersEnd: boolean) {
    this.owner = owner;
    this.cluster = cluster;
    this.headersEnd = headersEnd;
  }

  /** `protocol`: of the request as it came. */
  start(host: Host, protocol: string): void {
    const { connect, requestHeaders } = this.owner;
    const tunnel = endsHere(connect, requestHeaders.method);
    if (!tunnel) this.gate = gateOf(requestHeaders);
    if (this.gate === WEBSOCKET) {
      this.startTimers();
      this.owner.startTime();
    }
    const ticket = (tunnel ? this.cluster.tunnelPool(host, this.owner.highPriority) : this.cluster.pool(host, protocol, this.owner.highPriority, this.owner)).newStream(this, this);
    if (!this.over && this.stream === null) this.ticket = ticket;
  }

  sendData(data: Buffer, endStream: boolean): void {
    if (this.stream !== null && this.gate === OPEN) return this.stream.encodeData(data, endStream);
    if (this.over) return;
    this.early ??= new EarlyBody();
    this.early.add(data, endStream);
    if (this.early.bytes > this.owner.bufferLimit) this.block(true);
  }

  sendTrailers(trailers: HeaderBlock): void {
    if (this.stream !== null && this.gate === OPEN) return this.stream.encodeTrailers(trailers);
    if (!this.over) (this.early ??= new EarlyBody()).trailers = trailers;
  }

  /** The request is whole. An attempt that has no connection yet begins to count when it has one. */
  onRequestComplete(): void {
    if (this.sent) this.startTimers();
  }

  /** Ends it, wherever it is; the owner hears nothing more. */
  reset(): void {
    if (this.over) return;
    const { ticket, stream } = this;
    this.finish();
    ticket?.cancel();
    stream?.reset();
  }

  pauseReading(): void {
    if (this.stream === null) return;
    if (this.owner.responseStarted) this.pauseStream(this.stream);
    else this.pausePending = true;
  }

  resumeReading(): void {
    if (this.pausePending) {
      this.pausePending = false;
    } else if (this.stream !== null) {
      this.cluster.stats.inc(FLOW_RESUMED);
      this.stream.resumeReading();
    }
  }

  onPoolReady(stream: UpstreamStream, host: Host): void {
    if (this.over) {
      stream.reset();
      return;
    }
    this.ticket = null;
    this.stream = stream;
    this.host = host;
    this.sent = true;
    this.owner.onConnected(this, stream);
    if (this.owner.requestComplete) this.startTimers();
    if (this.owner.streamDurationMs > 0) this.timersOf().startDuration(this.owner.streamDurationMs);
    stream.encodeHeaders(this.owner.requestHeaders, this.headersEnd);
    if (this.gate === OPEN) this.sendEarly(stream);
  }

  onPoolFailure(reason: ResetReason, failure: string, host: Host | null): void {
    this.ticket = null;
    this.host = host;
    this.onReset(reason, failure);
  }

  on1xx(headers: HeaderBlock): void {
    if (!this.over) this.owner.on1xx(this, headers);
  }

  onHeaders(headers: HeaderBlock, endStream: boolean): void {
    if (this.over || (this.gate !== OPEN && !this.passGate(headers))) return;
    this.timers?.moved(this.owner.perTryIdleMs);
    this.awaitingHeaders = false;
    if (this.pausePending && this.stream !== null) {
      this.pausePending = false;
      this.pauseStream(this.stream);
    }
    this.owner.onHeaders(this, headers, endStream);
  }

  onData(data: Buffer, endStream: boolean): void {
    if (this.over) return;
    this.timers?.moved(this.owner.perTryIdleMs);
    this.owner.onData(this, data, endStream);
  }

  onTrailers(trailers: HeaderBlock): void {
    if (!this.over) this.owner.onTrailers(this, trailers);
  }

  onReset(reason: ResetReason, failure: string): void {
    if (this.over) return;
    this.finish();
    this.awaitingHeaders = false;
    this.owner.onReset(this, reason, failure);
  }

  /** The upstream takes no more request bytes: stop reading from the client. */
  onBlocked(blocked: boolean): void {
    if (!this.over) this.block(blocked);
  }

  onPerTry(idle: boolean): void {
    if (this.over || (!idle && this.owner.responseStarted)) return;
    this.owner.onPerTryTimeout(this, idle);
  }

  onDuration(): void {
    if (!this.over) this.owner.onStreamDuration(this);
  }

  private sendEarly(stream: UpstreamStream): void {
    this.early?.sendTo(stream);
    this.early = null;
    this.block(false);
  }

  /** Lets the body go when the upstream agrees; false: the answer was used up here. */
  private passGate(headers: HeaderBlock): boolean {
    const { gate, stream } = this;
    if (agrees(gate, headers.status)) {
      this.gate = OPEN;
      if (gate === WEBSOCKET) {
        this.timers?.stopTries();
        this.owner.onHandshakeDone();
      }
      if (stream !== null) this.sendEarly(stream);
      return true;
    }
    if (!isFailedHandshake(gate, headers.status)) return true;
    this.owner.onHandshakeFailed(this, headers);
    return false;
  }

  private block(blocked: boolean): void {
    if (blocked === this.blocking) return;
    this.blocking = blocked;
    this.cluster.stats.inc(blocked ? FLOW_BACKED_UP : FLOW_DRAINED);
    if (blocked) this.owner.pauseDownstream();
    else this.owner.resumeDownstream();
  }

  private pauseStream(stream: UpstreamStream): void {
    this.cluster.stats.inc(FLOW_PAUSED);
    stream.pauseReading();
  }

  private startTimers(): void {
    const { perTryMs, perTryIdleMs } = this.owner;
    if (perTryMs > 0 || perTryIdleMs > 0) this.timersOf().start(perTryMs, perTryIdleMs);
  }

  private timersOf(): AttemptTimers {
    return (this.timers ??= new AttemptTimers(this, this.owner.clock));
  }

  private finish(): void {
    this.over = true;
    this.timers?.stop();
    this.block(false);
    this.ticket = null;
    this.stream = null;
    this.early = null;
  }
}

/** The limits of one attempt, for those that have any. */
class AttemptTimers {
  private readonly attempt: Attempt;
  private readonly clock: Clock;
  private perTry: Timer | null = null;
  private idle: Timer | null = null;
  private duration: Timer | null = null;

  constructor(attempt: Attempt, clock: Clock) {
    this.attempt = attempt;
    this.clock = clock;
  }

  start(perTryMs: number, idleMs: number): void {
    if (perTryMs > 0) this.perTry ??= this.clock.after(perTryMs, () => this.onPerTry());
    if (idleMs > 0) this.idle ??= this.clock.after(idleMs, () => this.onIdle());
  }

  startDuration(ms: number): void {
    this.duration = this.clock.after(ms, () => this.attempt.onDuration());
  }

  moved(idleMs: number): void {
    this.idle?.arm(idleMs);
  }

  stop(): void {
    this.stopTries();
    this.duration?.cancel();
  }

  stopTries(): void {
    this.perTry?.cancel();
    this.idle?.cancel();
    this.idle = null;
  }

  private onPerTry(): void {
    this.idle?.cancel();
    this.idle = null;
    this.attempt.onPerTry(false);
  }

  private onIdle(): void {
    this.perTry?.cancel();
    this.attempt.onPerTry(true);
  }
}
