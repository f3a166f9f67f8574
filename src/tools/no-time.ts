import type { Clock, Timer } from "../platform/clock.ts";

const NO_TIMER: Timer = { armed: false, rest: () => undefined, arm: () => undefined, cancel: () => undefined };

/** A clock that stands still: nothing that waits ever goes on. */
export const NO_TIME: Clock = { now: () => 0, wall: () => 0, timer: () => NO_TIMER, after: () => NO_TIMER };
