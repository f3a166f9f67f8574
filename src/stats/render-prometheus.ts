import { DEFAULT_BOUNDS, approximateSum, cumulativeCounts, sampleCount } from "./histogram.ts";
import { exact } from "./numeral.ts";
import { type StatSelection, scaleOf } from "./render-text.ts";
import type { StatHistogram, StatNumber, StatSource } from "./stat-store.ts";
import type { TagProducer, Tagged } from "./tags.ts";

interface Labelled<T> {
  readonly stat: T;
  readonly labels: string;
}

/** Envoy's `/stats/prometheus`: counters, gauges, histograms, each by the name left without tags. */
export function renderPrometheus(source: StatSource, tags: TagProducer, selection: StatSelection = {}): string {
  const { usedOnly = false, filter = () => true, bounds = () => DEFAULT_BOUNDS } = selection;
  const numbers = source.numbers().filter((stat) => (!usedOnly || stat.value !== 0) && filter(stat.name));
  const histograms = source.histograms().filter((stat) => (!usedOnly || stat.cumulative.length > 0) && filter(stat.name));
  let text = "";
  for (const kind of ["counter", "gauge"] as const) {
    for (const [name, group] of grouped(numbers.filter((stat) => stat.kind === kind), tags)) text += numberText(name, kind, group);
  }
  for (const [name, group] of grouped(histograms, tags)) text += histogramText(name, group, bounds);
  return text;
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
