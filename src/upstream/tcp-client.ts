/** One plain TCP connection of a pool: it belongs to whoever it was handed to until its end. */
import type { Host } from "../contract/host.ts";
import type { TcpSink, TcpUpstream } from "../contract/tcp-pool.ts";
import type { SocketAddress } from "../platform/address.ts";
import type { CloseCause, Conn, ConnHandler } from "../platform/conn.ts";
import type { TlsFacts } from "../platform/tls.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import { CX_RX_BYTES, CX_TX_BYTES, FLOW_BACKED_UP, FLOW_DRAINED } from "./cluster-stats.ts";

/** Hears of what happens to a connection; its pool. */
export interface TcpClientOwner {
  onConnected(client: TcpClient): void;
  onClosed(client: TcpClient, cause: CloseCause): void;
}

export class TcpClient implements ConnHandler, TcpUpstream {
  readonly borrows = true;
  readonly keepsNothing = true;
  readonly host: Host;
  readonly startedAt: number;
  conn!: Conn;
  connected = false;
  /** Whose it is; null while nobody has it. */
  private sink: TcpSink | null = null;
  private taken = false;
  private flushing = false;
  /** Nobody waits for it any more. */
  private unwanted = false;
  private readonly owner: TcpClientOwner;
  private readonly stats: StatBlock;

  constructor(host: Host, owner: TcpClientOwner, stats: StatBlock, now: number) {
    this.host = host;
    this.owner = owner;
    this.stats = stats;
    this.startedAt = now;
  }

  /** It was handed to somebody, once. */
  get used(): boolean {
    return this.taken;
  }

  /** It was given up before it was open. */
  get givenUp(): boolean {
    return this.unwanted;
  }

  giveUp(): void {
    this.unwanted = true;
    this.close();
  }

  get connectionId(): number {
    return this.conn.id;
  }

  get local(): SocketAddress {
    return this.conn.local;
  }

  get tls(): TlsFacts | undefined {
    return this.conn.tls;
  }

  /** Hands it over. What the host has said already waits until now. */
  give(sink: TcpSink): void {
    this.sink = sink;
    this.taken = true;
    this.conn.resume();
  }

  onConnect(conn: Conn): void {
    this.connected = true;
    conn.setNoDelay(true);
    conn.pause();
    this.owner.onConnected(this);
  }

  onData(conn: Conn, chunk: Buffer): void {
    this.stats.add(CX_RX_BYTES, chunk.length);
    if (!this.flushing) this.sink?.onUpstreamData(chunk);
    else conn.close(); // nobody is there to hear it, as the kernel would say
  }

  onDrain(): void {
    this.stats.inc(FLOW_DRAINED);
    this.sink?.onUpstreamDrain();
  }

  onEnd(): void {
    if (!this.flushing) this.sink?.onUpstreamEnd();
  }

  onClose(_conn: Conn, cause: CloseCause): void {
    const { sink } = this;
    this.sink = null;
    this.owner.onClosed(this, cause);
    sink?.onUpstreamClose(cause);
  }

  write(data: Buffer): boolean {
    this.stats.add(CX_TX_BYTES, data.length);
    if (this.conn.write(data, 0, data.length)) return true;
    this.stats.inc(FLOW_BACKED_UP);
    return false;
  }

  end(): void {
    this.conn.end();
  }

  pause(): void {
    this.conn.pause();
  }

  resume(): void {
    this.conn.resume();
  }

  close(): void {
    this.conn.close(0, 1);
  }

  reset(): void {
    this.conn.reset();
  }

  flush(idleMs: number): boolean {
    const left = this.conn.buffered > 0;
    this.flushing = true;
    this.conn.close(0, idleMs);
    return left;
  }
}
