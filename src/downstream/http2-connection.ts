/**
 * One downstream HTTP/2 connection: its codec, the streams under way, the connection's timers and its end.
 *
 *     drain: none -> told (GOAWAY with the highest number; those on their way are still taken) -> closing (GOAWAY with the last
 *     stream; the connection ends with the last of them)
 */
import type { ConnectionFault, MessageFault } from "../codec/http2-faults.ts";
import { Http2Keepalive } from "../codec/http2-keepalive.ts";
import type { Http2Sink } from "../codec/http2-output.ts";
import { Http2Server, type Http2ServerEvents } from "../codec/http2-server.ts";
import type { Http2Stream } from "../codec/http2-stream.ts";
import type { DownstreamConnection, ServedConnection } from "../contract/network-filter.ts";
import type { DownstreamFacts, StreamInfo } from "../contract/stream-info.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import type { Timer } from "../platform/clock.ts";
import type { CloseCause, Conn } from "../platform/conn.ts";
import { Http2Carrier, type CarrierOwner } from "./http2-carrier.ts";
import type { Manager } from "./manager.ts";
import {
  CX_ACTIVE, CX_DESTROY, CX_DESTROY_ACTIVE_RQ, CX_DESTROY_LOCAL, CX_DESTROY_LOCAL_ACTIVE_RQ, CX_DESTROY_REMOTE, CX_DESTROY_REMOTE_ACTIVE_RQ,
  CX_HTTP2_ACTIVE, CX_HTTP2_TOTAL, CX_IDLE_TIMEOUT, CX_LENGTH_MS, CX_MAX_DURATION, CX_MAX_REQUESTS, CX_PROTOCOL_ERROR, CX_RX_BYTES,
  CX_SSL_ACTIVE, CX_TX_BYTES, RQ_TOO_MANY_RESETS,
} from "./manager-stats.ts";
import { PrematureResets } from "./premature-resets.ts";
import { StreamTimers } from "./stream-timers.ts";

const NOT_DRAINING = 0;
const TOLD = 1;
const CLOSING = 2;

/** A set of timers and the stream that has them at the moment. */
interface LentTimers {
  carrier: Http2Carrier | null;
}

export class Http2Connection implements ServedConnection, Http2ServerEvents, Http2Sink, CarrierOwner {
  readonly manager: Manager;
  readonly facts: DownstreamFacts;
  private readonly conn: Conn;
  /** The connection's own stream info, where its bytes are counted. */
  private readonly logged: StreamInfo | null;
  private readonly done: () => void;
  private readonly opened: number;
  private readonly codec: Http2Server;
  private readonly carriers = new Set<Http2Carrier>();
  private readonly lent = new Map<StreamTimers, LentTimers>();
  private readonly free: StreamTimers[] = [];
  private readonly idleTimer: Timer | null;
  private readonly durationTimer: Timer | null;
  private readonly drainTimer: Timer;
  private readonly keepalive: Http2Keepalive | null;
  private readonly premature = new PrematureResets();
  private drainState = NOT_DRAINING;
  private requests = 0;
  private over = false;
  /** The client was the first to close. */
  private leftByClient = false;
  /** It ended with requests under way. */
  private leftActive = false;

  /** `opened`: when the connection was accepted; it was counted then. */
  constructor(manager: Manager, connection: DownstreamConnection, done: () => void, opened: number) {
    const { conn } = connection;
    const { env, plan } = manager;
    const { clock } = env;
    this.manager = manager;
    this.conn = conn;
    conn.gathers = true;
    this.done = done;
    this.opened = opened;
    this.logged = connection.logged ? connection.info : null;
    if (this.logged !== null) this.logged.protocol = "HTTP/2";
    this.facts = connection.facts;
    this.codec = new Http2Server(plan.http2, this, manager.http2Stats, this, () => clock.now());
    this.idleTimer = plan.idleTimeoutMs > 0 ? clock.timer(() => this.onIdle()) : null;
    this.idleTimer?.arm(plan.idleTimeoutMs);
    const age = clock.now() - opened;
    this.durationTimer = plan.maxConnectionDurationMs > 0 ? clock.after(Math.max(1, manager.connectionDurationMs() - age), () => this.onDuration()) : null;
    this.drainTimer = clock.timer(() => this.onDrainTimeout());
    this.keepalive = plan.keepalive === null ? null : new Http2Keepalive(plan.keepalive, clock, env.random, this.codec, () => this.onKeepaliveTimeout());
    manager.stats.inc(CX_HTTP2_TOTAL);
    manager.stats.inc(CX_HTTP2_ACTIVE);
  }

  get busy(): boolean {
    return this.carriers.size > 0;
  }

  get draining(): boolean {
    return this.drainState !== NOT_DRAINING;
  }

  get buffered(): number {
    return this.conn.buffered;
  }

  drain(graceMs: number): void {
    this.tell(Math.min(graceMs, this.manager.drainTimeoutMs()));
  }

  startDrain(): void {
    this.tell(this.manager.drainTimeoutMs());
  }

  onData(_conn: Conn, chunk: Buffer): void {
    if (this.over) return;
    this.manager.stats.add(CX_RX_BYTES, chunk.length);
    if (this.logged !== null) this.logged.bytesReceived += chunk.length;
    this.keepalive?.heard();
    this.codec.receive(chunk);
    this.closeIfDone();
  }

  onDrain(): void {
    this.codec.setBlocked(false);
  }

  /** Envoy takes a client's half close for its departure. */
  onEnd(conn: Conn): void {
    this.leftByClient = true;
    this.loseStreams("DC", "downstream_remote_disconnect");
    conn.close();
  }

  onClose(_conn: Conn, cause: CloseCause): void {
    if (this.over) return;
    this.over = true;
    const { stats, env } = this.manager;
    const local = cause === "local" && !this.leftByClient;
    if (this.carriers.size > 0) this.leftActive = true;
    stats.inc(CX_DESTROY);
    stats.inc(local ? CX_DESTROY_LOCAL : CX_DESTROY_REMOTE);
    if (this.leftActive) {
      stats.inc(CX_DESTROY_ACTIVE_RQ);
      stats.inc(local ? CX_DESTROY_LOCAL_ACTIVE_RQ : CX_DESTROY_REMOTE_ACTIVE_RQ);
    }
    stats.sub(CX_ACTIVE, 1);
    if (this.facts.secure === true) stats.dec(CX_SSL_ACTIVE);
    stats.sub(CX_HTTP2_ACTIVE, 1);
    stats.record(CX_LENGTH_MS, env.clock.now() - this.opened);
    this.stopTimers();
    this.loseStreams("DC", "downstream_remote_disconnect");
    this.codec.stop();
    for (const timers of this.free) timers.close();
    this.done();
  }

  /** The codec's bytes. */
  write(chunk: Buffer, start: number, end: number): boolean {
    this.manager.stats.add(CX_TX_BYTES, end - start);
    if (this.logged !== null) this.logged.bytesSent += end - start;
    const room = this.conn.write(chunk, start, end);
    if (!room) this.codec.setBlocked(true);
    return room;
  }

  onRequest(stream: Http2Stream, head: HeaderBlock, endStream: boolean): void {
    this.countRequest();
    const carrier = new Http2Carrier(this, stream);
    stream.sink = carrier;
    this.carriers.add(carrier);
    carrier.begin(head, endStream);
  }

  onBadRequest(fault: MessageFault): void {
    const carrier = this.beginWithout();
    carrier.onReset({ reason: fault.limit ? "remote reset" : "local reset", details: fault.details });
  }

  onSettings(): void {}

  onGoaway(): void {}

  onPong(): void {
    this.keepalive?.onPong();
  }

  onFrame(): void {
    this.keepalive?.onFrame();
  }

  /** The client does not speak HTTP/2 as Envoy understands it. */
  onError({ flood, text }: ConnectionFault): void {
    if (!flood) this.manager.stats.inc(CX_PROTOCOL_ERROR);
    this.loseStreams("DPE", `codec_error:${text.replaceAll(" ", "_")}`);
    this.conn.close(this.manager.plan.delayedCloseMs);
  }

  takeTimers(carrier: Http2Carrier): StreamTimers {
    const timers = this.free.pop();
    if (timers !== undefined) {
      (this.lent.get(timers) as LentTimers).carrier = carrier;
      return timers;
    }
    const holder: LentTimers = { carrier };
    const made = new StreamTimers(this.manager.env.clock, this.manager.plan, () => holder.carrier?.current ?? null);
    this.lent.set(made, holder);
    return made;
  }

  giveTimers(timers: StreamTimers): void {
    (this.lent.get(timers) as LentTimers).carrier = null;
    if (this.over) timers.close();
    else this.free.push(timers);
  }

  onCarrierOver(carrier: Http2Carrier, info: StreamInfo): void {
    this.carriers.delete(carrier);
    if (this.over) return;
    if (this.premature.add(info)) return this.cutOff();
    if (this.carriers.size > 0) return;
    this.idleTimer?.arm(this.manager.plan.idleTimeoutMs);
    this.closeIfDone();
  }

  /** A request whose head is not, or will not be, whole. */
  private beginWithout(): Http2Carrier {
    this.countRequest();
    const carrier = new Http2Carrier(this, null);
    this.carriers.add(carrier);
    carrier.beginWithout();
    return carrier;
  }

  /** Most streams were given up by the client before they were answered: it is not here for answers. */
  private cutOff(): void {
    this.manager.stats.inc(RQ_TOO_MANY_RESETS);
    this.leftActive ||= this.carriers.size > 0;
    // Envoy's codec finds itself closed in the midst of its work, and calls that a protocol error.
    this.manager.stats.inc(CX_PROTOCOL_ERROR);
    this.loseStreams("DC", "too_many_premature_resets");
    this.conn.close();
  }

  private countRequest(): void {
    this.idleTimer?.rest();
    const limit = this.manager.plan.maxRequestsPerConnection;
    if (limit === 0 || ++this.requests < limit) return;
    this.startDrain();
    this.manager.stats.inc(CX_MAX_REQUESTS);
  }

  /** The newest first, as in Envoy. */
  private loseStreams(flag: "DC" | "DPE", details: string): void {
    if (this.codec.headOnItsWay) this.beginWithout();
    const carriers = [...this.carriers].toReversed();
    if (carriers.length > 0) this.leftActive = true;
    this.codec.stop();
    for (const carrier of carriers) carrier.onConnectionLost(flag, details);
  }

  private tell(graceMs: number): void {
    if (this.drainState !== NOT_DRAINING || this.over) return;
    this.drainState = TOLD;
    this.codec.announceShutdown();
    this.drainTimer.arm(graceMs);
  }

  private onDrainTimeout(): void {
    this.codec.goAway();
    this.drainState = CLOSING;
    this.closeIfDone();
  }

  private closeIfDone(): void {
    if (this.drainState !== CLOSING || this.carriers.size > 0 || this.codec.activeStreams > 0 || this.over || !this.conn.writable) return;
    this.conn.close(this.manager.plan.delayedCloseMs);
  }

  /** `max_connection_duration`. */
  private onDuration(): void {
    if (this.over) return;
    this.manager.stats.inc(CX_MAX_DURATION);
    this.startDrain();
  }

  private onIdle(): void {
    if (this.carriers.size > 0 || this.over) return;
    this.manager.stats.inc(CX_IDLE_TIMEOUT);
    this.startDrain();
  }

  private onKeepaliveTimeout(): void {
    this.manager.http2Stats.onKeepaliveTimeout();
    this.loseStreams("DC", "downstream_local_disconnect(http2_ping_timeout)");
    this.conn.close();
  }

  private stopTimers(): void {
    this.idleTimer?.cancel();
    this.durationTimer?.cancel();
    this.drainTimer.cancel();
    this.keepalive?.stop();
  }
}
