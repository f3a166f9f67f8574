/**
 * One downstream connection, HTTP/1 unless its first bytes say HTTP/2 (then it hands over to `Http2Connection`): its codec, the stream in progress, the connection's timers and its end.
 *
 * HTTP/1 carries one request at a time; what the client sends beyond it stays with the codec until the response has gone.
 */
import { Http1Server, type RequestSink } from "../codec/http1-server.ts";
import { startsPreface } from "../codec/http2-frames.ts";
import type { CodecError } from "../codec/codec-error.ts";
import type { DownstreamConnection, ServedConnection } from "../contract/network-filter.ts";
import type { DownstreamFacts, StreamInfo } from "../contract/stream-info.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import type { Timer } from "../platform/clock.ts";
import type { CloseCause, Conn } from "../platform/conn.ts";
import { ActiveStream } from "./active-stream.ts";
import { Http2Connection } from "./http2-connection.ts";
import type { Manager } from "./manager.ts";
import type { StreamCarrier } from "./stream-carrier.ts";
import { StreamTimers } from "./stream-timers.ts";
import {
  CX_ACTIVE, CX_DESTROY, CX_DESTROY_ACTIVE_RQ, CX_DESTROY_LOCAL, CX_DESTROY_LOCAL_ACTIVE_RQ, CX_DESTROY_REMOTE,
  CX_DESTROY_REMOTE_ACTIVE_RQ, CX_HTTP1_ACTIVE, CX_HTTP1_SOFT_DRAIN, CX_HTTP1_TOTAL, CX_IDLE_TIMEOUT, CX_LENGTH_MS, CX_MAX_DURATION, CX_MAX_REQUESTS, CX_PROTOCOL_ERROR,
  CX_RX_BYTES, CX_SSL_ACTIVE, CX_SSL_TOTAL, CX_TOTAL, CX_TX_BYTES,
} from "./manager-stats.ts";

export class HttpConnection implements ServedConnection, StreamCarrier {
  readonly manager: Manager;
  readonly conn: Conn;
  readonly codec: Http1Server;
  readonly facts: DownstreamFacts;
  /** No request after the one in progress: its response carries `connection: close`. */
  closing = false;
  lastRequest = false;
  private stream: ActiveStream | null = null;
  /** The connection's own stream info, where its bytes are counted. */
  private readonly logged: StreamInfo | null;
  private readonly connection: DownstreamConnection;
  private readonly done: () => void;
  private readonly opened: number;
  private readonly idleTimer: Timer | null;
  private readonly durationTimer: Timer | null;
  private drainTimer: Timer | null = null;
  private readonly timers: StreamTimers;
  private requests = 0;
  private over = false;
  /** The client was the first to close. */
  private leftByClient = false;
  /** ... with a request under way. */
  private leftActive = false;
  private pauses = 0;
  /** Reading is paused because the client sent more requests than the one in progress. */
  private heldBack = false;
  private counted = false;
  /** `http1_safe_max_connection_duration`: the next request is the last. */
  private softDrain = false;
  /** It turned out to be HTTP/2. */
  private successor: Http2Connection | null = null;
  readonly multiplexed = false;

  constructor(manager: Manager, connection: DownstreamConnection, done: () => void) {
    const { conn } = connection;
    this.manager = manager;
    this.conn = conn;
    this.connection = connection;
    this.logged = connection.logged ? connection.info : null;
    this.done = done;
    this.facts = connection.facts;
    this.codec = new Http1Server(connection.facts.secure === true ? manager.secureCodec : manager.plan.codec, new Requests(this), this);
    this.opened = manager.env.clock.now();
    this.idleTimer = manager.plan.idleTimeoutMs > 0 ? manager.env.clock.timer(() => this.onIdle()) : null;
    this.idleTimer?.arm(manager.plan.idleTimeoutMs);
    this.durationTimer = manager.plan.maxConnectionDurationMs > 0 ? manager.env.clock.after(manager.connectionDurationMs(), () => this.onDuration()) : null;
    this.timers = new StreamTimers(manager.env.clock, manager.plan, () => this.stream);
    manager.stats.inc(CX_TOTAL);
    manager.stats.inc(CX_ACTIVE);
    if (this.facts.secure === true) {
      manager.stats.inc(CX_SSL_TOTAL);
      manager.stats.inc(CX_SSL_ACTIVE);
    }
  }

  get busy(): boolean {
    return this.successor?.busy ?? this.stream !== null;
  }

  drain(graceMs: number): void {
    if (this.successor !== null) return this.successor.drain(graceMs);
    this.closing = true;
    const wait = Math.min(graceMs, this.manager.plan.idleTimeoutMs > 0 ? this.manager.plan.idleTimeoutMs : graceMs);
    this.drainTimer ??= this.manager.env.clock.timer(() => this.onIdle());
    this.drainTimer.arm(wait);
  }

  onData(conn: Conn, chunk: Buffer): void {
    if (this.successor !== null) return this.successor.onData(conn, chunk);
    if (this.over) return;
    if (!this.counted) {
      this.counted = true;
      if (this.manager.plan.codecType !== "HTTP1" && this.isHttp2(chunk)) return this.becomeHttp2(chunk);
      this.manager.stats.inc(CX_HTTP1_TOTAL);
      this.manager.stats.inc(CX_HTTP1_ACTIVE);
      if (this.logged !== null) this.logged.protocol = "HTTP/1.1";
    }
    this.manager.stats.add(CX_RX_BYTES, chunk.length);
    if (this.logged !== null) this.logged.bytesReceived += chunk.length;
    this.codec.receive(chunk);
    if (this.codec.blocked && !this.heldBack && this.stream !== null) {
      this.heldBack = true;
      this.pauseReading();
    }
    if (this.stream === null && !this.over && this.codec.midHead) this.timers.headBegan(() => this.headTimedOut());
  }

  onDenied(bytes: number): void {
    this.manager.stats.add(CX_RX_BYTES, bytes);
  }

  /** By what TLS agreed on, or by the first bytes; a preface in several pieces is not waited for (nor does Envoy). */
  private isHttp2(chunk: Buffer): boolean {
    if (this.manager.plan.codecType === "HTTP2") return true;
    const alpn = this.conn.tls?.alpn;
    return alpn === undefined ? startsPreface(chunk) : alpn === "h2";
  }

  private becomeHttp2(chunk: Buffer): void {
    this.over = true;
    this.stopTimers();
    const { manager, conn } = this;
    const successor = new Http2Connection(manager, this.connection, this.done, this.opened);
    this.successor = successor;
    // filters that look at every byte stay in front, and hand it on through this one
    if (conn.handler === this) conn.handler = successor;
    if (this.closing) successor.startDrain();
    successor.onData(conn, chunk);
  }

  onDrain(): void {
    if (this.successor !== null) return this.successor.onDrain();
    this.stream?.onDownstreamBlocked(false);
  }

  /** Envoy takes a client's half close for its departure. */
  onEnd(conn: Conn): void {
    if (this.successor !== null) return this.successor.onEnd(conn);
    this.leftByClient = true;
    this.leftActive = this.stream !== null;
    this.endStreamEarly();
    conn.close();
  }

  onClose(conn: Conn, cause: CloseCause): void {
    if (this.successor !== null) return this.successor.onClose(conn, cause);
    if (this.over) return;
    this.over = true;
    const stats = this.manager.stats;
    const local = cause === "local" && !this.leftByClient;
    const active = this.stream !== null || this.leftActive;
    stats.inc(CX_DESTROY);
    stats.inc(local ? CX_DESTROY_LOCAL : CX_DESTROY_REMOTE);
    if (active) {
      stats.inc(CX_DESTROY_ACTIVE_RQ);
      stats.inc(local ? CX_DESTROY_LOCAL_ACTIVE_RQ : CX_DESTROY_REMOTE_ACTIVE_RQ);
    }
    stats.sub(CX_ACTIVE, 1);
    if (this.facts.secure === true) stats.dec(CX_SSL_ACTIVE);
    if (this.counted) stats.sub(CX_HTTP1_ACTIVE, 1);
    if (this.softDrain) stats.dec(CX_HTTP1_SOFT_DRAIN);
    stats.record(CX_LENGTH_MS, this.manager.env.clock.now() - this.opened);
    this.endStreamEarly();
    this.stopTimers();
    this.done();
  }

  private stopTimers(): void {
    this.idleTimer?.cancel();
    this.drainTimer?.cancel();
    this.durationTimer?.cancel();
    this.timers.close();
  }

  /** ByteSink of the codec. */
  write(chunk: Buffer, start: number, end: number): boolean {
    this.manager.stats.add(CX_TX_BYTES, end - start);
    if (this.logged !== null) this.logged.bytesSent += end - start;
    const room = this.conn.write(chunk, start, end);
    if (!room) this.stream?.onDownstreamBlocked(true);
    return room;
  }

  beginRequest(headers: HeaderBlock, endStream: boolean): void {
    this.idleTimer?.rest();
    this.timers.headCame();
    this.requests++;
    const limit = this.manager.plan.maxRequestsPerConnection;
    if (this.softDrain) this.lastRequest = true;
    if (limit > 0 && this.requests >= limit) {
      this.lastRequest = true;
      this.manager.stats.inc(CX_MAX_REQUESTS);
    }
    this.stream = new ActiveStream(this, headers);
    this.stream.start(endStream);
  }

  get current(): ActiveStream | null {
    return this.stream;
  }

  /** The peer does not speak HTTP/1 as Envoy understands it: answered where an answer is possible, then closed. */
  protocolError(error: CodecError): void {
    this.manager.stats.inc(CX_PROTOCOL_ERROR);
    this.closing = true;
    if (this.stream === null) this.stream = new ActiveStream(this, null);
    this.stream.codecFailed(error);
  }

  streamOver(whole: boolean, atOnce: boolean): void {
    this.stream = null;
    while (this.pauses > (this.heldBack ? 1 : 0)) this.resumeReading();
    if (this.over) return;
    if (this.closing || !whole) {
      this.codec.stop();
      this.conn.close(atOnce ? 0 : this.manager.plan.delayedCloseMs);
      return;
    }
    this.idleTimer?.arm(this.manager.plan.idleTimeoutMs);
    this.readOn();
  }

  /** HTTP/1 bytes go to the connection, whether or not the client reads them. */
  get holdsResponse(): boolean {
    return false;
  }

  giveUpResponse(): void {}

  streamAgain(headers: HeaderBlock, before: StreamInfo, body: readonly Buffer[], trailers: HeaderBlock | null): void {
    this.stream = new ActiveStream(this, headers, true);
    this.stream.startAgain(before, body, trailers);
  }

  /** Lets the codec go on with what it kept, and reads again. */
  private readOn(): void {
    if (this.heldBack) {
      this.heldBack = false;
      this.resumeReading();
    }
    this.codec.next();
  }

  /** The stream was given up: HTTP/1 can only say so by closing. */
  abort(): void {
    this.stream = null;
    if (!this.over) this.conn.close(this.manager.plan.delayedCloseMs);
  }

  /** The client takes no more bytes for now. */
  get blocked(): boolean {
    return this.conn.highWatermark > 0 && this.conn.buffered > this.conn.highWatermark;
  }

  armStreamTimers(): void {
    this.timers.streamBegan();
  }

  setStreamIdle(ms: number): void {
    this.timers.setIdle(ms);
  }

  setStreamDuration(ms: number): void {
    this.timers.setDuration(ms);
  }

  touchStreamTimer(): void {
    this.timers.moved();
  }

  requestArrived(): void {
    this.timers.requestCame();
  }

  stopStreamTimers(): void {
    this.timers.streamEnded();
  }

  pauseReading(): void {
    if (this.pauses++ === 0) this.conn.pause();
  }

  resumeReading(): void {
    if (this.pauses > 0 && --this.pauses === 0) this.conn.resume();
  }

  /** A head that never became whole was a request too. */
  private endStreamEarly(): void {
    const stream = this.stream ?? (this.codec.midHead ? new ActiveStream(this, null) : null);
    this.codec.stop();
    this.stream = null;
    stream?.onRemoteClosed();
  }

  private headTimedOut(): void {
    if (this.over || this.stream !== null) return;
    this.closing = true;
    this.stream = new ActiveStream(this, null);
    this.stream.onHeaderTimeout();
  }

  /** `max_connection_duration`: the connection ends with its next response, or when the drain has lasted long enough. */
  private onDuration(): void {
    if (this.over) return;
    const { stats, plan } = this.manager;
    stats.inc(CX_MAX_DURATION);
    if (plan.softDuration && this.counted) {
      this.softDrain = true;
      stats.inc(CX_HTTP1_SOFT_DRAIN);
    } else if (this.counted) this.drain(this.manager.drainTimeoutMs());
    else this.conn.close(plan.delayedCloseMs);
  }

  private onIdle(): void {
    if (this.stream !== null || this.over) return;
    if (!this.closing) this.manager.stats.inc(CX_IDLE_TIMEOUT);
    this.conn.close(this.manager.plan.delayedCloseMs);
  }
}

/** The codec's events, told apart from the connection's. */
class Requests implements RequestSink {
  private readonly connection: HttpConnection;

  constructor(connection: HttpConnection) {
    this.connection = connection;
  }

  onRequest(headers: HeaderBlock, endStream: boolean): void {
    this.connection.beginRequest(headers, endStream);
  }

  onBody(data: Buffer, endStream: boolean): void {
    this.connection.current?.onData(data, endStream);
  }

  onTrailers(trailers: HeaderBlock): void {
    this.connection.current?.onTrailers(trailers);
  }

  onError(error: CodecError): void {
    this.connection.protocolError(error);
  }
}
