import type { Clock } from "../../platform/clock.ts";

/** Between two attempts, ms. */
const PAUSE_MS = 500;

/**
 * Attempts once, then again and again until one `satisfies` or `waitMs` have passed; answers the last. Each attempt is told how
 * long it may take: `onceMs`, or what is left of a longer wait.
 */
export async function attempts<T>(clock: Clock, waitMs: number, onceMs: number, attempt: (ms: number) => Promise<T>, satisfies: (found: T) => boolean): Promise<T> {
  const end = clock.now() + waitMs;
  for (let first = true; ; first = false) {
    const left = end - clock.now();
    const found = await attempt(waitMs === 0 ? onceMs : Math.max(first ? 1 : 0, Math.min(onceMs, left)));
    if (satisfies(found) || clock.now() + PAUSE_MS >= end) return found;
    await new Promise<void>((done) => void clock.after(PAUSE_MS, done));
  }
}
