import type { Clock, Timer } from "./clock.ts";

class FakeTimer implements Timer {
  readonly clock: FakeClock;
  readonly fire: () => void;
  deadline = 0;
  armed = false;

  constructor(clock: FakeClock, fire: () => void) {
    this.clock = clock;
    this.fire = fire;
  }

  arm(ms: number): void {
    this.cancel();
    this.deadline = this.clock.now() + Math.max(0, ms);
    this.armed = true;
    this.clock.insert(this);
  }

  cancel(): void {
    if (!this.armed) return;
    this.armed = false;
    this.clock.remove(this);
  }

  rest(): void {
    this.cancel();
  }
}

/** Time that only a test moves. Timers fire exactly at their deadline, in order of deadline, then of arming. */
export class FakeClock implements Clock {
  #now: number;
  readonly #wallAtZero: number;
  readonly #timers: FakeTimer[] = [];

  /** `wall`: the wall clock's first reading, ms since the epoch (default 2026-01-01T00:00:00Z). */
  constructor(wall = 1_767_225_600_000, now = 1000) {
    this.#now = now;
    this.#wallAtZero = wall - now;
  }

  /** Armed timers. */
  get pending(): number {
    return this.#timers.length;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#wallAtZero + this.#now;
  }

  timer(fire: () => void): Timer {
    return new FakeTimer(this, fire);
  }

  after(ms: number, fire: () => void): Timer {
    const timer = new FakeTimer(this, fire);
    timer.arm(ms);
    return timer;
  }

  /** Lets `ms` pass, firing on the way what is due; what a timer arms is fired too if it falls within. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (let first = this.#timers[0]; first !== undefined && first.deadline <= until; first = this.#timers[0]) {
      this.#now = Math.max(this.#now, first.deadline);
      first.cancel();
      first.fire();
    }
    this.#now = until;
  }

  insert(timer: FakeTimer): void {
    const at = this.#timers.findIndex((other) => other.deadline > timer.deadline);
    this.#timers.splice(at < 0 ? this.#timers.length : at, 0, timer);
  }

  remove(timer: FakeTimer): void {
    this.#timers.splice(this.#timers.indexOf(timer), 1);
  }
}
