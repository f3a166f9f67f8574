import { Buffer } from "node:buffer";
import type { SocketAddress } from "./address.ts";
import { bindAt, type Bound, BunTransport } from "./bun-transport.ts";
import { type Acceptor, type Conn, type ConnHandler, type DialOptions, type Dialer, ListenError, type ListenOptions, type OnConnection, type SharedSocket, type Transport } from "./conn.ts";
import { familyOf, toKernel } from "./kernel-address.ts";
import { KernelAcceptor } from "./kernel-acceptor.ts";
import * as kernel from "./kernel-calls.ts";
import { KernelConn, type KernelContext } from "./kernel-conn.ts";
import type { KernelLoop } from "./kernel-loop.ts";
import { ReadSlab } from "./read-slab.ts";
import type { ConnContext } from "./raw-socket.ts";
import { causeOf, DEFAULT_HIGH_WATERMARK } from "./socket-facts.ts";

const ONE = Buffer.from([1, 0, 0, 0]);

/** Sockets of the kernel's, read and written without the runtime, which binds them and speaks TLS. */
export class KernelTransport implements Transport {
  readonly dialer: Dialer;
  readonly sharesPorts = true;
  readonly #context: KernelContext;
  readonly #runtime: BunTransport;

  constructor(context: ConnContext, loop: KernelLoop) {
    this.#context = { turn: context.turn, clock: context.clock, loop, slab: new ReadSlab(loop.calls) };
    this.#runtime = new BunTransport(context);
    this.dialer = new KernelDialer(this.#context, this.#runtime.dialer);
  }

  async listen(address: SocketAddress, options: ListenOptions, onConnection: OnConnection): Promise<Acceptor> {
    const { listener, path, at } = bindAt(address, options, (socket) => void socket.terminate());
    // another descriptor of the same socket; Bun's own goes before it can accept
    const fd = this.#context.loop.calls.dup((listener as Bound).fd);
    listener.stop(false);
    const acceptor = fd < 0 ? null : KernelAcceptor.open(this.#context, fd, at, options.highWatermark ?? DEFAULT_HIGH_WATERMARK, onConnection);
    if (acceptor === null) {
      path?.withdraw();
      throw new ListenError("EMFILE", address, "no more descriptors");
    }
    const stop = (): void => {
      acceptor.stop();
      path?.withdraw();
    };
    return { address: at, stop };
  }

  share(address: SocketAddress, options: ListenOptions): Promise<SharedSocket | null> {
    return this.#runtime.share(address, options);
  }

  probeExclusive(address: SocketAddress): Promise<SocketAddress> {
    return this.#runtime.probeExclusive(address);
  }
}

class KernelDialer implements Dialer {
  readonly #context: KernelContext;
  /** For addresses that are none to the kernel. */
  readonly #other: Dialer;

  constructor(context: KernelContext, other: Dialer) {
    this.#context = context;
    this.#other = other;
  }

  dial(target: SocketAddress, handler: ConnHandler, options: DialOptions): Conn {
    const { clock, loop } = this.#context;
    const address = toKernel(target);
    if (address === null) return this.#other.dial(target, handler, options);
    const conn = new KernelConn(this.#context, handler, options.highWatermark, target, options);
    conn.awaitOpening(clock.after(options.timeoutMs, () => conn.dialTimedOut()));
    const errno = this.#connect(conn, target, address, options.source);
    // told later: no handler is called from within a call
    if (errno !== 0) loop.afterRound(() => conn.closed(causeOf(kernel.systemError(errno))));
    return conn;
  }

  /** The error's number, 0 if it is under way. */
  #connect(conn: KernelConn, target: SocketAddress, address: Buffer, source: SocketAddress | undefined): number {
    const { calls } = this.#context.loop;
    const fd = calls.socket(familyOf(target), kernel.SOCK_STREAM | kernel.SOCK_NONBLOCK | kernel.SOCK_CLOEXEC, 0);
    if (fd < 0) return calls.errno();
    if (target.kind === "ip") calls.setsockopt(fd, kernel.IPPROTO_TCP, kernel.TCP_NODELAY, ONE, ONE.length);
    const from = source?.kind === "ip" ? toKernel(source) : null;
    if ((from !== null && calls.bind(fd, from, from.length) !== 0) || (calls.connect(fd, address, address.length) !== 0 && calls.errno() !== kernel.EINPROGRESS)) {
      const errno = calls.errno();
      calls.close(fd);
      return errno;
    }
    if (conn.awaitFd(fd)) return 0;
    return kernel.EMFILE;
  }
}
