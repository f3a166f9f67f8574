/**
 * Lists of route numbers in one Int32Array, ascending. A long list is split by the header that most of its routes ask an exact
 * value of, so that a request looks at one value's routes only.
 *
 *     leaf    n, id, id, ...
 *     split   ~s, header name, list of the rest, m, (value, list) m times         (names and values: numbers in the string pool)
 *
 * A list is known by its place in the array; 0 is the empty list. `s` numbers the splits; ~s is negative.
 */
import type { IndexKey } from "./index-key.ts";
import type { StringPool } from "./string-pool.ts";

const LONG = 8;

export class PostingLists {
  private readonly words: number[] = [0];
  private readonly keys: readonly IndexKey[];
  private readonly pool: StringPool;
  private splits = 0;

  constructor(keys: readonly IndexKey[], pool: StringPool) {
    this.keys = keys;
    this.pool = pool;
  }

  /** Adds a list of ascending ids; returns its place. */
  add(ids: readonly number[], used: readonly string[] = []): number {
    if (ids.length === 0) return 0;
    const header = ids.length > LONG ? this.commonest(ids, used) : undefined;
    return header === undefined ? this.leaf(ids) : this.split(ids, header, used);
  }

  get array(): Int32Array {
    return Int32Array.from(this.words);
  }

  private leaf(ids: readonly number[]): number {
    const at = this.words.length;
    this.words.push(ids.length);
    for (const id of ids) this.words.push(id);
    return at;
  }

  private split(ids: readonly number[], header: string, used: readonly string[]): number {
    const rest: number[] = [];
    const byValue = new Map<string, number[]>();
    for (const id of ids) {
      const value = this.keys[id]?.exactHeaders.get(header);
      if (value === undefined) rest.push(id);
      else if (byValue.get(value)?.push(id) === undefined) byValue.set(value, [id]);
    }
    const inner = [...used, header];
    const restList = this.add(rest, inner);
    const values = [...byValue].map(([value, members]) => [this.pool.add(value), this.add(members, inner)] as const);
    const at = this.words.length;
    this.words.push(~this.splits++, this.pool.add(header), restList, values.length);
    for (const [value, list] of values) this.words.push(value, list);
    return at;
  }

  /** The header that most of the routes ask an exact value of, if at least two do. */
  private commonest(ids: readonly number[], used: readonly string[]): string | undefined {
    const counts = new Map<string, number>();
    let best: string | undefined;
    for (const id of ids) {
      for (const name of this.keys[id]?.exactHeaders.keys() ?? []) {
        if (used.includes(name)) continue;
        const count = (counts.get(name) ?? 0) + 1;
        counts.set(name, count);
        if (count > 1 && count > (best === undefined ? 1 : (counts.get(best) ?? 0))) best = name;
      }
    }
    return best;
  }
}
