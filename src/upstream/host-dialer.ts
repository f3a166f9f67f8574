/**
 * Dials the hosts of a cluster: from the address that is configured, with keepalive, and, where a host has several addresses, one after the
 * other until one answers, a new one every 300 ms (RFC 8305; Envoy's HappyEyeballsConnectionImpl).
 */
import type { SocketAddress } from "../platform/address.ts";
import type { Clock, Timer } from "../platform/clock.ts";
import type { CloseCause, Conn, ConnHandler, Dialer, DialOptions } from "../platform/conn.ts";
import { type FamilyOrder, orderAddresses } from "./address-order.ts";

export interface DialPlan {
  readonly source: SocketAddress | undefined;
  /** ms; 0: none. */
  readonly keepAliveMs: number;
  readonly familyOrder: FamilyOrder;
}

export class HostDialer implements Dialer {
  private readonly inner: Dialer;
  private readonly clock: Clock;
  private readonly plan: DialPlan;
  private readonly othersOf: (address: SocketAddress) => readonly SocketAddress[];

  constructor(inner: Dialer, clock: Clock, plan: DialPlan, othersOf: (address: SocketAddress) => readonly SocketAddress[]) {
    this.inner = inner;
    this.clock = clock;
    this.plan = plan;
    this.othersOf = othersOf;
  }

  dial(target: SocketAddress, handler: ConnHandler, given: DialOptions): Conn {
    const { source, keepAliveMs, familyOrder } = this.plan;
    const options = source === undefined ? given : { ...given, source };
    const others = this.othersOf(target);
    if (others.length === 0 && keepAliveMs === 0) return this.inner.dial(target, handler, options);
    return new Attempts(this.inner, this.clock, handler, options, keepAliveMs).start(orderAddresses([target, ...others], familyOrder));
  }
}

/** Whoever keeps the connection that `dial` gave learns here of another one. */
interface Holder {
  conn?: Conn;
}

const PATIENCE_MS = 300;

class Attempts implements ConnHandler {
  private readonly dialer: Dialer;
  private readonly handler: ConnHandler;
  private readonly options: DialOptions;
  private readonly keepAliveMs: number;
  private readonly timer: Timer;
  private readonly pending = new Set<Conn>();
  private readonly closed = new WeakSet<Conn>();
  private left: SocketAddress[] = [];
  private first: Conn | null = null;
  private over = false;

  constructor(dialer: Dialer, clock: Clock, handler: ConnHandler, options: DialOptions, keepAliveMs: number) {
    this.dialer = dialer;
    this.handler = handler;
    this.options = options;
    this.keepAliveMs = keepAliveMs;
    this.timer = clock.timer(() => this.next());
  }

  start(addresses: readonly SocketAddress[]): Conn {
    this.left = [...addresses];
    return this.next() as Conn;
  }

  onConnect(conn: Conn): void {
    if (this.over) return conn.reset();
    this.settle(conn);
    if (this.keepAliveMs > 0) conn.setKeepAlive(true, this.keepAliveMs);
    this.handler.onConnect?.(conn);
  }

  onData(): void {}
  onDrain(): void {}
  onEnd(): void {}

  onClose(conn: Conn, cause: CloseCause): void {
    if (this.over) return;
    this.pending.delete(conn);
    this.closed.add(conn);
    // given up by its owner, who knows of the first one only
    const given = conn === this.first && cause === "local";
    if (!given && this.left.length > 0) return void this.next();
    if (!given && this.pending.size > 0) return;
    this.settle(conn);
    this.handler.onClose(conn, cause);
  }

  private next(): Conn | null {
    const address = this.left.shift();
    if (address === undefined || this.over) return null;
    if (this.left.length > 0) this.timer.arm(PATIENCE_MS);
    const conn = this.dialer.dial(address, this, this.options);
    this.first ??= conn;
    if (!this.closed.has(conn)) this.pending.add(conn); // it may have failed before it was here
    return conn;
  }

  /** This one it is: the others are given up. */
  private settle(conn: Conn): void {
    this.over = true;
    this.timer.cancel();
    for (const other of this.pending) if (other !== conn) other.reset();
    this.pending.clear();
    conn.handler = this.handler;
    (this.handler as Holder).conn = conn;
  }
}
