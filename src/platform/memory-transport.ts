import { type SocketAddress, formatAddress, ipAddress, pipeAddress } from "./address.ts";
import {
  type Acceptor, type Conn, type ConnHandler, type DialOptions, type Dialer, ListenError, type ListenOptions, type OnConnection, type Transport,
} from "./conn.ts";
import { ConnCore } from "./conn-core.ts";
import type { ConnContext } from "./raw-socket.ts";
import type { TlsHooks } from "./tls.ts";
import { DEFAULT_HIGH_WATERMARK, UNBOUND, unclaimed } from "./socket-facts.ts";

/** What one direction of a connection holds, as a kernel's buffers would. */
const WINDOW_BYTES = 256 * 1024;

class MemoryConn extends ConnCore {
  readonly fd = -1;
  readonly remote: SocketAddress;
  local: SocketAddress;
  #peer: MemoryConn | undefined;
  readonly #inbox: Buffer[] = [];
  #inboxBytes = 0;
  #finArrived = false;
  #finSent = false;
  #gone = false;
  #stopped = false;
  #starved = false;

  constructor(context: ConnContext, handler: ConnHandler, highWatermark: number, remote: SocketAddress, local: SocketAddress) {
    super(context, handler, highWatermark);
    this.remote = remote;
    this.local = local;
  }

  /** Joins both ends; the dialed one is told by `opened`. */
  static join(dialed: MemoryConn, accepted: MemoryConn): void {
    dialed.#peer = accepted;
    accepted.#peer = dialed;
    dialed.local = accepted.remote;
    accepted.accepted();
  }

  dialed(options: DialOptions): void {
    this.socketOpened(options);
  }

  get abandoned(): boolean {
    return this.over;
  }

  override take(buffer: Buffer, start: number, end: number): number {
    const peer = this.#peer;
    if (peer === undefined || this.#gone) return 0;
    if (peer.#gone) {
      queueMicrotask(() => this.#broken());
      return end - start;
    }
    const n = Math.min(end - start, WINDOW_BYTES - peer.#inboxBytes);
    this.#starved = n < end - start;
    if (n === 0) return 0;
    peer.#inbox.push(Buffer.from(buffer.subarray(start, start + n)));
    peer.#inboxBytes += n;
    queueMicrotask(() => peer.#pump());
    return n;
  }

  override setNoDelay(): void {}

  override setKeepAlive(): void {}

  protected override rawEnd(): void {
    if (this.#finSent || this.#peer === undefined) return;
    this.#finSent = true;
    const peer = this.#peer;
    queueMicrotask(() => {
      peer.#finArrived = true;
      peer.#pump();
    });
  }

  protected override rawClose(): void {
    this.rawEnd();
    this.#gone = true;
  }

  protected override rawReset(): void {
    this.#gone = true;
    const peer = this.#peer;
    if (peer !== undefined) queueMicrotask(() => peer.#broken());
  }

  protected override rawPause(): void {
    this.#stopped = true;
  }

  protected override rawResume(): void {
    this.#stopped = false;
    queueMicrotask(() => this.#pump());
  }

  protected override rawSecure(options: TlsHooks): void {
    this.handshakeFailed("connections in memory have no TLS", options);
  }

  #broken(): void {
    this.#gone = true;
    this.closed("reset");
  }

  #pump(): void {
    while (!this.#stopped && !this.#gone && this.#inbox.length > 0) {
      const chunk = this.#inbox.shift() as Buffer;
      this.#inboxBytes -= chunk.length;
      this.received(chunk);
    }
    const peer = this.#peer;
    if (peer !== undefined && peer.#starved && this.#inboxBytes < WINDOW_BYTES) {
      peer.#starved = false;
      queueMicrotask(() => peer.writeReady());
    }
    if (this.#finArrived && !this.#stopped && !this.#gone && this.#inbox.length === 0) this.ended();
  }
}

interface Listener {
  readonly address: SocketAddress;
  readonly reusePort: boolean;
  readonly highWatermark: number;
  readonly onConnection: OnConnection;
}

/**
 * A network within one thread, for tests: connections behave as TCP ones do, in microtasks, and time is the clock's. Addresses of
 * TEST-NET-1 (192.0.2.0/24) are nobody's: listening there fails, and dialing them is never answered.
 */
export class MemoryTransport implements Transport, Dialer {
  readonly dialer: Dialer = this;
  readonly sharesPorts = true;
  readonly #context: ConnContext;
  readonly #listeners = new Map<string, Listener[]>();
  #port = 40_000;

  constructor(context: ConnContext) {
    this.#context = context;
  }

  async listen(address: SocketAddress, options: ListenOptions, onConnection: OnConnection): Promise<Acceptor> {
    const bound = address.kind === "ip" && address.port === 0 ? ipAddress(address.ip, ++this.#port) : address;
    const key = formatAddress(bound);
    const present = this.#listeners.get(key) ?? [];
    if (isNobodys(bound)) throw new ListenError("EADDRNOTAVAIL", address, `cannot listen on ${key}: EADDRNOTAVAIL`);
    if (present.length > 0 && bound.kind === "ip" && !(options.reusePort && present.every((l) => l.reusePort))) {
      throw new ListenError("EADDRINUSE", address, `cannot listen on ${key}: EADDRINUSE`);
    }
    const listener: Listener = { address: bound, reusePort: options.reusePort, highWatermark: options.highWatermark ?? DEFAULT_HIGH_WATERMARK, onConnection };
    this.#listeners.set(key, [...present, listener]);
    return { address: bound, stop: () => this.#stop(key, listener) };
  }

  share(): Promise<null> {
    return Promise.resolve(null);
  }

  async probeExclusive(address: SocketAddress): Promise<SocketAddress> {
    const acceptor = await this.listen(address, { reusePort: false }, () => {});
    acceptor.stop();
    return acceptor.address;
  }

  dial(target: SocketAddress, handler: ConnHandler, options: DialOptions): Conn {
    const conn = new MemoryConn(this.#context, handler, options.highWatermark, target, UNBOUND);
    const deadline = this.#context.clock.after(options.timeoutMs, () => conn.dialTimedOut());
    if (isNobodys(target)) return conn;
    queueMicrotask(() => {
      deadline.cancel();
      this.#meet(conn, options);
    });
    return conn;
  }

  #meet(conn: MemoryConn, options: DialOptions): void {
    if (conn.abandoned) return;
    const listeners = this.#listeners.get(formatAddress(conn.remote));
    // the newest of a Unix socket's listeners has the path; of sharing ones, the ids spread the load
    const listener = listeners?.[conn.remote.kind === "pipe" ? listeners.length - 1 : conn.id % listeners.length];
    if (listener === undefined) {
      conn.closed("refused");
      return;
    }
    this.#accept(conn, listener, options.source);
    conn.dialed(options);
  }

  #accept(conn: MemoryConn, listener: Listener, source: SocketAddress | undefined): void {
    const { turn } = this.#context;
    const from = listener.address.kind === "ip" ? ipAddress(source?.kind === "ip" ? source.ip : "127.0.0.1", ++this.#port) : pipeAddress("");
    const accepted = new MemoryConn(this.#context, unclaimed, listener.highWatermark, from, listener.address);
    MemoryConn.join(conn, accepted);
    turn.begin();
    try {
      listener.onConnection(accepted);
    } catch (error) {
      turn.report(error);
      accepted.reset();
    }
    turn.end();
  }

  #stop(key: string, listener: Listener): void {
    const left = (this.#listeners.get(key) ?? []).filter((other) => other !== listener);
    if (left.length === 0) this.#listeners.delete(key);
    else this.#listeners.set(key, left);
  }
}

function isNobodys(address: SocketAddress): boolean {
  return address.kind === "ip" && address.ip.startsWith("192.0.2.");
}
