import type { Clock, Timer } from "./clock.ts";
import { TimerWheel, type WheelDriver } from "./timer-wheel.ts";
import type { Turn } from "./turn.ts";

/**
 * The machine's clock, read once a turn: a request asks for the time some fifteen times. Its timers of one tick fire within one
 * turn, from one wheel a thread.
 */
export class SystemClock implements Clock, WheelDriver {
  readonly #turn: Turn;
  readonly #wheel: TimerWheel;
  /** The turns in which the readings were made. */
  #nowRead = 0;
  #wallRead = 0;
  #now = 0;
  #wall = 0;
  #sleeping: ReturnType<typeof setTimeout> | undefined;
  readonly #wake = (): void => {
    this.#sleeping = undefined;
    this.#turn.begin();
    this.#wheel.turn();
    this.#turn.end();
  };

  constructor(turn: Turn) {
    this.#turn = turn;
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
    const { number } = this.#turn;
    if (number === 0) return Date.now();
    if (number !== this.#wallRead) {
      this.#wallRead = number;
      this.#wall = Date.now();
    }
    return this.#wall;
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
    if (this.#sleeping !== undefined) clearTimeout(this.#sleeping);
    // runtimes round down to whole ms and would wake the wheel just before its slot
    this.#sleeping = setTimeout(this.#wake, Math.ceil(ms));
  }

  report(error: unknown): void {
    this.#turn.report(error);
  }
}
