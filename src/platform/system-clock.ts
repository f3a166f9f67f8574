import type { Clock, Timer } from "./clock.ts";
import { type EventLoop, RuntimeLoop } from "./event-loop.ts";
import { TimerWheel, type WheelDriver } from "./timer-wheel.ts";
import type { Turn } from "./turn.ts";

/** How long a step of the wall clock may go unnoticed. */
const OFFSET_MS = 50;

/**
 * The machine's clock, read once a turn: a request asks for the time some fifteen times. Its timers of one tick fire within one
 * turn, from one wheel a thread.
 */
export class SystemClock implements Clock, WheelDriver {
  readonly #turn: Turn;
  readonly #wheel: TimerWheel;
  /** The turn in which the reading was made. */
  #nowRead = 0;
  #now = 0;
  /** What the wall clock is ahead of the monotonic one, and until when that is taken for granted. */
  #offset = 0;
  #offsetUntil = -1;
  readonly #loop: EventLoop;
  readonly #wake = (): void => {
    this.#turn.begin();
    this.#wheel.turn();
    this.#turn.end();
  };

  constructor(turn: Turn, loop: EventLoop = new RuntimeLoop()) {
    this.#turn = turn;
    this.#loop = loop;
    this.#wheel = new TimerWheel(this);
  }

  now(): number {
    const { number } = this.#turn;
    if (number === 0) return performance.now();
    if (number !== this.#nowRead) {
      this.#nowRead = number;
      this.#now = performance.now();
    }
    return this.#now;
  }

  wall(): number {
    if (this.#turn.number === 0) return Date.now();
    const now = this.now();
    if (now >= this.#offsetUntil) {
      this.#offset = Date.now() - now;
      this.#offsetUntil = now + OFFSET_MS;
    }
    return Math.floor(now + this.#offset);
  }

  timer(fire: () => void): Timer {
    return this.#wheel.timer(fire);
  }

  after(ms: number, fire: () => void): Timer {
    const timer = this.#wheel.timer(fire);
    timer.arm(ms);
    return timer;
  }

  wakeIn(ms: number): void {
    this.#loop.wakeIn(ms, this.#wake);
  }

  report(error: unknown): void {
    this.#turn.report(error);
  }
}
