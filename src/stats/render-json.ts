import { QUANTILES, quantiles } from "./histogram.ts";
import { type StatSelection, scaleOf } from "./render-text.ts";
import type { StatHistogram, StatSource } from "./stat-store.ts";

/** Envoy's `/stats?format=json`: numbers by name, then one object with all histograms' quantiles; what is not known is null. */
export function renderJson(source: StatSource, selection: StatSelection = {}): string {
  const { usedOnly = false, filter = () => true } = selection;
  const numbers = source.numbers().filter((stat) => (!usedOnly || stat.value !== 0) && filter(stat.name)).map(({ name, value }) => ({ name, value }));
  const histograms = source.histograms().filter((stat) => (!usedOnly || stat.cumulative.length > 0) && filter(stat.name));
  if (histograms.length === 0) return JSON.stringify({ stats: numbers });
  const supported = QUANTILES.map((quantile) => quantile * 100);
  return JSON.stringify({ stats: [...numbers, { histograms: { supported_quantiles: supported, computed_quantiles: histograms.map(computed) } }] });
}

/** NaN becomes null in JSON. */
function computed(histogram: StatHistogram): object {
  const scale = scaleOf(histogram);
  const interval = quantiles(histogram.interval);
  const values = quantiles(histogram.cumulative).map((value, i) => ({ cumulative: value / scale, interval: (interval[i] ?? Number.NaN) / scale }));
  return { name: histogram.name, values };
}
