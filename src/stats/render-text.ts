import { type Bins, DEFAULT_BOUNDS, QUANTILES, cumulativeCounts, quantiles } from "./histogram.ts";
import { general, shortest } from "./numeral.ts";
import type { StatHistogram, StatSource } from "./stat-store.ts";

/** What of the statistics is asked for: the parameters of Envoy's `/stats`. */
export interface StatSelection {
  /** Only what was ever counted; a gauge at 0 counts as unused. */
  readonly usedOnly?: boolean;
  /** By name. */
  readonly filter?: (name: string) => boolean;
  /** Upper bounds of a histogram's printed buckets, ascending. */
  readonly bounds?: (name: string) => readonly number[];
}

export type HistogramMode = "summary" | "cumulative" | "disjoint" | "detailed";

/** Envoy's percent histograms record fractions times this. */
export const PERCENT_SCALE = 1_000_000;

/** Envoy's `/stats`: counters and gauges by name, then histograms by name. */
export function renderText(source: StatSource, selection: StatSelection = {}, mode: HistogramMode = "summary"): string {
  const { usedOnly = false, filter = () => true, bounds = () => DEFAULT_BOUNDS } = selection;
  let text = "";
  for (const { name, value } of source.numbers()) {
    if ((!usedOnly || value !== 0) && filter(name)) text += `${name}: ${value}\n`;
  }
  for (const histogram of source.histograms()) {
    if ((!usedOnly || histogram.cumulative.length > 0) && filter(histogram.name)) text += `${histogram.name}:${histogramText(histogram, mode, bounds(histogram.name))}\n`;
  }
  return text;
}

function histogramText(histogram: StatHistogram, mode: HistogramMode, bounds: readonly number[]): string {
  if (histogram.cumulative.length === 0) return " No recorded values";
  switch (mode) {
    case "summary": return ` ${summary(histogram)}`;
    case "cumulative": return ` ${buckets(histogram, bounds, (counts) => counts)}`;
    case "disjoint": return ` ${buckets(histogram, bounds, (counts) => counts.map((count, i) => count - (counts[i - 1] ?? 0)))}`;
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

function buckets(histogram: StatHistogram, bounds: readonly number[], shape: (counts: number[]) => number[]): string {
  const scaled = bounds.map((bound) => bound * scaleOf(histogram));
  const [interval, cumulative] = [shape(cumulativeCounts(histogram.interval, scaled)), shape(cumulativeCounts(histogram.cumulative, scaled))];
  return bounds.map((bound, i) => `B${general(bound)}(${interval[i]},${cumulative[i]})`).join(" ");
}

function detail(bins: Bins): string {
  return bins.map(({ left, width, count }) => `${left},${width}:${count}`).join(", ");
}
