import { DEFAULT_BOUNDS, QUANTILES, approximateSum, cumulativeCounts, quantiles, sampleCount } from "./histogram.ts";
import { exact } from "./numeral.ts";
import { type StatSelection, scaleOf } from "./render-text.ts";
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

/** The same, one group after another, and an empty text now and then. */
export function* prometheusPieces(source: StatSource, tags: TagProducer, selection: StatSelection, mode: PrometheusMode): Iterable<string> {
  const { bounds = () => DEFAULT_BOUNDS, usedOnly = false, filter = () => true } = selection;
  const numbers = yield* groupsOf(source.numbers(), tags);
  for (const kind of ["counter", "gauge"] as const) {
    for (const group of numbers) {
      const shown = membersOf(group).filter(({ stat }) => stat.kind === kind && filter(stat.name) && (!usedOnly || stat.used));
      yield shown.length === 0 ? "" : numberText(group.name, kind, shown);
    }
  }
  for (const group of yield* groupsOf(source.histograms(), tags)) {
    const shown = membersOf(group).filter(({ stat }) => filter(stat.name) && (!usedOnly || stat.cumulative.length > 0));
    yield shown.length === 0 ? "" : mode === "summary" ? summaryText(group.name, shown) : histogramText(group.name, shown, bounds);
  }
}

function numberText(name: string, kind: string, group: readonly Labelled<StatNumber>[]): string {
  return `# TYPE ${name} ${kind}\n${group.map(({ stat, labels }) => `${name}{${labels}} ${stat.exact ?? stat.value}\n`).join("")}`;
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

interface Group<T> {
  readonly name: string;
  members: Labelled<T>[];
  sorted: boolean;
}

interface Grouping {
  readonly tags: TagProducer;
  readonly groups: readonly Group<unknown>[];
}

/** Of each list of statistics: a store gives the same one until a statistic comes or goes. */
const GROUPINGS = new WeakMap<readonly unknown[], Grouping>();

/** After so many names, somebody else may have a turn. */
const BREATH = 200;

/** By their printed names, sorted. */
function* groupsOf<T extends { readonly name: string }>(stats: readonly T[], tags: TagProducer): Generator<string, readonly Group<T>[]> {
  const known = GROUPINGS.get(stats);
  if (known?.tags === tags) return known.groups as readonly Group<T>[];
  const groups = new Map<string, Group<T>>();
  for (const [i, stat] of stats.entries()) {
    if (i % BREATH === 0) yield "";
    const tagged = tags.produce(stat.name);
    let group = groups.get(tagged.name);
    if (group === undefined) groups.set(tagged.name, (group = { name: `envoy_${sanitized(tagged.name)}`, members: [], sorted: false }));
    group.members.push({ stat, labels: labelsOf(tagged) });
  }
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
  GROUPINGS.set(stats, { tags, groups: sorted });
  return sorted;
}

/** By the tokens of the full name, as Envoy: `svc` stands before `svc-a`. */
function membersOf<T extends { readonly name: string }>(group: Group<T>): readonly Labelled<T>[] {
  if (group.sorted) return group.members;
  // a separator below every character makes comparing texts comparing tokens
  const keyed = group.members.map((member) => ({ member, key: member.stat.name.replaceAll(".", "\0") })).sort((a, b) => (a.key < b.key ? -1 : 1));
  group.members = keyed.map(({ member }) => member);
  group.sorted = true;
  return group.members;
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
