/** Float64 slots to a cache line; columns begin on one. */
const LINE = 8;

/**
 * A piece of shared memory: one column of Float64 slots for each thread (column 0 is control's), and a last one whose slots are read as Int32
 * cells by atomics, for limits. Only its thread writes a column; whoever wants a total adds them up.
 *
 *     column 0   | slot 0 | slot 1 | ...
 *     column 1   | slot 0 | slot 1 | ...
 *     exact      | cell 0 | cell 1 | ...
 */
export class Segment {
  readonly memory: SharedArrayBuffer;
  readonly columns: number;
  readonly slots: number;
  readonly #all: Float64Array;

  constructor(memory: SharedArrayBuffer, columns: number) {
    this.memory = memory;
    this.columns = columns;
    this.slots = memory.byteLength / Float64Array.BYTES_PER_ELEMENT / (columns + 1);
    this.#all = new Float64Array(memory);
  }

  /** At least `slots` slots a column. */
  static allocate(columns: number, slots: number): Segment {
    const stride = Math.ceil(slots / LINE) * LINE;
    return new Segment(new SharedArrayBuffer(stride * (columns + 1) * Float64Array.BYTES_PER_ELEMENT), columns);
  }

  /** One thread's share of one slot. */
  at(column: number, slot: number): number {
    return this.#all[column * this.slots + slot] as number;
  }

  /** `slots` slots of one thread's column. */
  column(column: number, base: number, slots: number): Float64Array {
    return new Float64Array(this.memory, (column * this.slots + base) * Float64Array.BYTES_PER_ELEMENT, slots);
  }

  /** The cells beside them; cell of slot i at index 2 i. */
  exact(base: number, slots: number): Int32Array {
    return new Int32Array(this.memory, (this.columns * this.slots + base) * Float64Array.BYTES_PER_ELEMENT, slots * 2);
  }
}
