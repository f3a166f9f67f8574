/** Many ranges of addresses with a value each: the values of all ranges that hold an address, in the order in which they were added. */
import { canonicalIp, ipv6Groups } from "./ip-text.ts";

interface Entry<T> {
  readonly order: number;
  readonly value: T;
}

/** The 16-bit words of an address: 2 or 8; null if the text is none. */
function wordsOf(ip: string): number[] | null {
  const text = canonicalIp(ip);
  if (text === null) return null;
  if (text.includes(":")) return ipv6Groups(text);
  const [a = 0, b = 0, c = 0, d = 0] = text.split(".").map(Number);
  return [a * 256 + b, c * 256 + d];
}

function keyOf(words: readonly number[], length: number): string {
  let key = "";
  for (let i = 0, bits = length; i < words.length && bits > 0; i++, bits -= 16) key += `${(words[i] as number) & (bits >= 16 ? 0xffff : (0xffff << (16 - bits)) & 0xffff)}.`;
  return key;
}

export class CidrIndex<T> {
  /** By family and length of the prefix. */
  private readonly levels = new Map<string, { readonly words: number; readonly length: number; readonly map: Map<string, Entry<T>[]> }>();
  private count = 0;

  /** False if `prefix` is no address. */
  add(prefix: string, length: number, value: T): boolean {
    const words = wordsOf(prefix);
    if (words === null) return false;
    const bits = Math.min(length, words.length * 16);
    const name = `${words.length}/${bits}`;
    const level = this.levels.get(name) ?? { words: words.length, length: bits, map: new Map<string, Entry<T>[]>() };
    this.levels.set(name, level);
    const key = keyOf(words, bits);
    level.map.set(key, [...(level.map.get(key) ?? []), { order: this.count++, value }]);
    return true;
  }

  /** Each value once. */
  valuesOf(ip: string): T[] {
    const words = wordsOf(ip);
    const found: Entry<T>[] = [];
    if (words === null) return [];
    for (const level of this.levels.values()) {
      if (level.words === words.length) found.push(...(level.map.get(keyOf(words, level.length)) ?? []));
    }
    return [...new Set(found.sort((a, b) => a.order - b.order).map(({ value }) => value))];
  }
}
