import type { AddressInfo, ListenOptions as NodeListenOptions, Server, Socket } from "node:net";
import { net } from "./builtins.ts";
import { type SocketAddress, ipAddress, pipeAddress } from "./address.ts";
import type { Timer } from "./clock.ts";
import type { Acceptor, CloseCause, Conn, ConnHandler, DialOptions, Dialer, ListenOptions, OnConnection, Transport } from "./conn.ts";
import { ConnCore } from "./conn-core.ts";
import type { ConnContext } from "./raw-socket.ts";
import { DEFAULT_HIGH_WATERMARK, UNBOUND, causeOf, listenError, sourceOf, unclaimed } from "./socket-facts.ts";
import { secureSocket } from "./node-tls.ts";
import type { TlsClientOptions, TlsServerOptions } from "./tls.ts";
import { setSocketOptions } from "./socket-options.ts";
import { UnixPath, abstractName } from "./unix-path.ts";

/** What a node socket may hold back itself; the rest waits in the queue, where it is gathered. */
const IN_FLIGHT_BYTES = 128 * 1024;

class NodeConn extends ConnCore {
  readonly remote: SocketAddress;
  local: SocketAddress;
  #socket: Socket;
  /** The socket below TLS: pausing the upper one alone would not stop it from reading. */
  #below: Socket | undefined;
  #error: unknown;
  readonly #written = (): void => this.writeReady();

  constructor(context: ConnContext, handler: ConnHandler, highWatermark: number, socket: Socket, remote: SocketAddress, local: SocketAddress) {
    super(context, handler, highWatermark);
    this.#socket = socket;
    this.remote = remote;
    this.local = local;
    this.#listen(socket);
  }

  #listen(socket: Socket): void {
    socket.on("data", (chunk: Buffer) => this.received(chunk));
    socket.on("end", () => this.ended());
    socket.on("error", (error) => { this.#error ??= error; });
    socket.on("close", () => this.closed(this.#error === undefined ? "remote" : causeOf(this.#error)));
  }

  protected override rawSecure(options: TlsClientOptions | TlsServerOptions, hello: Buffer | undefined): void {
    const raw = this.#socket;
    for (const event of ["data", "end", "error", "close"]) raw.removeAllListeners(event);
    raw.pause();
    this.#below = raw;
    this.#socket = secureSocket(raw, options, hello, {
      secured: (facts) => this.secured(facts, options),
      failed: (message) => this.handshakeFailed(message, options),
    });
    this.#listen(this.#socket);
  }

  static accept(context: ConnContext, highWatermark: number, socket: Socket, listener: SocketAddress): NodeConn {
    const ip = listener.kind === "ip";
    const remote = ip ? ipAddress(socket.remoteAddress ?? "", socket.remotePort ?? 0) : pipeAddress("");
    const local = ip ? ipAddress(socket.localAddress ?? "", socket.localPort ?? 0) : listener;
    const conn = new NodeConn(context, unclaimed, highWatermark, socket, remote, local);
    conn.accepted();
    return conn;
  }

  dialed(options: DialOptions): void {
    if (this.over) return;
    this.local = this.remote.kind === "ip" ? ipAddress(this.#socket.localAddress ?? "", this.#socket.localPort ?? 0) : pipeAddress("");
    this.socketOpened(options);
  }

  /** Ends when the connection is open, or over. */
  deadline: Timer | undefined;

  override opened(): void {
    this.deadline?.cancel();
    super.opened();
  }

  override closed(cause: CloseCause): void {
    this.deadline?.cancel();
    super.closed(cause);
  }

  get fd(): number {
    const { _handle: handle } = this.#socket as unknown as { _handle?: { fd?: number } | null };
    return handle?.fd ?? -1;
  }

  override take(buffer: Buffer, start: number, end: number): number {
    const room = IN_FLIGHT_BYTES - this.#socket.writableLength;
    if (room <= 0) return 0;
    const n = Math.min(room, end - start);
    // node keeps the chunk until it is written
    this.#socket.write(Buffer.from(buffer.subarray(start, start + n)), this.#written);
    return n;
  }

  override setNoDelay(on: boolean): void {
    this.#socket.setNoDelay(on);
  }

  override setKeepAlive(on: boolean, initialDelayMs: number): void {
    this.#socket.setKeepAlive(on, initialDelayMs);
  }

  protected override rawBuffered(): number {
    return this.#socket.writableLength;
  }

  protected override rawEnd(): void {
    this.#socket.end();
  }

  protected override rawClose(): void {
    this.#socket.destroy();
  }

  protected override rawReset(): void {
    const socket = this.#socket;
    // while a FIN is under way libuv refuses to reset, and node would then lose the descriptor
    const ending = socket.writableEnded && !socket.writableFinished;
    if (this.remote.kind === "ip" && socket.readyState !== "opening" && !ending) socket.resetAndDestroy();
    // by itself the former waits until all is written, which may be never
    socket.destroy();
  }

  protected override rawPause(): void {
    this.#socket.pause();
    this.#below?.pause();
  }

  protected override rawResume(): void {
    this.#socket.resume();
    this.#below?.resume();
  }
}

class NodeDialer implements Dialer {
  readonly #context: ConnContext;

  constructor(context: ConnContext) {
    this.#context = context;
  }

  dial(target: SocketAddress, handler: ConnHandler, options: DialOptions): Conn {
    const socket = net().connect({ ...endpoint(target), ...sourceOf(options.source), allowHalfOpen: true, noDelay: true, autoSelectFamily: false });
    const conn = new NodeConn(this.#context, handler, options.highWatermark, socket, target, UNBOUND);
    const deadline = this.#context.clock.after(options.timeoutMs, () => conn.dialTimedOut());
    conn.deadline = deadline;
    socket.once("connect", () => conn.dialed(options));
    socket.once("close", () => deadline.cancel());
    return conn;
  }
}

function endpoint(target: SocketAddress): { host: string; port: number } | { path: string; port: number } {
  return target.kind === "ip" ? { host: target.ip, port: target.port } : { path: abstractName(target.path), port: 0 };
}

/**
 * Sockets of node:net, for Node and Deno and wherever Bun's own are not at hand. A RST that arrives while a connection is paused is seen
 * only after `resume`, as an end or a reset: node does not watch a socket it does not read, and libuv takes a hang-up after a short read for an end.
 */
export class NodeTransport implements Transport {
  readonly dialer: Dialer;
  readonly sharesPorts: boolean;
  readonly #context: ConnContext;

  /** `sharesPorts`: whether `listen` of this runtime knows `reusePort` (Node from 23.1 on). */
  constructor(context: ConnContext, sharesPorts: boolean) {
    this.#context = context;
    this.sharesPorts = sharesPorts;
    this.dialer = new NodeDialer(context);
  }

  async listen(address: SocketAddress, options: ListenOptions, onConnection: OnConnection): Promise<Acceptor> {
    const { turn } = this.#context;
    const highWatermark = options.highWatermark ?? DEFAULT_HIGH_WATERMARK;
    setSocketOptions(-1, options.socketOptions ?? [], address);
    let bound = address;
    const server = net().createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const conn = NodeConn.accept(this.#context, highWatermark, socket, bound);
      turn.begin();
      try {
        onConnection(conn);
      } catch (error) {
        turn.report(error);
        conn.reset();
      }
      turn.end();
    });
    const path = address.kind === "pipe" ? new UnixPath(address.path) : undefined;
    await bind(server, address, bindOptions(address, path, options, this.sharesPorts));
    try {
      path?.publish(options.mode);
    } catch (error) {
      server.close();
      throw listenError(address, error);
    }
    if (address.kind === "ip") bound = ipAddress(address.ip, (server.address() as AddressInfo).port);
    const stop = (): void => {
      server.close();
      path?.withdraw();
    };
    return { address: bound, stop };
  }

  share(): Promise<null> {
    return Promise.resolve(null);
  }

  async probeExclusive(address: SocketAddress): Promise<SocketAddress> {
    if (address.kind === "pipe") return address;
    const server = net().createServer();
    await bind(server, address, bindOptions(address, undefined, { reusePort: false }, false));
    const { port } = server.address() as AddressInfo;
    await new Promise<void>((done) => server.close(() => done()));
    return ipAddress(address.ip, port);
  }
}

function bind(server: Server, address: SocketAddress, options: NodeListenOptions): Promise<void> {
  return new Promise((done, failed) => {
    server.once("error", (error) => failed(listenError(address, error)));
    server.once("listening", () => done());
    server.listen(options);
  });
}

function bindOptions(address: SocketAddress, path: UnixPath | undefined, options: ListenOptions, sharesPorts: boolean): NodeListenOptions {
  const backlog = options.backlog === undefined ? {} : { backlog: options.backlog };
  if (address.kind === "pipe") return { path: path?.bindTo ?? address.path, ...backlog };
  const ipv6Only = address.ip.includes(":") && (options.ipv6Only ?? true);
  return { host: address.ip, port: address.port, exclusive: true, ipv6Only, reusePort: options.reusePort && sharesPorts, ...backlog };
}
