/** A TCP proxy's bytes through an HTTP host: a CONNECT, or a POST whose body and whose answer's body they are (Envoy's HttpUpstream). */
import { Buffer } from "node:buffer";
import type { Env } from "../contract/env.ts";
import type { Host } from "../contract/host.ts";
import type { StreamInfo } from "../contract/stream-info.ts";
import type { TcpPoolCallbacks, TcpSink, TcpUpstream } from "../contract/tcp-pool.ts";
import type { ConnectionPool, PoolCallbacks, PoolTicket, ResetReason, ResponseSink, UpstreamStream } from "../contract/upstream-stream.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { REQUEST } from "../http/names.ts";
import type { SocketAddress } from "../platform/address.ts";
import type { TlsFacts } from "../platform/tls.ts";
import { UNBOUND } from "../platform/socket-facts.ts";
import { connectionView } from "./connection-subject.ts";
import type { TunnelPlan } from "./tcp-tunnel-plan.ts";

const NOTHING = Buffer.alloc(0);
const NAMESPACE = "envoy.filters.network.tcp_proxy";

export class TcpTunnel implements TcpUpstream, ResponseSink, PoolCallbacks, PoolTicket {
  readonly connectionId = 0;
  private readonly plan: TunnelPlan;
  private readonly env: Env;
  private readonly info: StreamInfo;
  private readonly sink: TcpSink;
  /** Whoever waits for the answer to the CONNECT; null once it is there. */
  private callbacks: TcpPoolCallbacks | null;
  private ticket: PoolTicket | null = null;
  private stream: UpstreamStream | null = null;
  private host: Host | null = null;
  private blocked = false;
  private ended = false;
  private hostHasEnded = false;

  constructor(plan: TunnelPlan, env: Env, info: StreamInfo, sink: TcpSink, callbacks: TcpPoolCallbacks) {
    this.plan = plan;
    this.env = env;
    this.info = info;
    this.sink = sink;
    this.callbacks = callbacks;
  }

  /** Null when the callbacks were already called. */
  open(pool: ConnectionPool): PoolTicket | null {
    this.ticket = pool.newStream(this, this);
    return this.callbacks === null ? null : this;
  }

  /** Nobody waits for the answer any more. One that was asked for counts as failed, as in Envoy. */
  cancel(): void {
    const asked = this.stream !== null;
    this.ticket?.cancel();
    this.giveUp();
    if (asked) this.fail("remote connection failure", "", this.host);
    this.callbacks = null;
  }

  get local(): SocketAddress {
    return this.stream?.local ?? UNBOUND;
  }

  get tls(): TlsFacts | undefined {
    return this.stream?.tls;
  }

  onPoolReady(stream: UpstreamStream, host: Host): void {
    this.ticket = null;
    this.stream = stream;
    this.host = host;
    stream.encodeHeaders(this.head(), false);
  }

  onPoolFailure(reason: ResetReason, failure: string, host: Host | null): void {
    this.ticket = null;
    this.fail(reason, failure, host);
  }

  on1xx(): void {}

  onHeaders(headers: HeaderBlock, endStream: boolean): void {
    const { status } = headers;
    const { callbacks, host } = this;
    if (callbacks === null || host === null) return;
    if (endStream || !this.agrees(status)) {
      this.giveUp();
      return this.fail("remote connection failure", `tunnel_response:${status}`, host);
    }
    this.callbacks = null;
    callbacks.onPoolReady(this, host);
  }

  onData(data: Buffer, endStream: boolean): void {
    if (data.length > 0) this.sink.onUpstreamData(data);
    if (endStream) this.hostEnded();
  }

  onTrailers(): void {
    this.hostEnded();
  }

  onReset(reason: ResetReason): void {
    this.stream = null;
    if (this.callbacks === null) this.sink.onUpstreamClose(reason === "remote reset" && !this.hostHasEnded ? "reset" : "local");
    else this.fail("remote connection failure", "", this.host);
  }

  onBlocked(blocked: boolean): void {
    this.blocked = blocked;
    if (!blocked && this.callbacks === null) this.sink.onUpstreamDrain();
  }

  write(data: Buffer): boolean {
    this.stream?.encodeData(data, false);
    return !this.blocked;
  }

  /** HTTP/1 knows no half of a tunnel: it ends. */
  end(): void {
    const { stream } = this;
    stream?.encodeData(NOTHING, true);
    this.ended = true;
    if (stream?.halfCloses === true && !this.hostHasEnded) return;
    this.close();
    this.sink.onUpstreamClose("local");
  }

  pause(): void {
    this.stream?.pauseReading();
  }

  resume(): void {
    this.stream?.resumeReading();
  }

  close(): void {
    this.giveUp();
  }

  reset(): void {
    this.giveUp();
  }

  flush(): boolean {
    this.giveUp();
    return false;
  }

  private hostEnded(): void {
    this.hostHasEnded = true;
    this.sink.onUpstreamEnd();
    if (!this.ended) return;
    this.stream = null;
    this.sink.onUpstreamClose("local");
  }

  private agrees(status: number): boolean {
    return this.stream?.halfCloses === true ? status === 200 : status >= 200 && status < 300;
  }

  private giveUp(): void {
    const { stream } = this;
    this.stream = null;
    stream?.reset();
  }

  private fail(reason: ResetReason, failure: string, host: Host | null): void {
    const { callbacks } = this;
    this.callbacks = null;
    callbacks?.onPoolFailure(reason, failure, host);
  }

  private head(): HeaderBlock {
    const { plan, env, info } = this;
    const head = new HeaderBlock();
    head.reset(REQUEST);
    const view = connectionView(info, env);
    head.method = plan.path === null ? "CONNECT" : "POST";
    head.authority = plan.hostname.format(view);
    if (plan.path !== null) head.path = plan.path;
    if (plan.path !== null && this.stream?.halfCloses === true) head.scheme = this.stream.tls === undefined ? "http" : "https";
    if (plan.requestId !== null) {
      const id = env.random.uuid();
      head.set(plan.requestId.header, id);
      info.mergeMetadata(NAMESPACE, { [plan.requestId.metadataKey]: id });
    }
    plan.headers.apply(head, view);
    return head;
  }
}
