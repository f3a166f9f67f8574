/** The plain TCP connections of one host in one worker: each serves once, and who waits starts one (Envoy's Tcp::ConnPoolImpl). */
import type { Host } from "../contract/host.ts";
import type { TcpPool as Pool, TcpPoolCallbacks, TcpSink } from "../contract/tcp-pool.ts";
import type { PoolTicket } from "../contract/upstream-stream.ts";
import type { CloseCause } from "../platform/conn.ts";
import { connectFailure } from "./connect-failure.ts";
import { countClosed, countConnected, countOpened, countUse, countUseOver, type PoolShared } from "./pool-shared.ts";
import { TcpClient, type TcpClientOwner } from "./tcp-client.ts";
import { WaitingQueue } from "./waiting-queue.ts";

export class TcpPool implements Pool, TcpClientOwner {
  private readonly host: Host;
  private readonly shared: PoolShared;
  private readonly waiting: WaitingQueue<TcpSink, TcpPoolCallbacks>;
  /** Dialed and not open yet, in order. */
  private readonly connecting: TcpClient[] = [];
  private open = 0;
  private readonly clients = new Set<TcpClient>();
  private onEmpty: (() => void) | null = null;

  constructor(host: Host, shared: PoolShared) {
    this.host = host;
    this.shared = shared;
    this.waiting = new WaitingQueue(host, shared, () => this.giveUpUnwanted());
  }

  newConnection(sink: TcpSink, callbacks: TcpPoolCallbacks): PoolTicket | null {
    const place = this.waiting.enter(sink, callbacks);
    if (place !== null) this.connectAsNeeded();
    return place;
  }

  /** True when nothing is left of it. */
  get empty(): boolean {
    return this.open === 0 && this.waiting.length === 0;
  }

  /** Cuts all connections that are open. */
  closeAll(): void {
    for (const client of this.clients) client.close();
  }

  /** No new connections; when the last one has gone, `onEmpty` is called. */
  drain(onEmpty: () => void): void {
    this.onEmpty = onEmpty;
    this.checkEmpty();
  }

  onConnected(client: TcpClient): void {
    this.connecting.splice(this.connecting.indexOf(client), 1);
    countConnected(this.shared, client);
    const next = this.waiting.shift();
    if (next === undefined) return client.close();
    countUse(this.shared, this.host);
    this.shared.stats.acquire(this.shared.places.requests);
    client.give(next.sink);
    next.callbacks.onPoolReady(client, this.host);
  }

  onClosed(client: TcpClient, cause: CloseCause): void {
    this.open--;
    this.clients.delete(client);
    countClosed(this.shared, this.host, client, cause, client.used, client.used ? 1 : 0);
    if (client.used) countUseOver(this.shared, this.host);
    if (!client.connected) {
      this.connecting.splice(this.connecting.indexOf(client), 1);
      if (!client.givenUp) this.waiting.fail(cause, connectFailure(cause, client.conn));
    }
    this.connectAsNeeded();
    this.checkEmpty();
  }

  /** A connection that nobody waits for any more is given up. */
  private giveUpUnwanted(): void {
    if (this.connecting.length > this.waiting.length) this.connecting.at(-1)?.giveUp();
    this.checkEmpty();
  }

  private connectAsNeeded(): void {
    while (this.waiting.length > this.connecting.length && this.connect());
  }

  private connect(): boolean {
    const { shared, host } = this;
    // who waits must have something to wait for
    if (!countOpened(shared, host, this.open === 0)) return false;
    const client = new TcpClient(host, this, shared.stats, shared.clock.now());
    this.connecting.push(client);
    this.clients.add(client);
    this.open++;
    client.conn = shared.dialer.dial(host.address, client, { timeoutMs: shared.connectTimeoutMs, highWatermark: shared.bufferLimit, hostname: host.hostname, transport: host.transport });
    return true;
  }

  private checkEmpty(): void {
    if (this.onEmpty === null || this.open > 0 || this.waiting.length > 0) return;
    const tell = this.onEmpty;
    this.onEmpty = null;
    tell();
  }
}
