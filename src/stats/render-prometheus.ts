import { DEFAULT_BOUNDS, QUANTILES, approximateSum, cumulativeCounts, quantiles, sampleCount } from "./histogram.ts";
import { exact } from "./numeral.ts";
import { type StatSelection, scaleOf, selectStats } from "./render-text.ts";
import type { StatHistogram, StatNumber, StatSource } from "./stat-store.ts";
import type { TagProducer, Tagged } from "./tags.ts";

interface Labelled<T> {
  readonly stat: T;
  readonly labels: string;
}

/** How histograms are shown: buckets of all samples, or quantiles of the last interval's. */
export type PrometheusMode = "cumulative" | "summary";

/** Envoy's `/stats/prometheus`: counters, gauges, histograms, each by the name left without tags. */
export function renderPrometheus(source: StatSource, tags: TagProducer, selection: StatSelection = {}, mode: PrometheusMode = "cumulative"): string {
  return [...prometheusPieces(source, tags, selection, mode)].join("");
}

/** The same, one group after another. */
export function* prometheusPieces(source: StatSource, tags: TagProducer, selection: StatSelection, mode: PrometheusMode): Iterable<string> {
  const { bounds = () => DEFAULT_BOUNDS } = selection;
  const { numbers, histograms } = selectStats(source, selection);
  for (const kind of ["counter", "gauge"] as const) {
    for (const [name, group] of grouped(numbers.filter((stat) => stat.kind === kind), tags)) yield numberText(name, kind, group);
  }
  for (const [name, group] of grouped(histograms, tags)) yield mode === "summary" ? summaryText(name, group) : histogramText(name, group, bounds);
}

function numberText(name: string, kind: string, group: readonly Labelled<StatNumber>[]): string {
  return `# TYPE ${name} ${kind}\n${group.map(({ stat, labels }) => `${name}{${labels}} ${stat.value}\n`).join("")}`;
}

function histogramText(name: string, group: readonly Labelled<StatHistogram>[], boundsOf: (name: string) => readonly number[]): string {
  let text = `# TYPE ${name} histogram\n`;
  const labelsOfBounds = new Map<readonly number[], readonly string[]>();
  for (const { stat, labels } of group) {
    const [scale, bounds, comma] = [scaleOf(stat), boundsOf(stat.name), labels === "" ? "" : `${labels},`];
    const counts = cumulativeCounts(stat.cumulative, bounds.map((bound) => bound * scale));
    const total = sampleCount(stat.cumulative);
    const les = labelsOfBounds.get(bounds) ?? bounds.map((bound) => `le="${exact(bound)}"`);
    labelsOfBounds.set(bounds, les);
    const bucket = `${name}_bucket{${comma}`;
    for (const [i, le] of les.entries()) text += `${bucket}${le}} ${counts[i]}\n`;
    text += `${bucket}le="+Inf"} ${total}\n`;
    text += `${name}_sum{${labels}} ${exact(approximateSum(stat.cumulative) / scale)}\n`;
    text += `${name}_count{${labels}} ${total}\n`;
  }
  return text;
}

function summaryText(name: string, group: readonly Labelled<StatHistogram>[]): string {
  let text = `# TYPE ${name} summary\n`;
  for (const { stat, labels } of group) {
    const [scale, comma] = [scaleOf(stat), labels === "" ? "" : `${labels},`];
    for (const [i, value] of quantiles(stat.interval).entries()) text += `${name}{${comma}quantile="${QUANTILES[i]}"} ${exact(value / scale)}\n`;
    text += `${name}_sum{${labels}} ${exact(approximateSum(stat.interval) / scale)}\n${name}_count{${labels}} ${sampleCount(stat.interval)}\n`;
  }
  return text;
}

/** By their printed names, sorted; within a group by the tokens of the full name, as Envoy: `svc` stands before `svc-a`. */
function grouped<T extends { readonly name: string }>(stats: readonly T[], tags: TagProducer): [string, Labelled<T>[]][] {
  const groups = new Map<string, Labelled<T>[]>();
  // a separator below every character makes comparing texts comparing tokens
  const keyed = stats.map((stat) => ({ stat, key: stat.name.replaceAll(".", "\0") })).sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const { stat } of keyed) {
    const tagged = tags.produce(stat.name);
    const group = groups.get(tagged.name) ?? [];
    groups.set(tagged.name, group);
    group.push({ stat, labels: labelsOf(tagged) });
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, group]) => [`envoy_${sanitized(name)}`, group]);
}

/** A producer gives the same object for the same name. */
const LABELS = new WeakMap<Tagged, string>();

function labelsOf(tagged: Tagged): string {
  let labels = LABELS.get(tagged);
  if (labels === undefined) LABELS.set(tagged, (labels = tagged.tags.map(({ name, value }) => `${sanitized(name)}="${escaped(value)}"`).join(",")));
  return labels;
}

function sanitized(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, "_");
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
