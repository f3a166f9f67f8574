import { type Bins, DEFAULT_BOUNDS, QUANTILES, cumulativeCounts, quantiles } from "./histogram.ts";
import { general, shortest } from "./numeral.ts";
import type { StatHistogram, StatNumber, StatSource } from "./stat-store.ts";
import type { StatText } from "./stat-texts.ts";

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

export type StatListed = "counter" | "gauge" | "histogram" | "text";

/** After so many that were left out, the reader is told that nothing came: it may have other things to do. */
const BREATH = 500;

/** The text readouts that a selection leaves, in order. */
export function selectedTexts(source: StatSource, { usedOnly = false, kinds, filter }: StatSelection): readonly StatText[] {
  if (kinds !== undefined && !kinds.has("text")) return [];
  return (source.readouts?.() ?? []).filter(({ name, text }) => (filter === undefined || filter(name)) && (!usedOnly || text !== ""));
}

/** The counters and gauges that a selection leaves, in order; undefined now and then, where many were left out. */
export function* selectedNumbers(source: StatSource, { usedOnly = false, kinds, filter }: StatSelection): Iterable<StatNumber | undefined> {
  if (kinds !== undefined && !kinds.has("counter") && !kinds.has("gauge")) return;
  let skipped = 0;
  for (const stat of source.numbers()) {
    if ((kinds === undefined || kinds.has(stat.kind)) && (filter === undefined || filter(stat.name)) && (!usedOnly || stat.used)) yield stat;
    else if (++skipped % BREATH === 0) yield undefined;
  }
}

export function* selectedHistograms(source: StatSource, { usedOnly = false, kinds, filter }: StatSelection): Iterable<StatHistogram | undefined> {
  if (kinds !== undefined && !kinds.has("histogram")) return;
  let skipped = 0;
  for (const stat of source.histograms()) {
    if ((filter === undefined || filter(stat.name)) && (!usedOnly || stat.cumulative.length > 0)) yield stat;
    else if (++skipped % BREATH === 0) yield undefined;
  }
}

export type HistogramMode = "summary" | "cumulative" | "disjoint" | "detailed";

/** Envoy's percent histograms record fractions times this. */
export const PERCENT_SCALE = 1_000_000;

/** Envoy's `/stats`: counters and gauges by name, then histograms by name. */
export function renderText(source: StatSource, selection: StatSelection = {}, mode: HistogramMode = "summary"): string {
  return [...textPieces(source, selection, mode)].join("");
}

/** The same, one statistic after another, and an empty text now and then. */
export function* textPieces(source: StatSource, selection: StatSelection, mode: HistogramMode): Iterable<string> {
  const { bounds = () => DEFAULT_BOUNDS } = selection;
  for (const { name, text } of selectedTexts(source, selection)) yield `${name}: "${text}"\n`;
  for (const stat of selectedNumbers(source, selection)) yield stat === undefined ? "" : `${stat.name}: ${stat.exact ?? stat.value}\n`;
  for (const stat of selectedHistograms(source, selection)) yield stat === undefined ? "" : `${stat.name}:${histogramText(stat, mode, bounds(stat.name))}\n`;
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
