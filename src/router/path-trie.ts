/**
 * A radix trie of path texts as an Int32Array, eight numbers a node:
 *
 *     label (string pool), its length, first child, number of children, list of prefix routes, list of exact routes, jumps, lowest byte
 *
 * The children of a node lie side by side, sorted by their first byte. Where these bytes are dense, `jumps` is the place (behind all nodes)
 * of a table from byte - lowest byte to a child's place, -1 for none, and the number of children is the length of that table; else 0. Node
 * 0 is the root. While building, a route that stands
 * behind one that matches everything at or below a node is left out there: it can never be reached on those paths.
 */
import type { IndexKey } from "./index-key.ts";
import type { PostingLists } from "./posting-lists.ts";
import type { StringPool } from "./string-pool.ts";

export const NODE_WORDS = 8;
/** A table of jumps has at most so many entries a child. */
const SPARSEST = 4;

interface Key {
  readonly text: string;
  readonly prefix: number[];
  readonly exact: number[];
}

interface Task {
  readonly node: number;
  readonly from: number;
  readonly to: number;
  readonly depth: number;
  /** The smallest id of a route that matches everything here. */
  readonly limit: number;
}

function keysOf(routes: readonly IndexKey[], fold: boolean): Key[] {
  const keys = new Map<string, Key>();
  for (const [id, route] of routes.entries()) {
    if (route.fold !== fold) continue;
    for (const { text, exact } of route.places) {
      const key = keys.get(text) ?? { text, prefix: [], exact: [] };
      (exact ? key.exact : key.prefix).push(id);
      keys.set(text, key);
    }
  }
  return [...keys.values()].sort((a, b) => (a.text < b.text ? -1 : 1));
}

/** The length of the text that sorted keys share from `depth` on. */
function sharedLength(first: string, last: string, depth: number): number {
  let n = depth;
  while (n < first.length && first.charCodeAt(n) === last.charCodeAt(n)) n++;
  return n - depth;
}

class TrieBuilder {
  private readonly nodes: number[] = [];
  private readonly labels: string[] = [];
  private readonly routes: readonly IndexKey[];
  private readonly keys: readonly Key[];
  private readonly lists: PostingLists;
  private readonly pool: StringPool;

  constructor(routes: readonly IndexKey[], keys: readonly Key[], lists: PostingLists, pool: StringPool) {
    this.routes = routes;
    this.keys = keys;
    this.lists = lists;
    this.pool = pool;
  }

  build(): Int32Array {
    const tasks: Task[] = [{ node: this.newNodes(1), from: 0, to: this.keys.length, depth: 0, limit: Number.MAX_SAFE_INTEGER }];
    for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) tasks.push(...this.fill(task));
    this.addJumps();
    return Int32Array.from(this.nodes);
  }

  private addJumps(): void {
    const { nodes, labels } = this;
    const count = nodes.length / NODE_WORDS;
    for (let node = 0; node < count; node++) {
      const at = node * NODE_WORDS;
      const [first = 0, children = 0] = [nodes[at + 2], nodes[at + 3]];
      if (children === 0) continue;
      const lowest = labels[first]?.charCodeAt(0) ?? 0;
      const span = (labels[first + children - 1]?.charCodeAt(0) ?? 0) - lowest + 1;
      if (span > children * SPARSEST) continue;
      [nodes[at + 3], nodes[at + 6], nodes[at + 7]] = [span, nodes.length, lowest];
      const jumps = Array.from({ length: span }, () => -1);
      for (let child = first; child < first + children; child++) jumps[(labels[child]?.charCodeAt(0) ?? 0) - lowest] = child * NODE_WORDS;
      nodes.push(...jumps);
    }
  }

  private newNodes(count: number): number {
    const first = this.nodes.length / NODE_WORDS;
    for (let i = 0; i < count * NODE_WORDS; i++) this.nodes.push(0);
    return first;
  }

  private fill({ node, from, to, depth, limit }: Task): Task[] {
    const first = this.keys[from];
    const last = this.keys[to - 1];
    if (first === undefined || last === undefined) return [];
    const length = sharedLength(first.text, last.text, depth);
    const end = depth + length;
    const here = first.text.length === end ? first : undefined;
    const below = Math.min(limit, this.smallestUnconditional(here?.prefix ?? []));
    const exactLimit = Math.min(below, this.smallestUnconditional(here?.exact ?? []));
    const groups = this.groups(here === undefined ? from : from + 1, to, end);
    const child = this.newNodes(groups.length);
    const at = node * NODE_WORDS;
    const label = first.text.slice(depth, end);
    this.labels[node] = label;
    this.nodes[at] = this.pool.add(label);
    this.nodes[at + 1] = length;
    this.nodes[at + 2] = child;
    this.nodes[at + 3] = groups.length;
    this.nodes[at + 4] = this.lists.add((here?.prefix ?? []).filter((id) => id <= below));
    this.nodes[at + 5] = this.lists.add((here?.exact ?? []).filter((id) => id <= exactLimit));
    return groups.map(([groupFrom, groupTo], i) => ({ node: child + i, from: groupFrom, to: groupTo, depth: end, limit: below }));
  }

  private smallestUnconditional(ids: readonly number[]): number {
    return ids.find((id) => this.routes[id]?.unconditional === true) ?? Number.MAX_SAFE_INTEGER;
  }

  /** Ranges of keys with the same character at `depth`. */
  private groups(from: number, to: number, depth: number): [number, number][] {
    const groups: [number, number][] = [];
    for (let i = from; i < to; i++) {
      const last = groups.at(-1);
      const same = last !== undefined && this.keys[last[0]]?.text.charCodeAt(depth) === this.keys[i]?.text.charCodeAt(depth);
      if (same && last !== undefined) last[1] = i + 1;
      else groups.push([i, i + 1]);
    }
    return groups;
  }
}

/** Builds the trie of the case-sensitive (or, with `fold`, the other) routes; empty if there are none. */
export function buildTrie(routes: readonly IndexKey[], fold: boolean, lists: PostingLists, pool: StringPool): Int32Array {
  const keys = keysOf(routes, fold);
  return keys.length === 0 ? new Int32Array(0) : new TrieBuilder(routes, keys, lists, pool).build();
}
