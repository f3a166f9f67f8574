import { bucketLeft, bucketWidth } from "./buckets.ts";
import { type Bin, type Bins, difference } from "./histogram.ts";
import type { StatUnit } from "./shape.ts";
import type { StatEntry, StatRegistry } from "./stat-registry.ts";

export interface StatNumber {
  readonly name: string;
  readonly kind: "counter" | "gauge";
  readonly value: number;
  /** It was counted since the start; a gauge at 0 counts as unused. */
  readonly used: boolean;
}

export interface StatHistogram {
  readonly name: string;
  readonly unit: StatUnit;
  /** Between the last two calls of `flush`. */
  readonly interval: Bins;
  /** Up to the last call of `flush`. */
  readonly cumulative: Bins;
}

/** Statistics whose name begins so are kept for their readers by name, and not listed. */
const HIDDEN = ".";

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
  /** Counters that a reset set back from more than 0: they stay used. */
  readonly #reset = new Set<string>();

  constructor(registry: StatRegistry) {
    this.#registry = registry;
  }

  /** The total of a counter or gauge; of a histogram, its samples. Undefined = no such name. */
  value(name: string): number | undefined {
    this.#refresh();
    const named = this.#named.get(name);
    if (named === undefined) return undefined;
    if (named.kind !== "histogram") return totalOf(named.places);
    return binsOf(named).reduce((sum, bin) => sum + bin.count, 0);
  }

  numbers(): readonly StatNumber[] {
    this.#refresh();
    const found: StatNumber[] = [];
    for (const { name, kind, places } of this.#sorted) {
      if (kind === "histogram") continue;
      const value = totalOf(places);
      found.push({ name, kind, value, used: value !== 0 || this.#reset.has(name) });
    }
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

  /**
   * Sets every counter to zero for its readers. Only its thread may write a column: what the threads have counted is taken off in
   * control's own one.
   */
  resetCounters(): void {
    this.#refresh();
    for (const { name, kind, places } of this.#named.values()) {
      if (kind !== "counter") continue;
      if (totalOf(places) !== 0) this.#reset.add(name);
      for (const { entry, slot } of places) {
        const own = entry.segment.column(0, entry.base + slot, 1);
        own[0] = (own[0] as number) - slotTotal(entry, slot);
      }
    }
    for (const name of this.#reset) if (!this.#named.has(name)) this.#reset.delete(name);
  }

  #refresh(): void {
    if (this.#version === this.#registry.version) return;
    this.#version = this.#registry.version;
    this.#named = new Map();
    for (const entry of this.#registry.entries()) if (entry.shape.page === undefined) this.#addSpecs(entry);
    for (const entry of this.#registry.entries()) if (entry.shape.page !== undefined) this.#named.get(entry.prefix)?.pages.push(entry);
    this.#sorted = [...this.#named.values()].filter(({ name }) => !name.startsWith(HIDDEN)).sort((a, b) => (a.name < b.name ? -1 : 1));
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

function totalOf(places: readonly Place[]): number {
  let sum = 0;
  for (const { entry, slot } of places) sum += slotTotal(entry, slot);
  return sum;
}

function slotTotal({ segment, base }: StatEntry, slot: number): number {
  let sum = 0;
  for (let column = 0; column < segment.columns; column++) sum += segment.at(column, base + slot);
  return sum;
}

function binsOf(named: Named): Bins {
  const zeros = totalOf(named.places);
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
