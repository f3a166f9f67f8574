/** `stats_config` and what else of the bootstrap is about statistics, compiled: tags, buckets, flushing. */
import { optionalMs } from "../base/duration.ts";
import { toWire } from "../base/wire-text.ts";
import { type Regex, compileRegex } from "../match/regex.ts";
import { stdRegexFault } from "../match/std-regex/fault.ts";
import { type StringMatcher, compileStringMatcher } from "../match/string-matcher.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import type { StatsConfig as StatsConfigMessage, TagSpecifier } from "../schema/generated/envoy/config/metrics/v3.ts";
import { DEFAULT_BOUNDS } from "../stats/histogram.ts";
import { DEFAULT_TAGS } from "../stats/tag-patterns.ts";
import { regexTag, type Tag, type TagExtractor, TagProducer } from "../stats/tags.ts";

export interface StatsConfig {
  readonly tags: TagProducer;
  readonly bounds: (name: string) => readonly number[];
  readonly flushMs: number;
  /** Histograms end their interval when somebody asks. */
  readonly flushOnAdmin: boolean;
}

const SILENT = { report: (): void => undefined };
const DEFAULT_FLUSH_MS = 5_000;

/** `flags`: `--stats-tag`, name to value. */
export function statsConfig(bootstrap: Bootstrap, flags: ReadonlyMap<string, string>): StatsConfig {
  const config = bootstrap.stats_config ?? {};
  const wanted = config.stats_tags ?? [];
  const fixed: Tag[] = [...flags].map(([name, value]) => ({ name, value }));
  for (const { tag_name: name = "", fixed_value: value } of wanted) if (value !== undefined) fixed.push({ name, value });
  const defaults = config.use_all_default_tags === false ? [] : DEFAULT_TAGS;
  return {
    tags: new TagProducer([...defaults, ...wanted.flatMap((tag) => extractors(tag, config.use_all_default_tags === false))], fixed),
    bounds: boundsOf(config),
    flushMs: Math.max(1, optionalMs(bootstrap.stats_flush_interval) ?? DEFAULT_FLUSH_MS),
    flushOnAdmin: bootstrap.stats_flush_on_admin ?? false,
  };
}

/** By its own expression, in linear time unless it looks ahead or back to a group, or a default tag by its name. */
function extractors({ tag_name: name = "", regex, fixed_value: value }: TagSpecifier, named: boolean): TagExtractor[] {
  if (value !== undefined) return [];
  if (regex === undefined || regex === "") return named ? DEFAULT_TAGS.filter((tag) => tag.name === name) : [];
  const compiled = compileRegex(regex);
  if (!("message" in compiled)) return [re2Tag(name, compiled)];
  return stdRegexFault(regex) === undefined ? [regexTag(name, new RegExp(toWire(regex), "d"))] : [];
}

/** The first group is left out of the name, the second (or else the first) is the value. */
function re2Tag(name: string, regex: Regex): TagExtractor {
  return {
    name,
    prefix: undefined,
    find(stat) {
      const [, cut, inner] = regex.spansWithin(stat) ?? [];
      if (cut === undefined || cut === null || cut.from === cut.to) return undefined;
      const at = inner === undefined || inner === null || inner.from === inner.to ? cut : inner;
      return { value: stat.slice(at.from, at.to), from: cut.from, to: cut.to };
    },
  };
}

function boundsOf(config: StatsConfigMessage): (name: string) => readonly number[] {
  const rules = (config.histogram_bucket_settings ?? []).map((rule): { matcher: StringMatcher; buckets: readonly number[] } => ({
    matcher: compileStringMatcher(rule.match ?? {}, SILENT),
    buckets: [...(rule.buckets ?? [])].sort((a, b) => a - b),
  }));
  if (rules.length === 0) return () => DEFAULT_BOUNDS;
  return (name) => rules.find(({ matcher, buckets }) => buckets.length > 0 && matcher.test(toWire(name)))?.buckets ?? DEFAULT_BOUNDS;
}
