/**
 * The index of a list of routes: which routes may match a path, in configuration order. Built once as typed arrays, which may lie
 * in shared memory, and opened by every thread.
 *
 * A lookup walks the path down the trie, collects the posting lists on the way (at most one a node and one for the exact path) and those of
 * the texts that the path holds, and asks the routes of all of them in ascending order until one matches. It gives what a scan of all routes
 * would give.
 */
import { asciiLower } from "../base/wire-text.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { nameId } from "../http/names.ts";
import type { Route } from "../schema/generated/envoy/config/route/v3.ts";
import { type IndexKey, indexKeyOf } from "./index-key.ts";
import { buildFinder, finderChild, FINDER_WORDS } from "./literal-finder.ts";
import { buildTrie, NODE_WORDS } from "./path-trie.ts";
import { PostingLists } from "./posting-lists.ts";
import { StringPool, textAt } from "./string-pool.ts";

/** A built index. */
export interface RouteIndexArrays {
  readonly trie: Int32Array;
  /** For routes whose case does not matter; walked with the lower-cased path. */
  readonly foldedTrie: Int32Array;
  /** For regexes that are known by a text they hold. */
  readonly finder: Int32Array;
  readonly lists: Int32Array;
  /** Routes that may match a request without a path. */
  readonly pathless: Int32Array;
  readonly bytes: Uint8Array;
  readonly offsets: Int32Array;
}

function heldTexts(keys: readonly IndexKey[]): Map<string, number[]> {
  const texts = new Map<string, number[]>();
  for (const [id, { holds }] of keys.entries()) if (holds !== "" && texts.get(holds)?.push(id) === undefined) texts.set(holds, [id]);
  return texts;
}

/** Builds the index of routes, in configuration order. `ignoresParameters`: it is asked for paths without path parameters. */
export function buildRouteIndex(routes: readonly Pick<Route, "match" | "route">[], ignoresParameters: boolean): RouteIndexArrays {
  const keys = routes.map((route) => indexKeyOf(route, ignoresParameters));
  const pool = new StringPool();
  const lists = new PostingLists(keys, pool);
  const trie = buildTrie(keys, false, lists, pool);
  const foldedTrie = buildTrie(keys, true, lists, pool);
  const finder = buildFinder(heldTexts(keys), lists);
  const pathless = Int32Array.from(keys.flatMap((key, id) => (key.pathless ? [id] : [])));
  return { trie, foldedTrie, finder, lists: lists.array, pathless, bytes: pool.bytes, offsets: pool.offsets };
}

/** Asked about each candidate, in ascending order. */
export interface Acceptor<Request> {
  accepts(id: number, request: Request): boolean;
}

interface Split {
  readonly header: number;
  readonly rest: number;
  readonly values: ReadonlyMap<string, number>;
}

export class RouteIndex {
  private readonly arrays: RouteIndexArrays;
  private readonly splits: (Split | undefined)[] = [];
  private from = new Int32Array(64);
  private to = new Int32Array(64);
  private cursors = 0;
  /** Nodes of the finder whose lists this lookup has. */
  private readonly found = new Set<number>();

  constructor(arrays: RouteIndexArrays) {
    this.arrays = arrays;
  }

  /** The first route that `acceptor` takes, -1 if none. `path` is the compared path, `null` if the request has none. */
  find<Request>(path: string | null, headers: HeaderBlock, acceptor: Acceptor<Request>, request: Request): number {
    if (path === null) return this.arrays.pathless.find((id) => acceptor.accepts(id, request)) ?? -1;
    this.cursors = 0;
    this.walk(this.arrays.trie, path, headers);
    if (this.arrays.foldedTrie.length > 0) this.walk(this.arrays.foldedTrie, asciiLower(path), headers);
    if (this.arrays.finder.length > 0) this.seek(this.arrays.finder, path, headers);
    return this.merge(acceptor, request);
  }

  private walk(trie: Int32Array, path: string, headers: HeaderBlock): void {
    if (trie.length === 0) return;
    const { bytes, offsets } = this.arrays;
    const end = path.length;
    let node = 0;
    let at = 0;
    for (let compared = 0; ; compared = 1) {
      const length = trie[node + 1] as number;
      if (length > compared) {
        const label = offsets[trie[node] as number] as number;
        for (let k = compared; k < length; k++) if (path.charCodeAt(at + k) !== bytes[label + k]) return;
      }
      at += length;
      const list = trie[node + 2] as number;
      if (list !== 0) this.gather(list, headers);
      if (at >= end) return this.gather(trie[node + 3] as number, headers);
      const byte = path.charCodeAt(at);
      const lowest = trie[node + 5] as number;
      if (lowest < 0) {
        node = this.bisect(trie, node, byte);
      } else {
        const distance = byte - lowest;
        if (distance < 0 || distance >= (trie[node + 4] as number)) return;
        node = trie[node + NODE_WORDS + distance] as number;
      }
      if (node < 0) return;
    }
  }

  /** Gathers the lists of all texts that stand in the path, each once. */
  private seek(finder: Int32Array, path: string, headers: HeaderBlock): void {
    const { found } = this;
    found.clear();
    let node = 0;
    for (let i = 0; i < path.length; i++) {
      const byte = path.charCodeAt(i);
      let child = finderChild(finder, node, byte);
      while (child < 0 && node !== 0) {
        node = finder[node * FINDER_WORDS + 3] as number;
        child = finderChild(finder, node, byte);
      }
      node = child < 0 ? 0 : child;
      let ending = (finder[node * FINDER_WORDS + 4] as number) !== 0 ? node : (finder[node * FINDER_WORDS + 5] as number);
      for (; ending !== 0 && !found.has(ending); ending = finder[ending * FINDER_WORDS + 5] as number) {
        found.add(ending);
        this.gather(finder[ending * FINDER_WORDS + 4] as number, headers);
      }
    }
  }

  /** The child whose label begins with a byte, -1 if there is none, where the children are too far apart to be found by their distance. */
  private bisect(trie: Int32Array, node: number, byte: number): number {
    const { bytes, offsets } = this.arrays;
    let low = node + NODE_WORDS;
    let high = low + (trie[node + 4] as number) - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const child = trie[middle] as number;
      const found = bytes[offsets[trie[child] as number] as number] as number;
      if (found === byte) return child;
      if (found < byte) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** Notes the leaves of a list that this request can be in. */
  private gather(list: number, headers: HeaderBlock): void {
    if (list === 0) return;
    const { lists } = this.arrays;
    const length = lists[list] as number;
    if (length >= 0) return this.push(list + 1, list + 1 + length);
    const { header, rest, values } = this.splits[~length] ?? this.openSplit(list, ~length);
    this.gather(rest, headers);
    const first = headers.get(header);
    if (first === null) return;
    this.gather(values.get(first) ?? 0, headers);
    if (headers.count(header) === 1) return;
    const others = new Set(headers.getAll(header));
    others.delete(first);
    for (const value of others) this.gather(values.get(value) ?? 0, headers);
  }

  private openSplit(list: number, number: number): Split {
    const { lists, bytes, offsets } = this.arrays;
    const values = new Map<string, number>();
    const count = lists[list + 3] as number;
    for (let i = 0; i < count; i++) {
      values.set(textAt(bytes, offsets, lists[list + 4 + i * 2] as number), lists[list + 5 + i * 2] as number);
    }
    const split = { header: nameId(textAt(bytes, offsets, lists[list + 1] as number)), rest: lists[list + 2] as number, values };
    this.splits[number] = split;
    return split;
  }

  private push(from: number, to: number): void {
    if (this.cursors === this.from.length) {
      const grown = this.cursors * 2;
      const [oldFrom, oldTo] = [this.from, this.to];
      this.from = new Int32Array(grown);
      this.to = new Int32Array(grown);
      this.from.set(oldFrom);
      this.to.set(oldTo);
    }
    this.from[this.cursors] = from;
    this.to[this.cursors] = to;
    this.cursors++;
  }

  /** Asks the routes under all cursors in ascending order. */
  private merge<Request>(acceptor: Acceptor<Request>, request: Request): number {
    const { lists } = this.arrays;
    const { from, to } = this;
    for (;;) {
      let best = 0x7fff_ffff;
      let cursor = -1;
      for (let c = 0; c < this.cursors; c++) {
        const place = from[c] as number;
        if (place >= (to[c] as number)) continue;
        const id = lists[place] as number;
        if (id < best) {
          best = id;
          cursor = c;
        }
      }
      if (cursor < 0) return -1;
      from[cursor] = (from[cursor] as number) + 1;
      if (acceptor.accepts(best, request)) return best;
    }
  }
}
