/**
 * Earliest deadline first: an entry of weight w comes due every 1/w units of time. The order of equal deadlines is the order
 * in which they were added (Envoy's EdfScheduler). pick() is O(log n) on a binary heap of indices.
 */
export class EdfScheduler<T> {
  private readonly entries: readonly T[];
  private readonly deadlines: Float64Array;
  private readonly steps: Float64Array;
  private readonly weight: ((entry: T) => number) | undefined;
  private readonly orders: Float64Array;
  private readonly heap: Int32Array;
  private nextOrder = 0;

  /** `changing`: weights are asked again with each pick. `picks`: begins as if so many had been made. */
  constructor(entries: readonly T[], weight: (entry: T) => number, changing = false, picks = 0) {
    this.entries = entries;
    this.weight = changing ? weight : undefined;
    const count = entries.length;
    this.deadlines = new Float64Array(count);
    this.steps = new Float64Array(count);
    this.orders = new Float64Array(count);
    this.heap = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      this.steps[i] = 1 / weight(entries[i] as T);
      this.deadlines[i] = this.steps[i] as number;
      this.orders[i] = this.nextOrder++;
      this.heap[i] = i;
    }
    const left = this.skip(picks);
    for (let at = (count >> 1) - 1; at >= 0; at--) this.sink(at);
    for (let i = 0; i < left; i++) this.pick();
  }

  /** The entry that is due; it is scheduled again at once. Null when there are none. */
  pick(): T | null {
    if (this.heap.length === 0) return null;
    const i = this.heap[0] as number;
    const step = this.weight === undefined ? (this.steps[i] as number) : 1 / this.weight(this.entries[i] as T);
    this.deadlines[i] = (this.deadlines[i] as number) + step;
    this.orders[i] = this.nextOrder++;
    this.sink(0);
    return this.entries[i] as T;
  }

  /** Gives each entry its share of so many picks at once, rounded down; the rest, fewer than there are entries, must be made. */
  private skip(picks: number): number {
    if (picks === 0 || this.entries.length === 0) return 0;
    const weights = this.steps.map((step) => 1 / step + 1e-13); // so that rounding never gives more than the share
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let made = 0;
    weights.forEach((weight, i) => {
      let share = Math.floor((weight * picks) / total);
      if (share > 0 && share / weight >= picks / total) share--;
      this.deadlines[i] = (share + 1) / weight;
      made += share;
    });
    return picks - made;
  }

  private before(a: number, b: number): boolean {
    const [da, db] = [this.deadlines[a] as number, this.deadlines[b] as number];
    return da < db || (da === db && (this.orders[a] as number) < (this.orders[b] as number));
  }

  private sink(from: number): void {
    const heap = this.heap;
    let at = from;
    for (;;) {
      let least = at;
      const left = at * 2 + 1;
      const right = left + 1;
      if (left < heap.length && this.before(heap[left] as number, heap[least] as number)) least = left;
      if (right < heap.length && this.before(heap[right] as number, heap[least] as number)) least = right;
      if (least === at) return;
      const moved = heap[at] as number;
      heap[at] = heap[least] as number;
      heap[least] = moved;
      at = least;
    }
  }
}

/** How many picks a schedule may be begun with at most (Envoy's limit). */
export const MOST_PICKS = 429_496_729;
