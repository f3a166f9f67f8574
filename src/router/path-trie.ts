/**
 * A radix trie of path texts as an Int32Array. A node is six numbers and its entries:
 *
 *     label (string pool), its length, list of prefix routes, list of exact routes, number of entries, lowest byte | entries...
 *
 * An entry is the place of a child. Where the first bytes of the children's labels are dense, entry i is the child of the byte `lowest + i`, -1
 * if there is none; else `lowest` is -1, and the entries are the children in the order of these bytes. The root is at 0. While building, a
 * route that stands behind one that matches everything at or below a node is left out there: it can never be reached on those paths.
 */
import type { IndexKey } from "./index-key.ts";
import type { PostingLists } from "./posting-lists.ts";
import type { StringPool } from "./string-pool.ts";

export const NODE_WORDS = 6;
/** The entries of dense children are at most so many a child. */
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

/** A node while the trie is built: its children lie side by side. */
interface Node {
  readonly label: string;
  readonly prefix: number;
  readonly exact: number;
  readonly firstChild: number;
  readonly children: number;
}

class TrieBuilder {
  private readonly nodes: Node[] = [];
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
    return this.layOut();
  }

  private layOut(): Int32Array {
    const lowest = this.nodes.map((node) => this.lowestByte(node));
    const places: number[] = [];
    let size = 0;
    for (const [i, node] of this.nodes.entries()) {
      places.push(size);
      size += NODE_WORDS + this.entries(node, lowest[i] as number);
    }
    const trie = new Int32Array(size);
    for (const [i, node] of this.nodes.entries()) {
      const at = places[i] as number;
      const low = lowest[i] as number;
      trie.set([this.pool.add(node.label), node.label.length, node.prefix, node.exact, this.entries(node, low), low], at);
      if (low >= 0) trie.fill(-1, at + NODE_WORDS, at + NODE_WORDS + this.entries(node, low));
      for (let k = 0; k < node.children; k++) {
        const child = node.firstChild + k;
        trie[at + NODE_WORDS + (low < 0 ? k : this.firstByte(child) - low)] = places[child] as number;
      }
    }
    return trie;
  }

  private firstByte(node: number): number {
    return this.nodes[node]?.label.charCodeAt(0) ?? 0;
  }

  /** From the first byte of the first child's label to that of the last one's. */
  private span({ firstChild, children }: Node): number {
    return this.firstByte(firstChild + children - 1) - this.firstByte(firstChild) + 1;
  }

  private lowestByte(node: Node): number {
    return node.children === 0 || this.span(node) > node.children * SPARSEST ? -1 : this.firstByte(node.firstChild);
  }

  private entries(node: Node, lowest: number): number {
    return lowest < 0 ? node.children : this.span(node);
  }

  private newNodes(count: number): number {
    const first = this.nodes.length;
    for (let i = 0; i < count; i++) this.nodes.push({ label: "", prefix: 0, exact: 0, firstChild: 0, children: 0 });
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
    this.nodes[node] = {
      label: first.text.slice(depth, end), firstChild: child, children: groups.length,
      prefix: this.lists.add((here?.prefix ?? []).filter((id) => id <= below)), exact: this.lists.add((here?.exact ?? []).filter((id) => id <= exactLimit)),
    };
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
