/** `connection_keepalive`: PINGs, and what is done when none is answered. The timers are the owner's clock's. */
import { Buffer } from "node:buffer";
import type { Clock, Timer } from "../platform/clock.ts";
import type { Random } from "../platform/random.ts";
import type { KeepalivePlan } from "./http2-plan.ts";

interface Pinged {
  ping(payload: Buffer): void;
}

export class Http2Keepalive {
  readonly #plan: KeepalivePlan;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #codec: Pinged;
  readonly #send: Timer;
  readonly #timeout: Timer;
  #heard: number;

  /** `dead`: no answer came in time. */
  constructor(plan: KeepalivePlan, clock: Clock, random: Random, codec: Pinged, dead: () => void) {
    this.#plan = plan;
    this.#clock = clock;
    this.#random = random;
    this.#codec = codec;
    this.#send = clock.timer(() => this.#ping());
    this.#timeout = clock.timer(dead);
    this.#heard = clock.now();
    this.#schedule();
  }

  /** Any bytes came. */
  heard(): void {
    this.#heard = this.#clock.now();
  }

  /** A frame came: a PING that waits for its answer may wait longer, for the answer stands behind it. */
  onFrame(): void {
    if (this.#timeout.armed) this.#timeout.arm(this.#plan.timeoutMs);
  }

  onPong(): void {
    this.#timeout.cancel();
    this.#schedule();
  }

  /** A stream is about to begin. */
  onNewStream(): void {
    const { idleIntervalMs } = this.#plan;
    if (idleIntervalMs > 0 && this.#clock.now() - this.#heard > idleIntervalMs) this.#ping();
  }

  stop(): void {
    this.#send.cancel();
    this.#timeout.cancel();
  }

  #schedule(): void {
    const { intervalMs, jitter } = this.#plan;
    if (intervalMs === 0) return;
    const more = Math.floor((intervalMs * jitter) / 100);
    this.#send.arm(intervalMs + (more > 0 ? this.#random.u32() % more : 0));
  }

  #ping(): void {
    if (this.#timeout.armed) return;
    const payload = Buffer.alloc(8);
    payload.writeBigUInt64BE(BigInt(Math.floor(this.#clock.wall())));
    this.#codec.ping(payload);
    this.#timeout.arm(this.#plan.timeoutMs);
  }
}
