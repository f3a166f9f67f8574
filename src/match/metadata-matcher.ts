/** envoy.type.matcher.v3.MetadataMatcher and ValueMatcher over metadata given as plain JSON. */
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { MetadataMatcher, ValueMatcher as ValueMatcherConfig } from "../schema/generated/envoy/type/matcher/v3.ts";
import { toWire } from "../base/wire-text.ts";
import { shown } from "./condition.ts";
import type { Condition } from "./condition.ts";
import type { RequestView } from "../contract/request-view.ts";
import { compileStringMatcher } from "./string-matcher.ts";
import type { StringMatcher } from "./string-matcher.ts";

export const honours = {
  "envoy.type.matcher.v3.MetadataMatcher": ["filter", "path", "value", "invert"],
  "envoy.type.matcher.v3.MetadataMatcher.PathSegment": ["key"],
  "envoy.type.matcher.v3.ValueMatcher": ["null_match", "double_match", "string_match", "bool_match", "present_match", "list_match", "or_match"],
  "envoy.type.matcher.v3.ValueMatcher.NullMatch": [],
  "envoy.type.matcher.v3.DoubleMatcher": ["range", "exact"],
  "envoy.type.v3.DoubleRange": ["start", "end"],
  "envoy.type.matcher.v3.ListMatcher": ["one_of"],
  "envoy.type.matcher.v3.OrMatcher": ["value_matchers"],
} as const;

/** A test of one JSON value; `undefined` is a value that is not there. */
export type ValueTest = (value: unknown) => boolean;

function textTest(matcher: StringMatcher): ValueTest {
  return (value) => typeof value === "string" && matcher.test(toWire(value));
}

/** Compiles a ValueMatcher; one that says nothing matches nothing. */
export function compileValueMatcher(config: ValueMatcherConfig | undefined, diagnostics: Diagnostics): ValueTest {
  if (config?.null_match !== undefined) return (value) => value === null;
  if (config?.bool_match !== undefined) return (value) => value === config.bool_match;
  if (config?.present_match !== undefined) return (value) => config.present_match === true && value !== undefined;
  if (config?.string_match !== undefined) return textTest(compileStringMatcher(config.string_match, diagnostics));
  if (config?.double_match !== undefined) {
    const { range, exact } = config.double_match;
    if (range === undefined) return (value) => value === Number(exact ?? 0);
    return (value) => typeof value === "number" && Number(range.start ?? 0) <= value && value < Number(range.end ?? 0);
  }
  if (config?.list_match !== undefined) {
    const one = compileValueMatcher(config.list_match.one_of, diagnostics);
    return (value) => Array.isArray(value) && value.some((item) => one(item));
  }
  if (config?.or_match !== undefined) {
    const any = (config.or_match.value_matchers ?? []).map((matcher) => compileValueMatcher(matcher, diagnostics));
    return (value) => any.some((test) => test(value));
  }
  return () => false;
}

/** Follows keys through structs; `undefined` where the path ends. */
export function metadataAt(metadata: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  let value: unknown = metadata;
  for (const key of path) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

export class MetadataCondition implements Condition {
  readonly at: object;
  readonly key = "path";
  private readonly path: readonly string[];
  private readonly test: ValueTest;
  private readonly invert: boolean;

  constructor(config: MetadataMatcher, diagnostics: Diagnostics) {
    this.at = config;
    this.path = [config.filter ?? "", ...(config.path ?? []).map((segment) => segment.key ?? "")];
    this.test = compileValueMatcher(config.value, diagnostics);
    this.invert = config.invert === true;
  }

  matches(request: RequestView): boolean {
    return this.matchesMetadata(request.metadata);
  }

  /** The same question about any metadata: an endpoint's, a route's. */
  matchesMetadata(metadata: Readonly<Record<string, unknown>>): boolean {
    return this.test(metadataAt(metadata, this.path)) !== this.invert;
  }

  describe(): string {
    return `${this.invert ? "not: " : ""}dynamic metadata ${this.path.join(" > ")} matches`;
  }

  whyNot(request: RequestView): string {
    const value = metadataAt(request.metadata, this.path);
    return `dynamic metadata ${this.path.join(" > ")} is ${value === undefined ? "absent" : shown(JSON.stringify(value))}`;
  }
}
