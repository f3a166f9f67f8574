import { exponentOf, indexOf, recordable } from "./buckets.ts";
import { type StatShape, pageShape } from "./shape.ts";

/** Where a block is asked for and given back. */
export interface BlockSource {
  block(prefix: string, shape: StatShape): StatBlock;
  close(block: StatBlock): void;
}

/** Names born while running, for each block; beyond them counts are lost, not memory. */
const MOST_CHILDREN = 10_000;

const PAGES: readonly StatShape[] = Array.from({ length: 17 }, (_, exponent) => pageShape(exponent));

/**
 * A thread's view of a block of statistics; `i` is the index into its shape's specs. It counts from the first moment: in private memory until
 * control has granted shared memory, whereupon what was counted moves there.
 */
export class StatBlock {
  readonly prefix: string;
  readonly shape: StatShape;
  readonly #source: BlockSource;
  #values: Float64Array;
  #exact: Int32Array;
  /** The same memory. */
  #cells: BigInt64Array;
  #children: Map<string, StatBlock> | undefined;
  /** Of each histogram, by power of ten. */
  #pages: (StatBlock | undefined)[][] | undefined;

  constructor(prefix: string, shape: StatShape, source: BlockSource) {
    this.prefix = prefix;
    this.shape = shape;
    this.#source = source;
    this.#values = new Float64Array(shape.slots);
    this.#exact = new Int32Array(shape.slots * 2);
    this.#cells = new BigInt64Array(this.#exact.buffer);
  }

  /** Full names, in the order of the indices. */
  get names(): readonly string[] {
    return this.shape.specs.map((spec) => this.prefix + spec.name);
  }

  inc(i: number): void {
    (this.#values[i] as number) += 1;
  }

  dec(i: number): void {
    (this.#values[i] as number) -= 1;
  }

  add(i: number, n: number): void {
    (this.#values[i] as number) += n;
  }

  sub(i: number, n: number): void {
    (this.#values[i] as number) -= n;
  }

  /** Of a gauge: this thread's share of it. */
  set(i: number, n: number): void {
    this.#values[i] = n;
  }

  /** This thread's share. */
  own(i: number): number {
    return this.#values[i] as number;
  }

  /** Of a histogram. Whole numbers: fractions are cut off, what is below 1 counts as 0. */
  record(i: number, value: number): void {
    const whole = recordable(value);
    if (whole === 0) {
      this.inc(i);
      return;
    }
    const exponent = exponentOf(whole);
    this.#page(i, exponent).inc(indexOf(whole, exponent));
  }

  /** Of a limit: counts one more unless `max` threads' holds are counted already. Give each back with `release`, in one place. */
  tryAcquire(i: number, max: number): boolean {
    if (Atomics.add(this.#exact, i * 2, 1) >= max) {
      Atomics.sub(this.#exact, i * 2, 1);
      return false;
    }
    this.inc(i);
    return true;
  }

  /** Of a limit: counts one more, whatever the maximum. */
  acquire(i: number): void {
    Atomics.add(this.#exact, i * 2, 1);
    this.inc(i);
  }

  release(i: number): void {
    Atomics.sub(this.#exact, i * 2, 1);
    this.dec(i);
  }

  /** Of a limit: what all threads hold. */
  held(i: number): number {
    return Atomics.load(this.#exact, i * 2);
  }

  /** Of a limit that serves as a count which all threads share: one more. Answers what it is then. */
  raise(i: number): number {
    return Atomics.add(this.#exact, i * 2, 1) + 1;
  }

  /** Such a count begins anew. */
  zero(i: number): void {
    if (Atomics.load(this.#exact, i * 2) !== 0) Atomics.store(this.#exact, i * 2, 0);
  }

  /** Of a cell: its value; 0 until somebody has set it. */
  cell(i: number): bigint {
    return Atomics.load(this.#cells, i);
  }

  /** Of a cell: sets `value` if it still holds `expected`. */
  swapCell(i: number, expected: bigint, value: bigint): boolean {
    return Atomics.compareExchange(this.#cells, i, expected, value) === expected;
  }

  /** A block of names born while running: `prefix + suffix`. It lives as long as this one; asking again gives the same. */
  child(suffix: string, shape: StatShape): StatBlock {
    this.#children ??= new Map();
    let child = this.#children.get(suffix);
    if (child !== undefined) return child;
    const full = this.#children.size >= MOST_CHILDREN;
    child = full ? new StatBlock(this.prefix + suffix, shape, this.#source) : this.#source.block(this.prefix + suffix, shape);
    if (!full) this.#children.set(suffix, child);
    return child;
  }

  /** Gives the block and its children back. What is counted afterwards is lost. */
  close(): void {
    this.#source.close(this);
  }

  /** For the source: those to be closed with this one. */
  *parts(): Iterable<StatBlock> {
    yield* this.#children?.values() ?? [];
    for (const pages of this.#pages ?? []) for (const page of pages) if (page !== undefined) yield page;
  }

  /** For the source: counts in other memory from now on, and takes along what was counted. */
  move(values: Float64Array, exact: Int32Array): void {
    const cells = new BigInt64Array(exact.buffer, exact.byteOffset, exact.length / 2);
    for (const [i, own] of this.#values.entries()) {
      values[i] = (values[i] as number) + own;
      if (this.shape.specs[i]?.kind === "cell") {
        Atomics.compareExchange(cells, i, 0n, this.#cells[i] as bigint);
        continue;
      }
      const held = this.#exact[i * 2] as number;
      if (held !== 0) Atomics.add(exact, i * 2, held);
    }
    this.#values = values;
    this.#exact = exact;
    this.#cells = cells;
  }

  #page(i: number, exponent: number): StatBlock {
    const page = this.#pages?.[i]?.[exponent];
    if (page !== undefined) return page;
    this.#pages ??= this.shape.specs.map(() => []);
    const name = this.prefix + (this.shape.specs[i]?.name ?? "");
    const fresh = this.#source.block(name, PAGES[exponent] as StatShape);
    const pages = this.#pages[i];
    if (pages !== undefined) pages[exponent] = fresh;
    return fresh;
  }
}
