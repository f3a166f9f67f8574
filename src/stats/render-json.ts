import { type Bins, DEFAULT_BOUNDS, QUANTILES, cumulativeCounts, quantiles } from "./histogram.ts";
import { compact } from "./numeral.ts";
import { type HistogramMode, type StatSelection, disjoint, scaleOf, selectedHistograms, selectedNumbers, selectedTexts } from "./render-text.ts";
import type { StatHistogram, StatSource } from "./stat-store.ts";

/** Envoy's `/stats?format=json`: numbers by name, then one object with all histograms; what is not known is null. */
export function renderJson(source: StatSource, selection: StatSelection = {}, mode: HistogramMode = "summary"): string {
  return [...jsonPieces(source, selection, mode)].join("");
}

/** The same, one statistic after another, and an empty text now and then. */
export function* jsonPieces(source: StatSource, selection: StatSelection, mode: HistogramMode): Iterable<string> {
  const { bounds = () => DEFAULT_BOUNDS } = selection;
  let comma = "";
  yield '{"stats":[';
  for (const { name, text } of selectedTexts(source, selection)) {
    yield `${comma}{"name":${JSON.stringify(name)},"value":${JSON.stringify(text)}}`;
    comma = ",";
  }
  for (const stat of selectedNumbers(source, selection)) {
    yield stat === undefined ? "" : `${comma}{"name":${JSON.stringify(stat.name)},"value":${stat.exact ?? stat.value}}`;
    if (stat !== undefined) comma = ",";
  }
  const [begin, end] = FRAMES[mode];
  let first = true;
  for (const stat of selectedHistograms(source, selection)) {
    yield stat === undefined ? "" : `${first ? `${comma}${begin}` : ","}${histogramJson(stat, mode, bounds(stat.name))}`;
    if (stat !== undefined) first = false;
  }
  yield first ? "]}" : `${end}]}`;
}

const PERCENTS = `[${QUANTILES.map((quantile) => quantile * 100).join(",")}]`;
const FRAMES: Readonly<Record<HistogramMode, readonly [string, string]>> = {
  summary: [`{"histograms":{"supported_quantiles":${PERCENTS},"computed_quantiles":[`, "]}}"],
  detailed: [`{"histograms":{"supported_percentiles":${PERCENTS},"details":[`, "]}}"],
  cumulative: ['{"histograms":[', "]}"],
  disjoint: ['{"histograms":[', "]}"],
};

function histogramJson(histogram: StatHistogram, mode: HistogramMode, bounds: readonly number[]): string {
  const name = `"name":${JSON.stringify(histogram.name)}`;
  switch (mode) {
    case "summary": return `{${name},"values":${quantilesJson(histogram)}}`;
    case "cumulative": return `{${name},"buckets":${bucketsJson(histogram, bounds, (counts) => counts)}}`;
    case "disjoint": return `{${name},"buckets":${bucketsJson(histogram, bounds, disjoint)}}`;
    case "detailed": return `{${name},"totals":${binsJson(histogram.cumulative)},"intervals":${binsJson(histogram.interval)},"percentiles":${quantilesJson(histogram)}}`;
  }
}

function quantilesJson(histogram: StatHistogram): string {
  const scale = scaleOf(histogram);
  const interval = quantiles(histogram.interval);
  const values = quantiles(histogram.cumulative).map((value, i) => `{"cumulative":${numberJson(value / scale)},"interval":${numberJson((interval[i] ?? Number.NaN) / scale)}}`);
  return `[${values.join(",")}]`;
}

function bucketsJson(histogram: StatHistogram, bounds: readonly number[], shape: (counts: readonly number[]) => readonly number[]): string {
  const scaled = bounds.map((bound) => bound * scaleOf(histogram));
  const [interval, cumulative] = [shape(cumulativeCounts(histogram.interval, scaled)), shape(cumulativeCounts(histogram.cumulative, scaled))];
  return `[${bounds.map((bound, i) => `{"upper_bound":${numberJson(bound)},"interval":${interval[i]},"cumulative":${cumulative[i]}}`).join(",")}]`;
}

function binsJson(bins: Bins): string {
  return `[${bins.map(({ left, width, count }) => `{"lower_bound":${numberJson(left)},"width":${numberJson(width)},"count":${count}}`).join(",")}]`;
}

function numberJson(value: number): string {
  return Number.isNaN(value) ? "null" : compact(value);
}
