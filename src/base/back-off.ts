/** Waiting times between attempts, whole milliseconds. Chance comes in as 64 random bits. */

/** Grows from `base` to `max` by doubling, and waits a random part of it: fully jittered, so a wait may be 0. */
export class ExponentialBackOff {
  private readonly max: number;
  private next: number;

  /** 0 < `base` <= `max`. */
  constructor(base: number, max: number) {
    this.next = base;
    this.max = max;
  }

  /** The next wait: at least 0, less than the interval in force. */
  wait(random: bigint): number {
    const interval = this.next;
    this.next = interval < Math.floor(this.max / 2) ? interval * 2 : this.max;
    return Number(random % BigInt(interval));
  }
}

/** A wait of at least `least` (2 or more) and less than one and a half times that. */
export function waitAtLeast(least: number, random: bigint): number {
  return Number(random % BigInt(Math.floor(least / 2))) + least;
}
