/**
 * One connection through a TCP proxy: its upstream is dialed, tried again, and then bytes go both ways until both sides have
 * finished or one is gone (Envoy's TcpProxy::Filter).
 */
import { Buffer } from "node:buffer";
import { ExponentialBackOff } from "../base/back-off.ts";
import type { Cluster } from "../contract/cluster.ts";
import type { Host } from "../contract/host.ts";
import type { DownstreamConnection, ServedConnection } from "../contract/network-filter.ts";
import type { ResponseFlag, StreamInfo } from "../contract/stream-info.ts";
import type { TcpPoolCallbacks, TcpSink, TcpUpstream } from "../contract/tcp-pool.ts";
import type { PoolTicket, ResetReason } from "../contract/upstream-stream.ts";
import type { Timer } from "../platform/clock.ts";
import type { CloseCause, Conn } from "../platform/conn.ts";
import { CX_CONNECT_ATTEMPTS_EXCEEDED, CX_OVERFLOW, FLOW_PAUSED, FLOW_RESUMED } from "../upstream/cluster-stats.ts";
import type { TcpProxy } from "./tcp-proxy.ts";
import { TcpTunnel } from "./tcp-tunnel.ts";
import * as T from "./tcp-proxy-stats.ts";

export class TcpSession implements ServedConnection, TcpSink, TcpPoolCallbacks {
  readonly busy = true;
  readonly halfCloses = true;
  private readonly proxy: TcpProxy;
  private readonly conn: Conn;
  private readonly info: StreamInfo;
  private readonly done: () => void;
  private cluster: Cluster | null = null;
  private ticket: PoolTicket | null = null;
  private upstream: TcpUpstream | null = null;
  private attempts = 0;
  private backOff: ExponentialBackOff | null = null;
  private idle: Timer | null = null;
  private idleMs = 0;
  private timers: Timer[] = [];
  private over = false;
  /** Read before the upstream was there. */
  private early: Buffer[] = [];
  private earlySize = 0;
  private dialed = false;
  /** The client's FIN came before the upstream was there. */
  private finished = false;
  private paused = false;
  /** The TLS handshake is still to come. */
  private sealed: boolean;
  /** The client has gone, and the upstream is still sent what it left. */
  private flushing = false;

  constructor(proxy: TcpProxy, connection: DownstreamConnection, done: () => void) {
    this.proxy = proxy;
    this.conn = connection.conn;
    this.info = connection.info;
    this.sealed = connection.facts.secure === true;
    this.done = done;
    proxy.stats.inc(T.T_TOTAL);
    // nothing is read that the upstream could not be given
    if (proxy.plan.earlyBytes === null) this.conn.pause();
  }

  get borrows(): boolean {
    return this.upstream?.keepsNothing === true;
  }

  /** Envoy's TCP proxy takes no part in draining, unless it is told to. */
  drain(): void {}

  begin(): void {
    const { proxy, info } = this;
    const { plan, env } = proxy;
    info.streamId = env.random.uuid();
    const durationMs = proxy.durationMs();
    if (durationMs > 0) this.timers.push(env.clock.after(durationMs, () => this.tooOld()));
    if (plan.logIntervalMs > 0) this.logAgain();
    this.idleMs = proxy.idleMs(info);
    if (this.idleMs > 0) {
      this.idle = env.clock.timer(() => this.tooIdle());
      this.idle.arm(this.idleMs);
    }
    if (plan.logAtStart) proxy.log(info, "TcpConnectionStart");
    if (!plan.waitsForData && !(plan.waitsForTls && this.sealed)) this.connect();
  }

  /** What the host says in the meantime waits: nothing may be written before. */
  onSecured(): void {
    this.sealed = false;
    this.upstream?.resume();
    if (this.proxy.plan.waitsForTls && !this.dialed && !this.over) this.connect();
  }

  onData(conn: Conn, chunk: Buffer): void {
    const { upstream } = this;
    if (upstream === null) return this.onEarlyData(chunk, false);
    this.count(chunk.length);
    if (!upstream.write(chunk)) this.pauseDownstream();
    this.touch();
    this.checkDrain(conn);
  }

  onDenied(bytes: number): void {
    this.proxy.stats.add(T.T_RX_BYTES, bytes);
  }

  onEnd(): void {
    if (this.upstream === null) return this.onEarlyData(NOTHING, true);
    this.upstream.end();
    this.touch();
  }

  /** The client takes more again. */
  onDrain(): void {
    if (this.upstream === null) return;
    this.upstream.resume();
    this.cluster?.stats.inc(FLOW_RESUMED);
  }

  onClose(_conn: Conn, cause: CloseCause): void {
    this.over = true;
    const { upstream, info, proxy } = this;
    this.upstream = null;
    this.idle?.cancel();
    for (const timer of this.timers) timer.cancel();
    this.ticket?.cancel();
    if (info.localCloseReason === "" && cause === "reset") info.tcpEnd = { downstream: "RemoteReset", upstream: "Normal", upstreamReason: "" };
    else if (info.localCloseReason !== "" && upstream !== null) info.tcpEnd = { downstream: "Normal", upstream: "Normal", upstreamReason: info.localCloseReason };
    if (upstream !== null) this.leave(upstream, cause);
    info.end = proxy.env.clock.now();
    proxy.log(info, "TcpConnectionEnd");
    this.done();
  }

  onPoolReady(upstream: TcpUpstream, host: Host): void {
    const { proxy, info } = this;
    this.ticket = null;
    this.upstream = upstream;
    info.upstreamConnectionId = upstream.connectionId;
    info.poolReady = proxy.env.clock.now();
    info.upstreamLocal = upstream.local;
    info.upstreamTls = upstream.tls;
    this.sawHost(host);
    this.cluster?.monitor?.connected(host);
    this.sendEarly(upstream);
    if (this.sealed) upstream.pause();
    this.touch();
    if (proxy.plan.earlyBytes === null) this.conn.resume();
    else this.resumeDownstream(false);
    if (proxy.plan.logAtConnect) proxy.log(info, "TcpUpstreamConnected");
  }

  onPoolFailure(reason: ResetReason, failure: string, host: Host | null): void {
    const { info, proxy } = this;
    this.ticket = null;
    if (host === null) info.upstreamHost = null;
    else this.sawHost(host);
    info.upstreamFailure = failure;
    if (host !== null && reason !== "overflow") this.cluster?.monitor?.broken(host);
    if (reason === "remote connection failure" || reason === "connection timeout") info.setFlag("UF");
    if (this.attempts >= proxy.plan.maxConnectAttempts) {
      info.setFlag("URX");
      this.cluster?.stats.inc(CX_CONNECT_ATTEMPTS_EXCEEDED);
      return this.fail(CONNECT_FAILED);
    }
    if (!this.over) this.timers.push(proxy.env.clock.after(this.nextWait(), () => this.connect()));
  }

  onUpstreamData(chunk: Buffer): void {
    const { conn, info, proxy } = this;
    info.bytesSent += chunk.length;
    proxy.stats.add(T.T_TX_BYTES, chunk.length);
    if (!conn.write(chunk, 0, chunk.length) && this.upstream !== null) {
      this.upstream.pause();
      this.cluster?.stats.inc(FLOW_PAUSED);
    }
    this.touch();
    this.checkDrain(conn);
  }

  onUpstreamEnd(): void {
    this.conn.end();
    this.touch();
  }

  onUpstreamDrain(): void {
    this.resumeDownstream();
  }

  onUpstreamClose(cause: CloseCause): void {
    if (this.flushing) {
      this.flushing = false;
      this.proxy.stats.dec(T.T_FLUSH_ACTIVE);
    }
    if (this.upstream === null) return;
    this.upstream = null;
    this.idle?.cancel();
    if (cause === "reset") {
      this.info.setFlag("UR");
      this.info.tcpEnd = { downstream: "LocalReset", upstream: "RemoteReset", upstreamReason: "" };
      this.conn.reset();
    } else {
      this.conn.close(0, this.idleMs);
    }
  }

  /** Chooses a cluster and a host, and waits for a connection to it. */
  private connect(): void {
    const { proxy, info } = this;
    this.dialed = true;
    const route = proxy.chooseRoute(info);
    const cluster = route === undefined ? undefined : proxy.env.clusters.get(route.name);
    if (route === undefined || cluster === undefined) {
      proxy.stats.inc(T.T_NO_ROUTE);
      return this.fail(NO_ROUTE, "NC");
    }
    this.cluster = cluster;
    info.cluster = cluster.name;
    info.clusterFacts = cluster;
    if (!cluster.canConnect()) {
      cluster.stats.inc(CX_OVERFLOW);
      return this.fail(RESOURCE_LIMIT_EXCEEDED, "UO");
    }
    const host = cluster.chooseHost(proxy.balancing(info, route));
    if (host === null) return this.fail(NO_HEALTHY_UPSTREAM, "UH");
    info.attempts = ++this.attempts;
    info.attemptAt(host);
    info.poolAsked = proxy.env.clock.now();
    const tunnel = proxy.tunnelOf(info);
    this.ticket = tunnel === null
      ? cluster.tcpPool(host, { downstream: info.downstream }).newConnection(this, this)
      : new TcpTunnel(tunnel, proxy.env, info, this, this).open(cluster.pool(host, ""));
  }

  private sawHost(host: Host): void {
    this.info.upstreamHost = host.address;
    this.info.upstreamHostName = host.hostname;
  }

  private nextWait(): number {
    const { plan, env } = this.proxy;
    if (plan.backOff === null) return 0;
    this.backOff ??= new ExponentialBackOff(plan.backOff.base, plan.backOff.max);
    return this.backOff.wait(env.random.u64());
  }

  /** Bytes or a FIN while there is no upstream: read as far as `max_early_data_bytes` says; without it, what filters in front have read. */
  private onEarlyData(chunk: Buffer, end: boolean): void {
    const { plan, stats } = this.proxy;
    this.finished ||= end;
    this.count(chunk.length);
    if (chunk.length > 0) this.early.push(chunk);
    this.earlySize += chunk.length;
    if (plan.earlyBytes === null) return;
    stats.inc(T.T_EARLY_DATA);
    if (plan.waitsForData && !this.dialed && this.earlySize > 0) this.connect();
    if (this.earlySize >= plan.earlyBytes && !this.over && this.upstream === null) this.pauseDownstream(false);
  }

  private sendEarly(upstream: TcpUpstream): void {
    for (const chunk of this.early.splice(0)) upstream.write(chunk);
    if (this.finished) upstream.end();
  }

  private count(bytes: number): void {
    this.info.bytesReceived += bytes;
    this.proxy.stats.add(T.T_RX_BYTES, bytes);
  }

  private pauseDownstream(counted = true): void {
    if (this.paused) return;
    this.paused = true;
    this.conn.pause();
    if (counted) this.proxy.stats.inc(T.T_PAUSED);
  }

  private resumeDownstream(counted = true): void {
    if (!this.paused) return;
    this.paused = false;
    this.conn.resume();
    if (counted) this.proxy.stats.inc(T.T_RESUMED);
  }

  private touch(): void {
    this.idle?.arm(this.idleMs);
  }

  /** The client is gone: what it sent still reaches the host, unless it broke off or this side closed. */
  private leave(upstream: TcpUpstream, cause: CloseCause): void {
    if (cause === "reset") return upstream.reset();
    if (cause !== "remote") return upstream.close();
    if (!upstream.flush(this.idleMs)) return;
    this.flushing = true;
    this.proxy.stats.inc(T.T_FLUSH_TOTAL);
    this.proxy.stats.inc(T.T_FLUSH_ACTIVE);
  }

  /** No upstream can be had. */
  private fail(reason: number, flag?: ResponseFlag): void {
    if (flag !== undefined) this.info.setFlag(flag);
    this.cut(`tcp_initializion_failure:${reason}`);
  }

  /** Ends the connection at once. */
  private cut(reason: string): void {
    this.info.localCloseReason = reason;
    this.conn.close(0, 1);
  }

  private tooIdle(): void {
    this.proxy.stats.inc(T.T_IDLE_TIMEOUT);
    this.cut("tcp_session_idle_timeout");
  }

  private tooOld(): void {
    this.info.setFlag("DT");
    this.proxy.stats.inc(T.T_MAX_DURATION);
    this.cut("max_connection_duration_reached");
  }

  private checkDrain(conn: Conn): void {
    const { plan, env, stats } = this.proxy;
    if (!plan.closesInDrain || !env.draining() || !conn.writable) return;
    stats.inc(T.T_DRAIN_CLOSE);
    this.info.localCloseReason = "tcp_proxy_drain_close";
    conn.close(0, this.idleMs);
  }

  private logAgain(): void {
    const { clock } = this.proxy.env;
    const timer = clock.timer(() => {
      this.proxy.log(this.info, "TcpPeriodic");
      timer.arm(this.proxy.plan.logIntervalMs);
    });
    timer.arm(this.proxy.plan.logIntervalMs);
    this.timers.push(timer);
  }
}

/** Why no upstream was had, as Envoy numbers it. */
const CONNECT_FAILED = 0;
const NO_HEALTHY_UPSTREAM = 1;
const RESOURCE_LIMIT_EXCEEDED = 2;
const NO_ROUTE = 3;
const NOTHING = Buffer.alloc(0);
