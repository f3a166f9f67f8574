import type { Socket } from "node:net";
import { net } from "./builtins.ts";
import { type IpAddress, type SocketAddress, ipAddress, pipeAddress } from "./address.ts";
import type { Timer } from "./clock.ts";
import { ListenError } from "./conn.ts";
import type { Acceptor, CloseCause, Conn, ConnHandler, DialOptions, Dialer, ListenOptions, OnConnection, SharedSocket, Transport } from "./conn.ts";
import { ConnCore } from "./conn-core.ts";
import type { ConnContext } from "./raw-socket.ts";
import { DEFAULT_HIGH_WATERMARK, UNBOUND, causeOf, listenError, sourceOf, unclaimed } from "./socket-facts.ts";
import { upgrade } from "./bun-tls.ts";
import type { TlsClientOptions, TlsServerOptions } from "./tls.ts";
import { kernelCalls } from "./kernel-calls.ts";
import { setSocketOptions } from "./socket-options.ts";
import { UnixPath, abstractName } from "./unix-path.ts";

export type BunSocket = Bun.Socket<BunConn | undefined>;

/** A connection on a socket of Bun's. */
export class BunConn extends ConnCore {
  remote: SocketAddress;
  local: SocketAddress = UNBOUND;
  /** While a TCP connection is being opened. */
  opening: Socket | undefined;
  #socket: BunSocket | undefined;
  #deadline: Timer | undefined;
  /** The runtime sets it on every socket it accepts or dials. */
  #noDelay = true;
  readonly #dial: DialOptions | undefined;

  constructor(context: ConnContext, handler: ConnHandler, highWatermark: number, remote: SocketAddress, dial?: DialOptions) {
    super(context, handler, highWatermark);
    this.remote = remote;
    this.#dial = dial;
  }

  get fd(): number {
    const { fd } = (this.#socket ?? {}) as { fd?: number };
    return fd ?? -1;
  }

  /** Takes an accepted socket over. */
  attachAccepted(socket: BunSocket, listener: SocketAddress): void {
    this.#socket = socket;
    this.remote = listener.kind === "ip" ? ipAddress(socket.remoteAddress, socket.remotePort) : pipeAddress("");
    // each of the socket's facts is a call into the kernel
    this.local = listener.kind === "ip" && isWildcard(listener.ip) ? ipAddress(socket.localAddress, listener.port) : listener;
    this.accepted();
  }

  /** What is to end when the dial is over, well or ill. */
  awaitOpening(deadline: Timer): void {
    this.#deadline = deadline;
  }

  override closed(cause: CloseCause): void {
    this.#deadline?.cancel();
    super.closed(cause);
  }

  override opened(): void {
    this.#deadline?.cancel();
    super.opened();
  }

  /** The dialed socket is open. It may be too late: then it is dropped. */
  attachDialed(socket: BunSocket): void {
    this.opening = undefined;
    if (this.over) {
      socket.terminate();
      return;
    }
    this.#socket = socket;
    this.local = this.remote.kind === "ip" ? ipAddress(socket.localAddress, socket.localPort) : pipeAddress("");
    if (this.#dial === undefined) this.opened();
    else this.socketOpened(this.#dial);
  }

  /** For those who had the descriptor before: from now on it is a socket of Bun's. */
  protected adopt(socket: BunSocket): void {
    this.#socket = socket;
  }

  override take(buffer: Buffer, start: number, end: number): number {
    const taken = this.#socket?.write(buffer, start, end - start) ?? 0;
    return taken > 0 ? taken : 0;
  }

  override setNoDelay(on: boolean): void {
    if (on === this.#noDelay) return;
    this.#noDelay = on;
    this.#socket?.setNoDelay(on);
  }

  override setKeepAlive(on: boolean, initialDelayMs: number): void {
    this.#socket?.setKeepAlive(on, initialDelayMs);
  }

  protected override rawEnd(): void {
    this.#socket?.shutdown();
  }

  protected override rawClose(): void {
    this.#giveUp();
    this.#socket?.close();
  }

  protected override rawReset(): void {
    this.#giveUp();
    this.#socket?.terminate();
  }

  protected override rawSecure(options: TlsClientOptions | TlsServerOptions, hello: Buffer | undefined): void {
    const raw = this.#socket;
    if (raw === undefined) return;
    // its events, of sealed bytes, are nobody's from now on
    raw.data = undefined;
    const socket = upgrade(raw, options, hello, {
      conn: this,
      secured: (facts) => this.secured(facts, options),
      failed: (message) => this.handshakeFailed(message, options),
    });
    if (!this.over) this.#socket = socket as unknown as BunSocket;
  }

  #giveUp(): void {
    this.#deadline?.cancel();
    this.opening?.destroy();
    this.opening = undefined;
  }

  protected override rawPause(): void {
    this.#socket?.pause();
  }

  protected override rawResume(): void {
    this.#socket?.resume();
  }
}

export function isWildcard(ip: string): boolean {
  return ip === "0.0.0.0" || ip === "::";
}

/** One object for all dialed sockets; an accepted one differs in `open` only. */
export const EVENTS = {
  data(socket: BunSocket, chunk: Buffer): void {
    socket.data?.received(chunk);
  },
  drain(socket: BunSocket): void {
    socket.data?.writeReady();
  },
  end(socket: BunSocket): void {
    socket.data?.ended();
  },
  close(socket: BunSocket, error?: Error): void {
    socket.data?.closed(error === undefined ? "remote" : causeOf(error));
  },
  // errors that matter end in `close` or `connectError`; without this handler they would end the thread
  error(): void {},
};

const DIALED = {
  ...EVENTS,
  open(socket: BunSocket): void {
    socket.data?.attachDialed(socket);
  },
  connectError(socket: BunSocket, error: Error): void {
    socket.data?.closed(causeOf(error));
  },
};

/**
 * Dials Unix sockets by `Bun.connect`, and TCP by node:net, whose native socket it takes over once it is open: what `Bun.connect` has
 * begun cannot be given up, and each dial to a silent host would hold its descriptor for the two minutes the kernel tries.
 */
export class BunDialer implements Dialer {
  readonly #context: ConnContext;

  constructor(context: ConnContext) {
    this.#context = context;
  }

  dial(target: SocketAddress, handler: ConnHandler, options: DialOptions): Conn {
    const conn = new BunConn(this.#context, handler, options.highWatermark, target, options);
    conn.awaitOpening(this.#context.clock.after(options.timeoutMs, () => conn.dialTimedOut()));
    try {
      if (target.kind === "ip") dialTcp(target, conn, options.source);
      else Bun.connect({ unix: abstractName(target.path), allowHalfOpen: true, socket: DIALED, data: conn }).catch((error: unknown) => conn.closed(causeOf(error)));
    } catch (error) {
      // told later: no handler is called from within a call
      queueMicrotask(() => conn.closed(causeOf(error)));
    }
    return conn;
  }
}

function dialTcp(target: IpAddress, conn: BunConn, source: SocketAddress | undefined): void {
  const opening = net().connect({ host: target.ip, port: target.port, ...sourceOf(source), allowHalfOpen: true, noDelay: true, autoSelectFamily: false });
  conn.opening = opening;
  opening.on("error", (error) => conn.closed(causeOf(error)));
  // in a microtask: node's own handler of the event has to be through with the socket; no other event can come between
  opening.once("connect", () => queueMicrotask(() => conn.attachDialed(takeOver(opening, conn))));
}

/** `_handle` is a socket of Bun's as `Bun.connect` gives it; the published types do not tell. The contract suite holds it to that. */
function takeOver(opening: Socket, conn: BunConn): BunSocket {
  const { _handle: socket } = opening as unknown as { _handle: BunSocket };
  socket.reload({ socket: EVENTS });
  socket.data = conn;
  return socket;
}

/** Sockets of Bun's own: `write` tells what the kernel took, nothing is queued behind our back. */
export class BunTransport implements Transport {
  readonly dialer: Dialer;
  readonly sharesPorts = true;
  readonly #context: ConnContext;

  constructor(context: ConnContext) {
    this.#context = context;
    this.dialer = new BunDialer(context);
  }

  async listen(address: SocketAddress, options: ListenOptions, onConnection: OnConnection): Promise<Acceptor> {
    const { turn } = this.#context;
    const highWatermark = options.highWatermark ?? DEFAULT_HIGH_WATERMARK;
    let bound = address;
    const open = (socket: BunSocket): void => {
      const conn = new BunConn(this.#context, unclaimed, highWatermark, UNBOUND);
      conn.attachAccepted(socket, bound);
      socket.data = conn;
      turn.begin();
      try {
        onConnection(conn);
      } catch (error) {
        turn.report(error);
        conn.reset();
      }
      turn.end();
    };
    const { listener, path, at } = bindAt(address, options, open);
    bound = at;
    const stop = (): void => {
      listener.stop(false);
      path?.withdraw();
    };
    return { address: bound, stop };
  }

  async share(address: SocketAddress, options: ListenOptions): Promise<SharedSocket | null> {
    const c = kernelCalls();
    if (c === null) return null;
    const { listener, path, at } = bindAt(address, { ...options, reusePort: false }, (socket) => void socket.terminate());
    // another descriptor of the same socket, which nobody listens on yet; Bun's own goes before it can accept
    const fd = c.dup((listener as Bound).fd);
    listener.stop(false);
    return {
      address: at, fd,
      close() {
        c.close(fd);
        path?.withdraw();
      },
    };
  }

  async probeExclusive(address: SocketAddress): Promise<SocketAddress> {
    if (address.kind === "pipe") return address;
    const acceptor = await this.listen(address, { reusePort: false }, (conn) => conn.reset());
    acceptor.stop();
    return acceptor.address;
  }
}

/** A listener's own descriptor; the published types do not tell. */
export type Bound = Bun.SocketListener<BunConn | undefined> & { readonly fd: number };

interface BoundListener {
  readonly listener: Bun.SocketListener<BunConn | undefined>;
  readonly path: UnixPath | undefined;
  readonly at: SocketAddress;
}

/** Binds and listens. */
export function bindAt(address: SocketAddress, options: ListenOptions, open: (socket: BunSocket) => void): BoundListener {
  const c = kernelCalls();
  if (options.shared !== undefined && c !== null) {
    const fd = c.dup(options.shared);
    const listener = listenOn(fd, address, open);
    if (options.backlog !== undefined) c.listen(fd, options.backlog);
    return { listener, path: undefined, at: address };
  }
  const path = address.kind === "pipe" ? new UnixPath(address.path) : undefined;
  const listener = bind(address, path, options, open);
  try {
    setSocketOptions((listener as Bound).fd, options.socketOptions ?? [], address);
    path?.publish(options.mode);
  } catch (error) {
    listener.stop(true);
    throw error instanceof ListenError ? error : listenError(address, error);
  }
  // Bun's queue has room for 512, whatever it is told
  if (options.backlog !== undefined) c?.listen((listener as Bound).fd, options.backlog);
  return { listener, path, at: address.kind === "ip" ? ipAddress(address.ip, (listener as Bun.TCPSocketListener<unknown>).port) : address };
}

function listenOn(fd: number, address: SocketAddress, open: (socket: BunSocket) => void): Bun.SocketListener<BunConn | undefined> {
  try {
    // the published type of a listener's options lacks fd
    return Bun.listen<BunConn | undefined>({ fd, allowHalfOpen: true, socket: { ...EVENTS, open }, data: undefined } as unknown as Bun.UnixSocketOptions<BunConn | undefined>);
  } catch (error) {
    throw listenError(address, error);
  }
}

function bind(address: SocketAddress, path: UnixPath | undefined, options: ListenOptions, open: (socket: BunSocket) => void): Bun.SocketListener<BunConn | undefined> {
  const shared = { allowHalfOpen: true, socket: { ...EVENTS, open }, data: undefined, ...(options.backlog === undefined ? {} : { backlog: options.backlog }) };
  try {
    if (address.kind === "ip") {
      const ipv6Only = address.ip.includes(":") && (options.ipv6Only ?? true);
      // the published type of a listener's options lacks reusePort, ipv6Only and backlog
      const tcp = { hostname: address.ip, port: address.port, reusePort: options.reusePort, ipv6Only, ...shared };
      return Bun.listen<BunConn | undefined>(tcp);
    }
    return Bun.listen<BunConn | undefined>({ unix: path?.bindTo ?? address.path, ...shared });
  } catch (error) {
    throw listenError(address, error);
  }
}
