import { bucketLeft, bucketWidth } from "./buckets.ts";
import { type Bin, type Bins, difference } from "./histogram.ts";
import type { StatUnit } from "./shape.ts";
import type { StatEntry, StatRegistry } from "./stat-registry.ts";

export interface StatNumber {
  readonly name: string;
  readonly kind: "counter" | "gauge";
  readonly value: number;
}

export interface StatHistogram {
  readonly name: string;
  readonly unit: StatUnit;
  /** Between the last two calls of `flush`. */
  readonly interval: Bins;
  /** Up to the last call of `flush`. */
  readonly cumulative: Bins;
}

/** What the renderers need. */
export interface StatSource {
  /** Sorted by name. */
  numbers(): readonly StatNumber[];
  histograms(): readonly StatHistogram[];
}

interface Place {
  readonly entry: StatEntry;
  readonly slot: number;
}

interface Named {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly unit: StatUnit;
  readonly places: Place[];
  readonly pages: StatEntry[];
}

/** All statistics by name, with their totals over all threads. Blocks that share a name are added up. */
export class StatStore implements StatSource {
  readonly #registry: StatRegistry;
  #named = new Map<string, Named>();
  #sorted: readonly Named[] = [];
  #version = -1;
  #flushed = new Map<string, { interval: Bins; cumulative: Bins }>();

  constructor(registry: StatRegistry) {
    this.#registry = registry;
  }

  /** The total of a counter or gauge; of a histogram, its samples. Undefined = no such name. */
  value(name: string): number | undefined {
    this.#refresh();
    const named = this.#named.get(name);
    if (named === undefined) return undefined;
    if (named.kind !== "histogram") return totalOf(named);
    return binsOf(named).reduce((sum, bin) => sum + bin.count, 0);
  }

  numbers(): readonly StatNumber[] {
    this.#refresh();
    const found: StatNumber[] = [];
    for (const named of this.#sorted) if (named.kind !== "histogram") found.push({ name: named.name, kind: named.kind, value: totalOf(named) });
    return found;
  }

  histograms(): readonly StatHistogram[] {
    this.#refresh();
    return this.#sorted.filter((named) => named.kind === "histogram").map(({ name, unit }) => ({ name, unit, ...(this.#flushed.get(name) ?? { interval: [], cumulative: [] }) }));
  }

  /** Ends an interval of the histograms (Envoy: every `stats_flush_interval`). */
  flush(): void {
    this.#refresh();
    const flushed = new Map<string, { interval: Bins; cumulative: Bins }>();
    for (const named of this.#sorted) {
      if (named.kind !== "histogram") continue;
      const cumulative = binsOf(named);
      flushed.set(named.name, { interval: difference(cumulative, this.#flushed.get(named.name)?.cumulative ?? []), cumulative });
    }
    this.#flushed = flushed;
  }

  #refresh(): void {
    if (this.#version === this.#registry.version) return;
    this.#version = this.#registry.version;
    this.#named = new Map();
    for (const entry of this.#registry.entries()) if (entry.shape.page === undefined) this.#addSpecs(entry);
    for (const entry of this.#registry.entries()) if (entry.shape.page !== undefined) this.#named.get(entry.prefix)?.pages.push(entry);
    this.#sorted = [...this.#named.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #addSpecs(entry: StatEntry): void {
    for (const [slot, { name: suffix, kind, unit = "none" }] of entry.shape.specs.entries()) {
      if (kind === "limit") continue;
      const name = entry.prefix + suffix;
      const named = this.#named.get(name) ?? { name, kind, unit, places: [], pages: [] };
      this.#named.set(name, named);
      if (named.kind === kind) named.places.push({ entry, slot });
    }
  }
}

function totalOf(named: Named): number {
  let sum = 0;
  for (const { entry, slot } of named.places) sum += slotTotal(entry, slot);
  return sum;
}

function slotTotal({ segment, base }: StatEntry, slot: number): number {
  let sum = 0;
  for (let column = 0; column < segment.columns; column++) sum += segment.at(column, base + slot);
  return sum;
}

function binsOf(named: Named): Bins {
  const zeros = totalOf(named);
  const bins: Bin[] = zeros > 0 ? [{ left: 0, width: 0, count: zeros }] : [];
  for (const entry of named.pages) {
    const exponent = entry.shape.page as number;
    for (let i = 0; i < entry.shape.slots; i++) {
      const count = slotTotal(entry, i);
      if (count > 0) bins.push({ left: bucketLeft(i, exponent), width: bucketWidth(exponent), count });
    }
  }
  return bins.sort((a, b) => a.left - b.left);
}
