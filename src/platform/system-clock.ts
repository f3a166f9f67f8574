import type { Clock, Timer } from "./clock.ts";
import { TimerWheel, type WheelDriver } from "./timer-wheel.ts";
import type { Turn } from "./turn.ts";

/** The machine's clock. Its timers of one tick fire within one turn, from one wheel a thread. */
export class SystemClock implements Clock, WheelDriver {
  readonly #turn: Turn;
  readonly #wheel: TimerWheel;
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
    return performance.now();
  }

  wall(): number {
    return Date.now();
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
