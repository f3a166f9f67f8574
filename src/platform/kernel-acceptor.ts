import { Buffer } from "node:buffer";
import { pipeAddress, type SocketAddress } from "./address.ts";
import { isWildcard } from "./bun-transport.ts";
import type { OnConnection } from "./conn.ts";
import { addressFrom, fromKernel, MOST_ADDRESS_BYTES } from "./kernel-address.ts";
import * as kernel from "./kernel-calls.ts";
import { KernelConn, type KernelContext } from "./kernel-conn.ts";
import { EPOLLIN, type Polled } from "./kernel-loop.ts";
import { UNBOUND, unclaimed } from "./socket-facts.ts";

/** At most so many at a time; who has come by then has its turn first. */
const ACCEPTS = 32;
/** How long it rests when there are no descriptors left, ms. */
const REST_MS = 100;
const ONE = Buffer.from([1, 0, 0, 0]);
const FLAGS = kernel.SOCK_NONBLOCK | kernel.SOCK_CLOEXEC;

/** A listening socket: its descriptor, which it owns, and what becomes of the connections. */
export class KernelAcceptor implements Polled {
  readonly #context: KernelContext;
  readonly #fd: number;
  readonly #at: SocketAddress;
  readonly #highWatermark: number;
  readonly #onConnection: OnConnection;
  readonly #address = Buffer.allocUnsafeSlow(MOST_ADDRESS_BYTES);
  readonly #length = Buffer.allocUnsafeSlow(4);
  #stopped = false;

  private constructor(context: KernelContext, fd: number, at: SocketAddress, highWatermark: number, onConnection: OnConnection) {
    this.#context = context;
    this.#fd = fd;
    this.#at = at;
    this.#highWatermark = highWatermark;
    this.#onConnection = onConnection;
  }

  /** `at`: the bound address. Null: it cannot be polled, and was closed. */
  static open(context: KernelContext, fd: number, at: SocketAddress, highWatermark: number, onConnection: OnConnection): KernelAcceptor | null {
    const { loop } = context;
    const acceptor = new KernelAcceptor(context, fd, at, highWatermark, onConnection);
    // what it accepts inherits this
    if (at.kind === "ip") loop.calls.setsockopt(fd, kernel.IPPROTO_TCP, kernel.TCP_NODELAY, ONE, ONE.length);
    if (loop.add(fd, EPOLLIN, acceptor)) return acceptor;
    loop.calls.close(fd);
    return null;
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#context.loop.remove(this.#fd);
    this.#context.loop.calls.close(this.#fd);
  }

  ready(): void {
    const { calls } = this.#context.loop;
    for (let i = 0; i < ACCEPTS && !this.#stopped; i++) {
      this.#length.writeInt32LE(MOST_ADDRESS_BYTES, 0);
      const fd = calls.accept4(this.#fd, this.#address, this.#length, FLAGS);
      if (fd >= 0) {
        this.#welcome(fd);
        continue;
      }
      const errno = calls.errno();
      if (errno === kernel.EMFILE || errno === kernel.ENFILE) return this.#rest();
      if (errno !== kernel.EINTR && errno !== kernel.ECONNABORTED) return;
    }
  }

  #welcome(fd: number): void {
    const { turn } = this.#context;
    const remote = this.#at.kind === "ip" ? fromKernel(this.#address, this.#length.readInt32LE(0)) : pipeAddress("");
    const conn = new KernelConn(this.#context, unclaimed, this.#highWatermark, remote);
    if (!conn.attachFd(fd, this.#localOf(fd))) return;
    turn.begin();
    try {
      this.#onConnection(conn);
    } catch (error) {
      turn.report(error);
      conn.reset();
    }
    turn.end();
  }

  #localOf(fd: number): SocketAddress {
    if (this.#at.kind !== "ip" || !isWildcard(this.#at.ip)) return this.#at;
    return addressFrom((address, length) => this.#context.loop.calls.getsockname(fd, address, length)) ?? UNBOUND;
  }

  /** A listener that cannot accept would be told of its queue again and again. */
  #rest(): void {
    const { loop, clock } = this.#context;
    loop.change(this.#fd, 0);
    clock.after(REST_MS, () => {
      if (!this.#stopped) loop.change(this.#fd, EPOLLIN);
    });
  }
}
