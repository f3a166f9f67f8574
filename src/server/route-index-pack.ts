/** Route indexes on their way between threads: one piece of shared memory a table, mapped by every worker. */
import type { RouteIndexArrays } from "../router/route-index.ts";

const PARTS = ["trie", "foldedTrie", "finder", "lists", "pathless", "offsets"] as const;

/**
 * The indexes of a table (one a virtual host) in one piece:
 *
 *     count, then for each: byte lengths of its seven parts, then the parts, each aligned to 4 bytes
 */
export function packIndexes(indexes: readonly RouteIndexArrays[]): SharedArrayBuffer {
  const lengths = indexes.map((index) => [...PARTS.map((part) => index[part].byteLength), index.bytes.byteLength]);
  const header = 4 + indexes.length * (PARTS.length + 1) * 4;
  const total = lengths.flat().reduce((sum, length) => sum + aligned(length), header);
  const memory = new SharedArrayBuffer(total);
  const words = new Int32Array(memory);
  words[0] = indexes.length;
  lengths.flat().forEach((length, i) => { words[1 + i] = length; });
  let at = header;
  const put = (bytes: Uint8Array): void => {
    new Uint8Array(memory, at, bytes.byteLength).set(bytes);
    at += aligned(bytes.byteLength);
  };
  for (const index of indexes) {
    for (const part of PARTS) put(new Uint8Array(index[part].buffer, index[part].byteOffset, index[part].byteLength));
    put(index.bytes);
  }
  return memory;
}

/** The indexes by table name, from a list `[name, memory, name, memory, ...]`. */
export function unpackIndexes(packed: readonly (string | SharedArrayBuffer | number)[]): Map<string, RouteIndexArrays[]> {
  const found = new Map<string, RouteIndexArrays[]>();
  for (let i = 0; i + 1 < packed.length; i += 2) {
    const [name, memory] = [packed[i], packed[i + 1]];
    if (typeof name === "string" && memory instanceof SharedArrayBuffer) found.set(name, unpack(memory));
  }
  return found;
}

function unpack(memory: SharedArrayBuffer): RouteIndexArrays[] {
  const words = new Int32Array(memory);
  const count = words[0] as number;
  const width = PARTS.length + 1;
  let at = 4 + count * width * 4;
  const take = (i: number, part: number): readonly [number, number] => {
    const length = words[1 + i * width + part] as number;
    const start = at;
    at += aligned(length);
    return [start, length];
  };
  const ints = ([start, length]: readonly [number, number]): Int32Array => new Int32Array(memory, start, length / 4);
  return Array.from({ length: count }, (_, i) => {
    const [trie, foldedTrie, finder, lists, pathless, offsets] = PARTS.map((_part, p) => ints(take(i, p))) as [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];
    const [start, length] = take(i, PARTS.length);
    return { trie, foldedTrie, finder, lists, pathless, offsets, bytes: new Uint8Array(memory, start, length) };
  });
}

function aligned(bytes: number): number {
  return (bytes + 3) & ~3;
}
