/**
 * One plain TCP connection to a host: the far end of a CONNECT request that is terminated here. It carries one stream; its
 * head is answered with 200 when it is written, and what follows are bytes (Envoy's TcpUpstream).
 */
import { Buffer } from "node:buffer";
import type { Host } from "../contract/host.ts";
import type { ResponseSink, UpstreamStream } from "../contract/upstream-stream.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { takeHeaders } from "../http/header-pool.ts";
import { RESPONSE } from "../http/names.ts";
import type { SocketAddress } from "../platform/address.ts";
import type { Timer } from "../platform/clock.ts";
import type { CloseCause, Conn } from "../platform/conn.ts";
import type { ConnectionOwner } from "./http1-connection.ts";
import type { PooledConnection } from "./pooled-connection.ts";

const EMPTY = Buffer.alloc(0);

export class TunnelConnection implements PooledConnection, UpstreamStream {
  readonly host: Host;
  readonly protocol = "";
  readonly startedAt: number;
  connectedAt = -1;
  conn!: Conn;
  idleTimer: Timer | null = null;
  connected = false;
  requests = 0;
  private readonly owner: ConnectionOwner;
  private sink: ResponseSink | null = null;
  private sentEnd = false;
  private cutOff = false;
  /** The host finished first: it is the one that closed, whoever closes after it. */
  private leftByHost = false;
  private over = false;

  constructor(host: Host, owner: ConnectionOwner, now: number) {
    this.host = host;
    this.owner = owner;
    this.startedAt = now;
  }

  get active(): boolean {
    return this.sink !== null;
  }

  get connection(): this {
    return this;
  }

  get connectionId(): number {
    return this.conn.id;
  }

  get local(): SocketAddress {
    return this.conn.local;
  }

  begin(sink: ResponseSink): UpstreamStream {
    this.requests++;
    this.sink = sink;
    return this;
  }

  close(): void {
    this.conn.close();
  }

  onConnect(): void {
    this.connected = true;
    this.conn.setNoDelay(true);
    this.owner.onConnected(this);
  }

  onData(_conn: Conn, chunk: Buffer): void {
    this.owner.onBytes(chunk.length, 0);
    if (this.sink === null) this.conn.close(); // nobody listens yet, and whoever comes must not miss the beginning
    else this.sink.onData(chunk, false);
  }

  onDrain(): void {
    this.sink?.onBlocked(false);
  }

  /** The host has nothing more to say: Envoy ends the tunnel both ways. */
  onEnd(conn: Conn): void {
    const { sink } = this;
    this.leftByHost = true;
    this.release(!this.sentEnd);
    sink?.onData(EMPTY, true);
    conn.close();
  }

  onClose(_conn: Conn, cause: CloseCause): void {
    if (this.over) return;
    this.over = true;
    const { sink } = this;
    this.release(true);
    this.owner.onClosed(this, this.leftByHost && cause === "local" ? "remote" : cause, this.cutOff);
    sink?.onReset("connection termination", "");
  }

  encodeHeaders(_headers: HeaderBlock, endStream: boolean): void {
    if (endStream) this.encodeData(EMPTY, true);
    const answer = takeHeaders(RESPONSE);
    answer.status = 200;
    this.sink?.onHeaders(answer, false);
  }

  encodeData(data: Buffer, endStream: boolean): void {
    if (this.sink === null) return;
    this.owner.onBytes(0, data.length);
    if (data.length > 0 && !this.conn.write(data, 0, data.length)) this.sink.onBlocked(true);
    if (!endStream) return;
    this.sentEnd = true;
    this.conn.end();
  }

  encodeTrailers(): void {
    this.encodeData(EMPTY, true);
  }

  reset(): void {
    if (this.sink === null) return;
    this.release(true);
    this.conn.close();
  }

  pauseReading(): void {
    this.conn.pause();
  }

  resumeReading(): void {
    this.conn.resume();
  }

  private release(cutOff: boolean): void {
    if (this.sink === null) return;
    this.sink = null;
    this.cutOff = cutOff;
    this.owner.onExchangeOver();
  }
}
