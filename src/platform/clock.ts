/** Time, as a value that is passed in. */

/** Re-armable; made once, armed many times. Firing never comes early, and at most some 12 ms late on an idle thread. */
export interface Timer {
  readonly armed: boolean;
  /** Fires once, `ms` from now; replaces an earlier deadline. Putting a deadline off costs next to nothing. */
  arm(ms: number): void;
  cancel(): void;
  /** As `cancel`, for a timer that will soon be armed again: it keeps its place, so that this costs next to nothing. Cancel it in the end. */
  rest(): void;
}

export interface Clock {
  /** Milliseconds, monotonic, with fractions; the origin means nothing. */
  now(): number;
  /** Milliseconds since the Unix epoch. */
  wall(): number;
  /** An unarmed timer. */
  timer(fire: () => void): Timer;
  /** A timer armed at once. */
  after(ms: number, fire: () => void): Timer;
}
