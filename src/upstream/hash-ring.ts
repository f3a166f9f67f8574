/** RING_HASH: points of every host on a ring; a hash belongs to the next point (ketama, as Envoy's RingHashLoadBalancer has it). */
import { murmurHash2Word } from "../base/murmur-hash2.ts";
import { toWire } from "../base/wire-text.ts";
import { high, low } from "../base/word64.ts";
import { xxHash64Word } from "../base/xxhash64.ts";
import type { Host } from "../contract/host.ts";
import { placeIn } from "../contract/stat-layout.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import { RING_SHAPE } from "./cluster-stats.ts";
import { type HashTable, type HashTableMaker, hashKeyOf, type WeightedHost } from "./hash-table.ts";

export interface RingOptions {
  readonly minimum: number;
  readonly maximum: number;
  readonly murmur: boolean;
  readonly byHostname: boolean;
}

const SIZE = placeIn(RING_SHAPE, "size");
const LEAST = placeIn(RING_SHAPE, "min_hashes_per_host");
const MOST = placeIn(RING_SHAPE, "max_hashes_per_host");

export class RingMaker implements HashTableMaker {
  private readonly options: RingOptions;

  constructor(options: RingOptions) {
    this.options = options;
  }

  stats(cluster: StatBlock): StatBlock {
    return cluster.child("ring_hash_lb.", RING_SHAPE);
  }

  make(hosts: readonly WeightedHost[], stats: StatBlock | null): HashTable {
    return hosts.length === 0 ? NOBODY : new HashRing(hosts, this.options, stats);
  }
}

const NOBODY: HashTable = { lookUp: () => null };

/** Hashes in two halves: comparing numbers is cheaper than comparing BigInts. */
export class HashRing implements HashTable {
  readonly size: number;
  private readonly high: Uint32Array;
  private readonly low: Uint32Array;
  private readonly owners: Int32Array;
  private readonly hosts: readonly Host[];

  constructor(hosts: readonly WeightedHost[], options: RingOptions, stats: StatBlock | null) {
    const least = hosts.reduce((min, { weight }) => Math.min(min, weight), 1);
    const scale = Math.min(Math.ceil(least * options.minimum) / least, options.maximum);
    const points = pointsOf(hosts, scale, options, stats);
    stats?.set(SIZE, Math.ceil(scale));
    const order = Uint32Array.from(points.high.keys()).sort((a, b) => (points.high[a] as number) - (points.high[b] as number) || (points.low[a] as number) - (points.low[b] as number));
    this.size = order.length;
    this.high = order.map((i) => points.high[i] as number);
    this.low = order.map((i) => points.low[i] as number);
    this.owners = Int32Array.from(order, (i) => points.owners[i] as number);
    this.hosts = hosts.map(({ host }) => host);
  }

  lookUp(hash: bigint, attempt: number): Host | null {
    const wantedHigh = Number(hash >> 32n);
    const wantedLow = Number(hash & 0xffff_ffffn);
    let from = 0;
    let to = this.size;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const value = this.high[middle] as number;
      if (value < wantedHigh || (value === wantedHigh && (this.low[middle] as number) < wantedLow)) from = middle + 1;
      else to = middle;
    }
    const at = from === this.size ? 0 : from;
    return this.hosts[this.owners[attempt === 0 ? at : (at + attempt) % this.size] as number] ?? null;
  }
}

interface Points {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  /** Indices of hosts. */
  readonly owners: Uint32Array;
}

/** `scale * weight` points a host; fractions add up over the hosts. */
function pointsOf(hosts: readonly WeightedHost[], scale: number, { murmur, byHostname }: RingOptions, stats: StatBlock | null): Points {
  const room = Math.ceil(scale) + hosts.length;
  const [highs, lows, owners] = [new Uint32Array(room), new Uint32Array(room), new Uint32Array(room)];
  let count = 0;
  let target = 0;
  let [least, most] = [Math.ceil(scale), 0];
  hosts.forEach(({ host, weight }, owner) => {
    const prefix = `${toWire(hashKeyOf(host, byHostname))}_`;
    target += scale * weight;
    let i = 0;
    for (; count < target; i++, count++) {
      if (murmur) murmurHash2Word(prefix + i);
      else xxHash64Word(prefix + i);
      highs[count] = high;
      lows[count] = low;
      owners[count] = owner;
    }
    [least, most] = [Math.min(least, i), Math.max(most, i)];
  });
  stats?.set(LEAST, least);
  stats?.set(MOST, most);
  return { high: highs.subarray(0, count), low: lows.subarray(0, count), owners: owners.subarray(0, count) };
}
