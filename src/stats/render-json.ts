import { type Bins, DEFAULT_BOUNDS, QUANTILES, cumulativeCounts, quantiles } from "./histogram.ts";
import { compact } from "./numeral.ts";
import { type HistogramMode, type StatSelection, disjoint, scaleOf, selectStats } from "./render-text.ts";
import type { StatHistogram, StatSource } from "./stat-store.ts";

/** Envoy's `/stats?format=json`: numbers by name, then one object with all histograms; what is not known is null. */
export function renderJson(source: StatSource, selection: StatSelection = {}, mode: HistogramMode = "summary"): string {
  return [...jsonPieces(source, selection, mode)].join("");
}

/** The same, one statistic after another. */
export function* jsonPieces(source: StatSource, selection: StatSelection, mode: HistogramMode): Iterable<string> {
  const { bounds = () => DEFAULT_BOUNDS } = selection;
  const { numbers, histograms } = selectStats(source, selection);
  let comma = "";
  yield '{"stats":[';
  for (const { name, value } of numbers) {
    yield `${comma}{"name":${JSON.stringify(name)},"value":${value}}`;
    comma = ",";
  }
  if (histograms.length > 0) {
    const [begin, end] = FRAMES[mode];
    yield `${comma}${begin}`;
    for (const [i, histogram] of histograms.entries()) yield `${i === 0 ? "" : ","}${histogramJson(histogram, mode, bounds(histogram.name))}`;
    yield end;
  }
  yield "]}";
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
