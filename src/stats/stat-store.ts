import { bucketLeft, bucketWidth } from "./buckets.ts";
import { type Bin, type Bins, difference } from "./histogram.ts";
import type { StatUnit } from "./shape.ts";
import type { StatEntry, StatRegistry } from "./stat-registry.ts";
import { type StatText, StatTexts } from "./stat-texts.ts";

/** A counter or gauge: what it says is read when it is asked for. */
export interface StatNumber {
  readonly name: string;
  readonly kind: "counter" | "gauge";
  readonly value: number;
  /** Its value as printed, where that is more exact than the number. */
  readonly exact?: string | undefined;
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
  /** Sorted by name. The same list until a statistic comes or goes; then the old one reads 0 where one has gone. */
  numbers(): readonly StatNumber[];
  histograms(): readonly StatHistogram[];
  /** Sorted by name; absent: there are none. */
  readouts?(): readonly StatText[];
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

interface Flushed {
  readonly interval: Bins;
  readonly cumulative: Bins;
}

const NOTHING: Flushed = { interval: [], cumulative: [] };

class LiveNumber implements StatNumber {
  readonly name: string;
  readonly kind: "counter" | "gauge";
  readonly #places: readonly Place[];
  readonly #reset: ReadonlySet<string>;
  readonly #texts: StatTexts;

  constructor(named: Named, reset: ReadonlySet<string>, texts: StatTexts) {
    this.#texts = texts;
    this.name = named.name;
    this.kind = named.kind === "counter" ? "counter" : "gauge";
    this.#places = named.places;
    this.#reset = reset;
  }

  get value(): number {
    return totalOf(this.#places);
  }

  get exact(): string | undefined {
    return this.kind === "gauge" ? this.#texts.exactOf(this.name) : undefined;
  }

  get used(): boolean {
    return this.value !== 0 || this.#reset.has(this.name);
  }
}

class LiveHistogram implements StatHistogram {
  readonly name: string;
  readonly unit: StatUnit;
  readonly #flushed: ReadonlyMap<string, Flushed>;

  constructor({ name, unit }: Named, flushed: ReadonlyMap<string, Flushed>) {
    this.name = name;
    this.unit = unit;
    this.#flushed = flushed;
  }

  get interval(): Bins {
    return (this.#flushed.get(this.name) ?? NOTHING).interval;
  }

  get cumulative(): Bins {
    return (this.#flushed.get(this.name) ?? NOTHING).cumulative;
  }
}

/** All statistics by name, with their totals over all threads. Blocks that share a name are added up. */
export class StatStore implements StatSource {
  readonly texts = new StatTexts();
  readonly #registry: StatRegistry;
  #named = new Map<string, Named>();
  #numbers: readonly LiveNumber[] = [];
  #histograms: readonly LiveHistogram[] = [];
  #version = -1;
  readonly #flushed = new Map<string, Flushed>();
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

  readouts(): readonly StatText[] {
    return this.texts.all();
  }

  numbers(): readonly StatNumber[] {
    this.#refresh();
    return this.#numbers;
  }

  histograms(): readonly StatHistogram[] {
    this.#refresh();
    return this.#histograms;
  }

  /** Ends an interval of the histograms (Envoy: every `stats_flush_interval`). */
  flush(): void {
    this.#refresh();
    for (const name of this.#flushed.keys()) if (!this.#named.has(name)) this.#flushed.delete(name);
    for (const named of this.#named.values()) {
      if (named.kind !== "histogram") continue;
      const cumulative = binsOf(named);
      this.#flushed.set(named.name, { interval: difference(cumulative, this.#flushed.get(named.name)?.cumulative ?? []), cumulative });
    }
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
    const listed = [...this.#named.values()].filter(({ name }) => !name.startsWith(HIDDEN)).sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#numbers = listed.filter((named) => named.kind !== "histogram").map((named) => new LiveNumber(named, this.#reset, this.texts));
    this.#histograms = listed.filter((named) => named.kind === "histogram").map((named) => new LiveHistogram(named, this.#flushed));
  }

  #addSpecs(entry: StatEntry): void {
    for (const [slot, { name: suffix, kind, unit = "none" }] of entry.shape.specs.entries()) {
      if (kind === "limit" || kind === "cell") continue;
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

/** 0 of an entry that was given back: its memory may be another's by now. */
function slotTotal({ segment, base, holders }: StatEntry, slot: number): number {
  if (holders.size === 0) return 0;
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
