import type { StatGrant, StatPlaces, StatRequest } from "./exchange.ts";
import { Segment } from "./segment.ts";
import type { StatShape } from "./shape.ts";
import { type BlockSource, StatBlock } from "./stat-block.ts";

interface Open {
  readonly id: number;
  readonly block: StatBlock;
  users: number;
}

/**
 * A thread's source of blocks. Blocks of one prefix and shape are one block. What is wanted or let go is gathered for control: the owner
 * posts `collect()` when `onNews` was called (soon, not at once: several come together), and hands `accept` the answer.
 */
export class StatClient implements BlockSource {
  readonly #column: number;
  readonly #columns: number;
  readonly #onNews: () => void;
  readonly #open = new Map<StatShape, Map<string, Open>>();
  readonly #waiting = new Map<number, StatBlock>();
  readonly #segments: Segment[] = [];
  readonly #shapes = new Map<StatShape, number>();
  #news: { shapes: StatRequest["shapes"][number][]; wanted: StatRequest["wanted"][number][]; released: number[] } = { shapes: [], wanted: [], released: [] };
  #lastId = 0;

  /** `column` and `columns` as control's registry gave them out. */
  constructor(column: number, columns: number, onNews: () => void) {
    this.#column = column;
    this.#columns = columns;
    this.#onNews = onNews;
  }

  block(prefix: string, shape: StatShape): StatBlock {
    let named = this.#open.get(shape);
    if (named === undefined) this.#open.set(shape, (named = new Map()));
    const present = named.get(prefix);
    if (present !== undefined) {
      present.users++;
      return present.block;
    }
    const block = new StatBlock(prefix, shape, this);
    const id = ++this.#lastId;
    named.set(prefix, { id, block, users: 1 });
    this.#waiting.set(id, block);
    this.#news.wanted.push([id, this.#shapeNumber(shape), prefix]);
    this.#onNews();
    return block;
  }

  close(block: StatBlock): void {
    const open = this.#open.get(block.shape)?.get(block.prefix);
    if (open === undefined || open.block !== block || --open.users > 0) return;
    for (const part of block.parts()) this.close(part);
    this.#open.get(block.shape)?.delete(block.prefix);
    this.#waiting.delete(open.id);
    this.#news.released.push(open.id);
    this.#onNews();
  }

  /** What control has to be told, as text; undefined = nothing. */
  collect(): string | undefined {
    if (this.#news.wanted.length === 0 && this.#news.released.length === 0) return undefined;
    const text = JSON.stringify(this.#news satisfies StatRequest);
    this.#news = { shapes: [], wanted: [], released: [] };
    return text;
  }

  accept(grant: StatGrant): void {
    const { firstSegment, places } = JSON.parse(grant.places) as StatPlaces;
    grant.memory.forEach((memory, i) => { this.#segments[firstSegment + i] = new Segment(memory, this.#columns); });
    for (const [id, number, base] of places) {
      const block = this.#waiting.get(id);
      const segment = this.#segments[number];
      if (block === undefined || segment === undefined) continue;
      this.#waiting.delete(id);
      block.move(segment.column(this.#column, base, block.shape.slots), segment.exact(base, block.shape.slots));
    }
  }

  #shapeNumber(shape: StatShape): number {
    const known = this.#shapes.get(shape);
    if (known !== undefined) return known;
    const number = this.#shapes.size;
    this.#shapes.set(shape, number);
    this.#news.shapes.push([number, shape.specs, shape.page ?? null]);
    return number;
  }
}
