import type { StatGrant, StatPlaces, StatRequest } from "./exchange.ts";
import { Segment } from "./segment.ts";
import { type StatShape, pageShape, statShape } from "./shape.ts";
import { StatClient } from "./stat-client.ts";

/** A block as control sees it: in all threads' columns at once. */
export interface StatEntry {
  readonly prefix: string;
  readonly shape: StatShape;
  readonly segment: Segment;
  readonly base: number;
  /** Columns of the threads that use it, and how often. Empty: it is free, and its memory may be given out again. */
  readonly holders: Map<number, number>;
}

interface Attached {
  readonly shapes: StatShape[];
  readonly blocks: Map<number, StatEntry>;
  segmentsKnown: number;
}

const SEGMENT_SLOTS = 8192;

/**
 * Control's side of the shared numbers: gives out blocks of slots under their names, and takes them back. A block is shared by all
 * threads that want the same prefix and shape, and its memory is used again only when the last of them has said that it let go (this is
 * each thread's acknowledgement: after it, the thread has nothing left that could write there).
 */
export class StatRegistry {
  readonly columns: number;
  /** Control's own blocks; granted at once. */
  readonly own: StatClient;
  readonly #segments: Segment[] = [];
  readonly #entries = new Map<string, StatEntry>();
  readonly #shapes = new Map<string, StatShape>();
  readonly #attached = new Map<number, Attached>();
  /** By number of slots. */
  readonly #free = new Map<number, { segment: Segment; base: number }[]>();
  readonly #shapeKeys = new Map<StatShape, number>();
  #used = 0;
  #version = 0;

  /** `threads`: how many beside control may be attached at one time. */
  constructor(threads: number) {
    this.columns = threads + 1;
    this.#attach(0);
    const own = new StatClient(0, this.columns, () => {
      const request = own.collect();
      if (request !== undefined) own.accept(this.handle(0, request));
    });
    this.own = own;
  }

  /** Changes whenever a block comes or goes. */
  get version(): number {
    return this.#version;
  }

  entries(): Iterable<StatEntry> {
    return this.#entries.values();
  }

  /** A column for a new thread. Throws when all are taken. */
  attach(): number {
    for (let column = 1; column < this.columns; column++) {
      if (this.#attached.has(column)) continue;
      this.#attach(column);
      return column;
    }
    throw new Error(`all ${this.columns - 1} columns of the statistics are taken`);
  }

  /** Answers a thread's `StatClient.collect()`. */
  handle(column: number, request: string): StatGrant {
    const thread = this.#attached.get(column);
    if (thread === undefined) throw new Error(`statistics of a thread that is not attached: column ${column}`);
    const { shapes, wanted, released } = JSON.parse(request) as StatRequest;
    for (const [number, specs, page] of shapes) thread.shapes[number] = this.#intern(specs, page);
    const places: StatPlaces["places"][number][] = wanted.map(([id, number, prefix]) => {
      const entry = this.#take(prefix, thread.shapes[number] as StatShape, column);
      thread.blocks.set(id, entry);
      return [id, this.#segments.indexOf(entry.segment), entry.base];
    });
    for (const id of released) this.#release(thread, id, column);
    const firstSegment = thread.segmentsKnown;
    thread.segmentsKnown = this.#segments.length;
    return { places: JSON.stringify({ firstSegment, places } satisfies StatPlaces), memory: this.#segments.slice(firstSegment).map((s) => s.memory) };
  }

  /**
   * A thread has ended: what it counted is added to control's column, its gauges go to zero, what it held of limits is given back, and its column
   * is free. Blocks that nobody else holds stay for their counts' sake: whoever takes the thread's place finds them again.
   */
  retire(column: number): void {
    const thread = this.#attached.get(column);
    if (thread === undefined || column === 0) return;
    for (const entry of this.#entries.values()) inherit(entry, column);
    for (const [id, { holders, ...entry }] of thread.blocks) {
      if (holders.size === 1 && counted(entry)) holders.set(0, 1);
      this.#release(thread, id, column);
    }
    this.#attached.delete(column);
  }

  #attach(column: number): void {
    this.#attached.set(column, { shapes: [], blocks: new Map(), segmentsKnown: 0 });
  }

  #intern(specs: StatShape["specs"], page: number | null): StatShape {
    const key = JSON.stringify([page, specs.map((s) => [s.name, s.kind, s.unit])]);
    const known = this.#shapes.get(key) ?? (page === null ? statShape(specs) : pageShape(page));
    this.#shapes.set(key, known);
    return known;
  }

  #take(prefix: string, shape: StatShape, column: number): StatEntry {
    const key = this.#key(prefix, shape);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { prefix, shape, ...this.#place(shape.slots), holders: new Map() };
      this.#entries.set(key, entry);
      this.#version++;
    }
    entry.holders.set(column, (entry.holders.get(column) ?? 0) + 1);
    return entry;
  }

  #release(thread: Attached, id: number, column: number): void {
    const entry = thread.blocks.get(id);
    if (entry === undefined) return;
    thread.blocks.delete(id);
    // a thread that closed a block and wanted it again holds it under its new number
    const left = (entry.holders.get(column) ?? 1) - 1;
    if (left > 0) entry.holders.set(column, left);
    else entry.holders.delete(column);
    if (entry.holders.size > 0) return;
    this.#entries.delete(this.#key(entry.prefix, entry.shape));
    this.#version++;
    const { segment, base, shape } = entry;
    for (let c = 0; c < this.columns; c++) segment.column(c, base, shape.slots).fill(0);
    segment.exact(base, shape.slots).fill(0);
    const free = this.#free.get(shape.slots) ?? [];
    this.#free.set(shape.slots, free);
    free.push({ segment, base });
  }

  #place(slots: number): { segment: Segment; base: number } {
    const free = this.#free.get(slots)?.pop();
    if (free !== undefined) return free;
    let segment = this.#segments.at(-1);
    if (segment === undefined || this.#used + slots > segment.slots) {
      segment = Segment.allocate(this.columns, Math.max(SEGMENT_SLOTS, slots));
      this.#segments.push(segment);
      this.#used = 0;
    }
    const base = this.#used;
    this.#used += slots;
    return { segment, base };
  }

  #key(prefix: string, shape: StatShape): string {
    let number = this.#shapeKeys.get(shape);
    if (number === undefined) this.#shapeKeys.set(shape, (number = this.#shapeKeys.size));
    return `${number} ${prefix}`;
  }
}

/** Whether anything was counted by control, or by threads that it inherited from. */
function counted({ segment, base, shape }: Pick<StatEntry, "segment" | "base" | "shape">): boolean {
  const own = segment.column(0, base, shape.slots);
  return own.some((value, i) => value !== 0 && (shape.page !== undefined || shape.specs[i]?.kind === "counter" || shape.specs[i]?.kind === "histogram"));
}

function inherit(entry: StatEntry, column: number): void {
  const { segment, base, shape } = entry;
  const [control, dead, exact] = [segment.column(0, base, shape.slots), segment.column(column, base, shape.slots), segment.exact(base, shape.slots)];
  for (const [i, value] of dead.entries()) {
    if (value === 0) continue;
    const kind = shape.page === undefined ? shape.specs[i]?.kind : "counter";
    if (kind === "counter" || kind === "histogram") control[i] = (control[i] as number) + value;
    if (kind === "limit") Atomics.sub(exact, i * 2, value);
    dead[i] = 0;
  }
}
