import { DEFAULT_BOUNDS, approximateSum, cumulativeCounts, sampleCount } from "./histogram.ts";
import { exact } from "./numeral.ts";
import { type StatSelection, scaleOf } from "./render-text.ts";
import type { StatHistogram, StatNumber, StatSource } from "./stat-store.ts";
import type { Tag, TagProducer } from "./tags.ts";

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
  for (const { stat, labels } of group) {
    const [scale, bounds, comma] = [scaleOf(stat), boundsOf(stat.name), labels === "" ? "" : `${labels},`];
    const counts = cumulativeCounts(stat.cumulative, bounds.map((bound) => bound * scale));
    const total = sampleCount(stat.cumulative);
    bounds.forEach((bound, i) => { text += `${name}_bucket{${comma}le="${exact(bound)}"} ${counts[i]}\n`; });
    text += `${name}_bucket{${comma}le="+Inf"} ${total}\n`;
    text += `${name}_sum{${labels}} ${exact(approximateSum(stat.cumulative) / scale)}\n`;
    text += `${name}_count{${labels}} ${total}\n`;
  }
  return text;
}

/** By their printed names, sorted; within a group by the tokens of the full name, as Envoy: `svc` stands before `svc-a`. */
function grouped<T extends { readonly name: string }>(stats: readonly T[], tags: TagProducer): [string, Labelled<T>[]][] {
  const groups = new Map<string, Labelled<T>[]>();
  for (const stat of [...stats].sort((a, b) => byTokens(a.name, b.name))) {
    const tagged = tags.produce(stat.name);
    const group = groups.get(tagged.name) ?? [];
    groups.set(tagged.name, group);
    group.push({ stat, labels: labelsOf(tagged.tags) });
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, group]) => [`envoy_${sanitized(name)}`, group]);
}

function byTokens(a: string, b: string): number {
  const [left, right] = [a.split("."), b.split(".")];
  for (const [i, token] of left.entries()) {
    const other = right[i];
    if (other === undefined) return 1;
    if (token !== other) return token < other ? -1 : 1;
  }
  return left.length - right.length;
}

function labelsOf(tags: readonly Tag[]): string {
  return tags.map(({ name, value }) => `${sanitized(name)}="${escaped(value)}"`).join(",");
}

function sanitized(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, "_");
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
