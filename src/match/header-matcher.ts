/**
 * envoy.config.route.v3.HeaderMatcher (source/common/http/header_utility.h). Repeated lines of a header are matched one by
 * one, as Envoy does since 1.39 (runtime feature match_headers_individually).
 */
import { toWire } from "../base/wire-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { nameId } from "../http/names.ts";
import type { HeaderMatcher as HeaderMatcherConfig } from "../schema/generated/envoy/config/route/v3.ts";
import { shown } from "./condition.ts";
import type { Condition } from "./condition.ts";
import type { RequestView } from "../contract/request-view.ts";
import { compared, compileRegexMatcher, compileStringMatcher, matched } from "./string-matcher.ts";
import type { StringMatcher } from "./string-matcher.ts";

export const honours = {
  "envoy.config.route.v3.HeaderMatcher": [
    "name", "exact_match", "safe_regex_match", "range_match", "present_match", "prefix_match", "suffix_match", "contains_match", "string_match",
    "invert_match", "treat_missing_header_as_empty",
  ],
  "envoy.type.v3.Int64Range": ["start", "end"],
} as const;

export class HeaderCondition implements Condition {
  readonly at: object;
  readonly key = "name";
  readonly id: number;
  private readonly name: string;
  /** `undefined`: asks only whether the header is there. */
  private readonly matcher: StringMatcher | undefined;
  private readonly present: boolean;
  private readonly invert: boolean;
  private readonly missingIsEmpty: boolean;

  constructor(config: HeaderMatcherConfig, matcher: StringMatcher | undefined) {
    this.at = config;
    this.name = (config.name ?? "").toLowerCase();
    this.id = nameId(this.name);
    this.matcher = matcher;
    this.present = config.present_match ?? true;
    this.invert = config.invert_match === true;
    this.missingIsEmpty = config.treat_missing_header_as_empty === true;
  }

  matches(request: RequestView): boolean {
    return this.test(request.headers);
  }

  /** The same question about any header block: responses, trailers. */
  test(headers: HeaderBlock): boolean {
    const first = headers.get(this.id);
    const matcher = this.matcher;
    if (matcher === undefined) {
      if (first === null && !this.missingIsEmpty) return this.invert === this.present;
      return this.present !== this.invert;
    }
    if (first === null) return this.missingIsEmpty && matcher.test("") !== this.invert;
    if (matcher.test(first)) return !this.invert;
    if (headers.count(this.id) === 1) return this.invert;
    return headers.getAll(this.id).some((line) => matcher.test(line)) !== this.invert;
  }

  /** The one value a first line must have, if the condition is that simple; an index may look it up. */
  get exactValue(): string | undefined {
    return this.invert || this.missingIsEmpty ? undefined : this.matcher?.only;
  }

  describe(): string {
    const missing = this.missingIsEmpty ? " (a missing one counts as empty)" : "";
    if (this.matcher === undefined) return `header ${this.name} is ${this.present === this.invert ? "absent" : "present"}${missing}`;
    return `${this.invert ? "not: " : ""}header ${this.name} ${this.matcher.describe()}${missing}`;
  }

  whyNot(request: RequestView): string {
    const lines = request.headers.getAll(this.id);
    if (lines.length > 0) return `header ${this.name} is ${lines.map(shown).join(" and ")}`;
    const note = this.invert && this.matcher !== undefined && !this.missingIsEmpty ? "; an inverted match on a missing header does not match either" : "";
    return `header ${this.name} is absent${note}`;
  }
}

const INTEGER = /^[\t\n\v\f\r ]*[+-]?\d+[\t\n\v\f\r ]*$/;
const LOWEST = -(2n ** 63n);

/** A value that is wholly one signed 64-bit integer, start <= value < end. */
class InRange implements StringMatcher {
  private readonly start: bigint;
  private readonly end: bigint;

  constructor(start: bigint, end: bigint) {
    this.start = start;
    this.end = end;
  }

  test(value: string): boolean {
    if (!INTEGER.test(value)) return false;
    const number = BigInt(value.trim().replace(/^\+/, ""));
    return number >= LOWEST && number < -LOWEST && number >= this.start && number < this.end;
  }

  describe(): string {
    return `is a number in [${this.start}, ${this.end})`;
  }
}

/** The deprecated `exact_match`: an empty one matches any value. */
class Anything implements StringMatcher {
  test(): boolean {
    return true;
  }

  describe(): string {
    return "has any value";
  }
}

function valueMatcher(config: HeaderMatcherConfig, diagnostics: Diagnostics): StringMatcher | undefined {
  if (config.string_match !== undefined) return compileStringMatcher(config.string_match, diagnostics);
  if (config.exact_match !== undefined) return config.exact_match === "" ? new Anything() : compared("is exactly", toWire(config.exact_match));
  if (config.safe_regex_match !== undefined) return matched(compileRegexMatcher(config.safe_regex_match, diagnostics));
  if (config.prefix_match !== undefined) return compared("starts with", toWire(config.prefix_match));
  if (config.suffix_match !== undefined) return compared("ends with", toWire(config.suffix_match));
  if (config.contains_match !== undefined) return compared("contains", toWire(config.contains_match));
  if (config.range_match !== undefined) return new InRange(BigInt(config.range_match.start ?? 0), BigInt(config.range_match.end ?? 0));
  return undefined;
}

/** Compiles a HeaderMatcher; without any specifier it asks for presence. */
export function compileHeaderMatcher(config: HeaderMatcherConfig, diagnostics: Diagnostics): HeaderCondition {
  return new HeaderCondition(config, valueMatcher(config, diagnostics));
}

/** Compiles a list whose members must all match. */
export function compileHeaderMatchers(configs: readonly HeaderMatcherConfig[] | undefined, diagnostics: Diagnostics): HeaderCondition[] {
  return (configs ?? []).map((config) => compileHeaderMatcher(config, diagnostics));
}

