/** A small seeded generator, so that a failing property test can be run again: LEGATE_SEED=n. */
export interface Dice {
  readonly seed: number;
  /** An integer from 0 to n - 1. */
  below(n: number): number;
  pick<T>(items: readonly T[]): T;
}

export function newDice(seed = Number(process.env["LEGATE_SEED"] ?? Math.floor(Math.random() * 1e9))): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const below = (n: number): number => next() % n;
  return { seed, below, pick: (items) => items[below(items.length)] as (typeof items)[number] };
}
