/** MAGLEV: a table of prime size that hosts fill in turns, each in an order of its own (Eisenbud et al., 2016; Envoy's MaglevTable). */
import { toWire } from "../base/wire-text.ts";
import { xxHash64 } from "../base/xxhash64.ts";
import type { Host } from "../contract/host.ts";
import { placeIn } from "../contract/stat-layout.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import { MAGLEV_SHAPE } from "./cluster-stats.ts";
import { type HashTable, type HashTableMaker, hashKeyOf, type WeightedHost } from "./hash-table.ts";

export interface MaglevOptions {
  /** A prime. */
  readonly size: number;
  readonly byHostname: boolean;
}

const LEAST = placeIn(MAGLEV_SHAPE, "min_entries_per_host");
const MOST = placeIn(MAGLEV_SHAPE, "max_entries_per_host");

export class MaglevMaker implements HashTableMaker {
  private readonly options: MaglevOptions;

  constructor(options: MaglevOptions) {
    this.options = options;
  }

  stats(cluster: StatBlock): StatBlock {
    return cluster.child("maglev_lb.", MAGLEV_SHAPE);
  }

  make(hosts: readonly WeightedHost[], stats: StatBlock | null): HashTable {
    const [only] = hosts;
    if (hosts.length > 1) return new MaglevTable(hosts, this.options, stats);
    stats?.set(LEAST, only === undefined ? 0 : 1);
    stats?.set(MOST, only === undefined ? 0 : 1);
    return { lookUp: () => only?.host ?? null };
  }
}

const MASK = 0xffff_ffff_ffff_ffffn;

export class MaglevTable implements HashTable {
  private readonly hosts: readonly Host[];
  private readonly places: Int32Array;
  private readonly size: bigint;

  constructor(weighted: readonly WeightedHost[], { size, byHostname }: MaglevOptions, stats: StatBlock | null) {
    const keyed = weighted.map(({ host, weight }) => ({ key: toWire(hashKeyOf(host, byHostname)), host, weight }));
    keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    this.hosts = keyed.map(({ host }) => host);
    this.size = BigInt(size);
    this.places = new Int32Array(size).fill(-1);
    const counts = fill(this.places, keyed);
    stats?.set(LEAST, counts.reduce((least, count) => Math.min(least, count), size));
    stats?.set(MOST, counts.reduce((most, count) => Math.max(most, count), 0));
  }

  lookUp(hash: bigint, attempt: number): Host | null {
    const mixed = attempt === 0 ? hash : hash ^ (MASK - BigInt(attempt) + 1n);
    return this.hosts[this.places[Number(mixed % this.size)] as number] ?? null;
  }
}

/** A host of the greatest weight has a turn in each round, one of a third of it in every third. Answers how many places each got. */
function fill(places: Int32Array, entries: readonly { readonly key: string; readonly weight: number }[]): Int32Array {
  const size = places.length;
  const count = entries.length;
  const at = Float64Array.from(entries, ({ key }) => Number(xxHash64(key) % BigInt(size)));
  const skip = Float64Array.from(entries, ({ key }) => Number(xxHash64(key, 1n) % BigInt(size - 1)) + 1);
  const weights = Float64Array.from(entries, ({ weight }) => weight);
  const due = new Float64Array(count);
  const counts = new Int32Array(count);
  const most = weights.reduce((greatest, weight) => Math.max(greatest, weight), 0);
  let filled = 0;
  for (let round = 1; filled < size; round++) {
    for (let i = 0; i < count && filled < size; i++) {
      if (round * (weights[i] as number) < (due[i] as number)) continue;
      due[i] = (due[i] as number) + most;
      let place = at[i] as number;
      while (places[place] !== -1) place = (place + (skip[i] as number)) % size;
      places[place] = i;
      at[i] = (place + (skip[i] as number)) % size;
      counts[i] = (counts[i] as number) + 1;
      filled++;
    }
  }
  return counts;
}
