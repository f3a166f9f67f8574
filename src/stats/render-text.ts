import { type Bins, DEFAULT_BOUNDS, QUANTILES, cumulativeCounts, quantiles } from "./histogram.ts";
import { general, shortest } from "./numeral.ts";
import type { StatHistogram, StatNumber, StatSource } from "./stat-store.ts";

/** What of the statistics is asked for: the parameters of Envoy's `/stats`. */
export interface StatSelection {
  /** Only what was ever counted; a gauge at 0 counts as unused. */
  readonly usedOnly?: boolean;
  /** Default: all kinds. */
  readonly kinds?: ReadonlySet<StatListed>;
  /** By name. */
  readonly filter?: (name: string) => boolean;
  /** Upper bounds of a histogram's printed buckets, ascending. */
  readonly bounds?: (name: string) => readonly number[];
}

export type StatListed = "counter" | "gauge" | "histogram";

/** The numbers and histograms that a selection leaves. */
export function selectStats(source: StatSource, selection: StatSelection): { numbers: readonly StatNumber[]; histograms: readonly StatHistogram[] } {
  const { usedOnly = false, kinds, filter = () => true } = selection;
  const wanted = (kind: StatListed): boolean => kinds === undefined || kinds.has(kind);
  const numbers = wanted("counter") || wanted("gauge") ? source.numbers().filter((stat) => wanted(stat.kind) && (!usedOnly || stat.used) && filter(stat.name)) : [];
  const histograms = wanted("histogram") ? source.histograms().filter((stat) => (!usedOnly || stat.cumulative.length > 0) && filter(stat.name)) : [];
  return { numbers, histograms };
}

export type HistogramMode = "summary" | "cumulative" | "disjoint" | "detailed";

/** Envoy's percent histograms record fractions times this. */
export const PERCENT_SCALE = 1_000_000;

/** Envoy's `/stats`: counters and gauges by name, then histograms by name. */
export function renderText(source: StatSource, selection: StatSelection = {}, mode: HistogramMode = "summary"): string {
  return [...textPieces(source, selection, mode)].join("");
}

/** The same, one statistic after another. */
export function* textPieces(source: StatSource, selection: StatSelection, mode: HistogramMode): Iterable<string> {
  const { bounds = () => DEFAULT_BOUNDS } = selection;
  const { numbers, histograms } = selectStats(source, selection);
  for (const { name, value } of numbers) yield `${name}: ${value}\n`;
  for (const histogram of histograms) yield `${histogram.name}:${histogramText(histogram, mode, bounds(histogram.name))}\n`;
}

function histogramText(histogram: StatHistogram, mode: HistogramMode, bounds: readonly number[]): string {
  if (histogram.cumulative.length === 0) return " No recorded values";
  switch (mode) {
    case "summary": return ` ${summary(histogram)}`;
    case "cumulative": return ` ${buckets(histogram, bounds, (counts) => counts)}`;
    case "disjoint": return ` ${buckets(histogram, bounds, disjoint)}`;
    case "detailed": return `\n  totals=${detail(histogram.cumulative)}\n  intervals=${detail(histogram.interval)}\n  summary=${summary(histogram)}`;
  }
}

/** The bounds or values of a percent histogram, which are printed as fractions. */
export function scaleOf(histogram: StatHistogram): number {
  return histogram.unit === "percent" ? PERCENT_SCALE : 1;
}

function summary(histogram: StatHistogram): string {
  const scale = scaleOf(histogram);
  const [interval, cumulative] = [quantiles(histogram.interval), quantiles(histogram.cumulative)];
  return QUANTILES.map((q, i) => `P${general(q * 100)}(${shortest((interval[i] ?? Number.NaN) / scale)},${shortest((cumulative[i] ?? Number.NaN) / scale)})`).join(" ");
}

function buckets(histogram: StatHistogram, bounds: readonly number[], shape: (counts: readonly number[]) => readonly number[]): string {
  const scaled = bounds.map((bound) => bound * scaleOf(histogram));
  const [interval, cumulative] = [shape(cumulativeCounts(histogram.interval, scaled)), shape(cumulativeCounts(histogram.cumulative, scaled))];
  return bounds.map((bound, i) => `B${general(bound)}(${interval[i]},${cumulative[i]})`).join(" ");
}

/** Each bucket's own samples, from those up to its bound. */
export function disjoint(counts: readonly number[]): number[] {
  return counts.map((count, i) => count - (counts[i - 1] ?? 0));
}

function detail(bins: Bins): string {
  return bins.map(({ left, width, count }) => `${left},${width}:${count}`).join(", ");
}
