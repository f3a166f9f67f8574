/** What a block of statistics consists of. Shapes are made once, at configuration time or as constants, and shared by reference. */

/**
 * `counter` only grows; `gauge` may be set and goes up and down, and threads' gauges add up; `histogram` takes whole numbers; `limit` is a count
 * exact across threads (`tryAcquire`), and `cell` 64 bits that all threads change by compare-and-swap; these two are no statistics and are never printed.
 */
export type StatKind = "counter" | "gauge" | "histogram" | "limit" | "cell";

/** Of a histogram. Percent: recorded as a fraction times 1,000,000 (Envoy's `Histogram::PercentScale`), printed as the fraction. */
export type StatUnit = "none" | "bytes" | "ms" | "us" | "percent";

export interface StatSpec {
  /** Follows the block's prefix directly. */
  readonly name: string;
  readonly kind: StatKind;
  readonly unit?: StatUnit;
}

export interface StatShape {
  readonly specs: readonly StatSpec[];
  /** Slots it takes in shared memory. */
  readonly slots: number;
  /** Of a page of a histogram: the power of ten its 90 buckets begin with. The block's prefix is then the histogram's name. */
  readonly page: number | undefined;
}

export const PAGE_BUCKETS = 90;

/** Indices into `specs` are what `inc(i)` and its like take. */
export function statShape(specs: readonly StatSpec[]): StatShape {
  return { specs, slots: specs.length, page: undefined };
}

/** The buckets `[1.0, 1.1) ... [9.9, 10)` times ten to the `exponent`. */
export function pageShape(exponent: number): StatShape {
  return { specs: [], slots: PAGE_BUCKETS, page: exponent };
}

/** For single statistics, whose name is the block's prefix and whose index is 0. */
export const COUNTER: StatShape = statShape([{ name: "", kind: "counter" }]);
export const GAUGE: StatShape = statShape([{ name: "", kind: "gauge" }]);
export const HISTOGRAM: StatShape = statShape([{ name: "", kind: "histogram", unit: "ms" }]);
