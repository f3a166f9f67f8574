import { Buffer } from "node:buffer";
import type { SocketAddress } from "./address.ts";
import { BunConn, EVENTS, type BunSocket } from "./bun-transport.ts";
import type { CloseCause, ConnHandler, DialOptions } from "./conn.ts";
import { addressFrom } from "./kernel-address.ts";
import * as kernel from "./kernel-calls.ts";
import type { KernelCalls } from "./kernel-calls.ts";
import { EPOLLERR, EPOLLET, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP, type KernelLoop, type Polled } from "./kernel-loop.ts";
import type { ReadSlab } from "./read-slab.ts";
import type { ConnContext } from "./raw-socket.ts";
import { causeOf } from "./socket-facts.ts";
import type { TlsClientOptions, TlsServerOptions } from "./tls.ts";

/** Each tells of a change once: what cannot be dealt with at once is remembered here. */
export const CONN_EVENTS: number = (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET) >>> 0;
const ENDINGS = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
/** After so many reads on end, the others have their turn. */
const READS = 8;
const WORD = 4;
/** With this linger a close is a RST. */
const ON_AND_ZERO = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);

/** What the connections of a thread share. */
export interface KernelContext extends ConnContext {
  readonly loop: KernelLoop;
  readonly slab: ReadSlab;
}

/**
 * A connection that is read and written by plain system calls. TLS it leaves to the runtime: for the handshake its descriptor becomes a socket
 * of Bun's, and stays one.
 */
export class KernelConn extends BunConn implements Polled {
  readonly #shared: KernelContext;
  readonly #calls: KernelCalls;
  /** -1: closed, or Bun's. */
  #fd = -1;
  #dialing = false;
  /** There may be something to read. */
  #readable = false;
  /** The peer's end is among it: a short read is not the last. */
  #endComes = false;
  /** The peer's end was read: reading tells of nothing more. */
  #ended = false;
  #held = false;
  /** Dialed sockets begin with it, accepted ones inherit it from their listener. */
  #noDelay = true;
  /** The kernel took less than it was offered. */
  #full = false;
  #queued = false;
  /** A write failed, and nobody has been told. */
  #broken: CloseCause | undefined;
  readonly #options: DialOptions | undefined;
  readonly #later = (): void => {
    this.#queued = false;
    if (this.#broken !== undefined) this.#fail(this.#broken);
    else this.#read();
  };

  constructor(shared: KernelContext, handler: ConnHandler, highWatermark: number, remote: SocketAddress, options?: DialOptions) {
    super(shared, handler, highWatermark, remote, options);
    this.#shared = shared;
    this.#calls = shared.loop.calls;
    this.#options = options;
  }

  override get fd(): number {
    return this.#fd >= 0 ? this.#fd : super.fd;
  }

  /** Takes over what accept(2) gave. False: it cannot be polled, and was closed. */
  attachFd(fd: number, local: SocketAddress): boolean {
    if (!this.#hold(fd)) return false;
    this.local = local;
    this.accepted();
    return true;
  }

  /** A socket whose connect(2) is under way. */
  awaitFd(fd: number): boolean {
    this.#dialing = true;
    return this.#hold(fd);
  }

  ready(events: number): void {
    if (this.#dialing) return this.#dialed(events);
    if ((events & EPOLLOUT) !== 0 && this.#full) {
      this.#full = false;
      this.writeReady();
    }
    if ((events & (EPOLLIN | ENDINGS)) === 0) return;
    this.#readable = true;
    if ((events & ENDINGS) !== 0) this.#endComes = true;
    // a reset is seen even by those who do not read, or not any more
    if ((this.#held || this.#ended) && (events & EPOLLERR) !== 0) return this.#fail(this.#socketError());
    this.#read();
  }

  override take(buffer: Buffer, start: number, end: number): number {
    if (this.#fd < 0) return super.take(buffer, start, end);
    if (this.#full || this.#broken !== undefined) return 0;
    const bytes = start === 0 ? buffer : this.#calls.addressOf(buffer, start);
    let taken = this.#calls.send(this.#fd, bytes, end - start, kernel.MSG_NOSIGNAL);
    if (taken < 0) taken = this.#refused();
    if (taken < end - start) this.#full = true;
    return taken;
  }

  override setNoDelay(on: boolean): void {
    if (this.#fd < 0) return super.setNoDelay(on);
    if (on === this.#noDelay) return;
    this.#noDelay = on;
    this.#setNumber(kernel.IPPROTO_TCP, kernel.TCP_NODELAY, on ? 1 : 0);
  }

  override setKeepAlive(on: boolean, initialDelayMs: number): void {
    if (this.#fd < 0) return super.setKeepAlive(on, initialDelayMs);
    this.#setNumber(kernel.SOL_SOCKET, kernel.SO_KEEPALIVE, on ? 1 : 0);
    if (on && initialDelayMs >= 1000) this.#setNumber(kernel.IPPROTO_TCP, kernel.TCP_KEEPIDLE, Math.floor(initialDelayMs / 1000));
  }

  protected override rawEnd(): void {
    if (this.#fd < 0) super.rawEnd();
    else this.#calls.shutdown(this.#fd, kernel.SHUT_WR);
  }

  protected override rawClose(): void {
    super.rawClose();
    this.#drop();
  }

  protected override rawReset(): void {
    super.rawReset();
    if (this.#fd >= 0) this.#calls.setsockopt(this.#fd, kernel.SOL_SOCKET, kernel.SO_LINGER, ON_AND_ZERO, ON_AND_ZERO.length);
    this.#drop();
  }

  protected override rawPause(): void {
    if (this.#fd < 0) super.rawPause();
    this.#held = true;
  }

  protected override rawResume(): void {
    if (this.#fd < 0) super.rawResume();
    this.#held = false;
    if (this.#readable) this.#queue();
  }

  protected override rawSecure(options: TlsClientOptions | TlsServerOptions, hello: Buffer | undefined): void {
    const fd = this.#fd;
    if (fd < 0) return super.rawSecure(options, hello);
    this.#shared.loop.remove(fd);
    this.#fd = -1;
    const open = (socket: BunSocket): void => {
      if (this.over) return void socket.terminate();
      this.adopt(socket);
      super.rawSecure(options, hello);
    };
    // the published type of the options lacks fd
    const adopted = { fd, allowHalfOpen: true, data: this, socket: { ...EVENTS, open } } as unknown as Bun.UnixSocketOptions<BunConn | undefined>;
    Bun.connect<BunConn | undefined>(adopted).catch(() => this.#fail("error"));
  }

  #hold(fd: number): boolean {
    this.#fd = fd;
    if (this.#shared.loop.add(fd, CONN_EVENTS, this)) return true;
    this.#drop();
    return false;
  }

  #drop(): void {
    if (this.#fd < 0) return;
    this.#shared.loop.forget(this.#fd);
    this.#calls.close(this.#fd);
    this.#fd = -1;
  }

  #dialed(events: number): void {
    if ((events & (EPOLLOUT | ENDINGS)) === 0) return;
    this.#dialing = false;
    const errno = this.#socketErrno();
    if (errno !== 0) return this.#fail(causeOf(kernel.systemError(errno)));
    if (this.remote.kind === "ip") this.local = addressFrom((address, length) => this.#calls.getsockname(this.#fd, address, length)) ?? this.local;
    this.#readable = (events & EPOLLIN) !== 0;
    this.#endComes = (events & ENDINGS) !== 0;
    if (this.#options === undefined) this.opened();
    else this.socketOpened(this.#options);
    if (this.#readable) this.#read();
  }

  #read(): void {
    const { slab } = this.#shared;
    for (let i = 0; i < READS; i++) {
      if (this.#fd < 0 || this.#held || !this.#readable) return;
      const lent = this.handler.borrows === true;
      const room = lent ? slab.lentRoom : slab.room;
      const n = this.#calls.recv(this.#fd, lent ? slab.lentAt : slab.at, room, 0);
      if (n > 0) {
        if (n < room && !this.#endComes) this.#readable = false;
        this.received(lent ? slab.lend(n) : slab.cut(n), lent);
      } else if (n === 0) {
        this.#readable = false;
        this.#ended = true;
        this.ended();
      } else if (!this.#unread()) return;
    }
    if (this.#readable) this.#queue();
  }

  /** False: nothing more can be read. */
  #unread(): boolean {
    const errno = this.#calls.errno();
    if (errno === kernel.EINTR) return true;
    this.#readable = false;
    if (errno !== kernel.EAGAIN) this.#fail(causeOf(kernel.systemError(errno)));
    return false;
  }

  #refused(): number {
    const errno = this.#calls.errno();
    if (errno === kernel.EAGAIN || errno === kernel.EINTR) return 0;
    this.#broken = causeOf(kernel.systemError(errno));
    this.#queue();
    return 0;
  }

  #fail(cause: CloseCause): void {
    this.#drop();
    this.closed(cause);
  }

  #queue(): void {
    if (this.#queued) return;
    this.#queued = true;
    this.#shared.loop.afterRound(this.#later);
  }

  #socketError(): CloseCause {
    const errno = this.#socketErrno();
    return errno === 0 ? "reset" : causeOf(kernel.systemError(errno));
  }

  #socketErrno(): number {
    const value = Buffer.alloc(WORD);
    this.#calls.getsockopt(this.#fd, kernel.SOL_SOCKET, kernel.SO_ERROR, value, Buffer.from([WORD, 0, 0, 0]));
    return value.readInt32LE(0);
  }

  #setNumber(level: number, name: number, value: number): void {
    const bytes = Buffer.alloc(WORD);
    bytes.writeInt32LE(value, 0);
    this.#calls.setsockopt(this.#fd, level, name, bytes, WORD);
  }
}
