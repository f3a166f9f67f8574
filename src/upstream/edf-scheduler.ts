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

  /** `changing`: weights are asked again with each pick. */
  constructor(entries: readonly T[], weight: (entry: T) => number, changing = false) {
    this.entries = entries;
    this.weight = changing ? weight : undefined;
    const count = entries.length;
    this.deadlines = new Float64Array(count);
    this.steps = new Float64Array(count);
    this.orders = new Float64Array(count);
    this.heap = new Int32Array(count);
    entries.forEach((entry, i) => {
      this.steps[i] = 1 / weight(entry);
      this.deadlines[i] = this.steps[i] as number;
      this.orders[i] = this.nextOrder++;
      this.heap[i] = i;
    });
    for (let at = (count >> 1) - 1; at >= 0; at--) this.sink(at);
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
