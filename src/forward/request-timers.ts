/** The timers of requests, used again: one that is made for each would be a timer, a closure and a place in the wheel every time. */
import type { Clock, Timer } from "../platform/clock.ts";

const KEPT = 1024;

interface Timed {
  onTimeout(): void;
}

export class RequestTimer {
  owner: Timed | null = null;
  readonly timer: Timer;

  constructor(clock: Clock) {
    this.timer = clock.timer(() => this.owner?.onTimeout());
  }
}

export class RequestTimers {
  private readonly clock: Clock;
  private readonly free: RequestTimer[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** A timer that calls `owner.onTimeout()` in `ms`, to be given back in any case. */
  start(owner: Timed, ms: number): RequestTimer {
    const timer = this.free.pop() ?? new RequestTimer(this.clock);
    timer.owner = owner;
    timer.timer.arm(ms);
    return timer;
  }

  giveBack(timer: RequestTimer): void {
    timer.owner = null;
    if (this.free.length >= KEPT) return timer.timer.cancel();
    timer.timer.rest();
    this.free.push(timer);
  }
}
