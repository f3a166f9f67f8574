/**
 * envoy.type.matcher.v3.StringMatcher over wire values (source/common/common/matchers.cc). `ignore_case` folds ASCII only.
 */
import { asciiLower, toWire } from "../base/wire-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { RegexMatcher, StringMatcher as StringMatcherConfig } from "../schema/generated/envoy/type/matcher/v3.ts";
import { shown } from "./condition.ts";
import { compileRegex } from "./regex.ts";
import type { Regex } from "./regex.ts";

export const honours = {
  "envoy.type.matcher.v3.StringMatcher": ["exact", "prefix", "suffix", "contains", "safe_regex", "ignore_case"],
  "envoy.type.matcher.v3.RegexMatcher": ["regex", "google_re2"],
  "envoy.type.matcher.v3.RegexMatcher.GoogleRE2": ["max_program_size"],
} as const;

export interface StringMatcher {
  test(value: string): boolean;
  /** Reads after the subject's name: `is exactly "x"`. */
  describe(): string;
  /** The only value that matches, if there is just one: an index may look it up. */
  readonly only?: string;
}

class Exact implements StringMatcher {
  readonly only: string;

  constructor(value: string) {
    this.only = value;
  }

  test(value: string): boolean {
    return value === this.only;
  }

  describe(): string {
    return `is exactly ${shown(this.only)}`;
  }
}

type Comparison = "is exactly" | "starts with" | "ends with" | "contains";

class Compared implements StringMatcher {
  private readonly how: Comparison;
  private readonly part: string;
  private readonly fold: boolean;

  constructor(how: Comparison, part: string, fold: boolean) {
    this.how = how;
    this.part = fold ? asciiLower(part) : part;
    this.fold = fold;
  }

  test(value: string): boolean {
    const text = this.fold ? asciiLower(value) : value;
    switch (this.how) {
      case "is exactly": return text === this.part;
      case "starts with": return text.startsWith(this.part);
      case "ends with": return text.endsWith(this.part);
      case "contains": return text.includes(this.part);
    }
  }

  describe(): string {
    return `${this.how} ${shown(this.part)}${this.fold ? " (case ignored)" : ""}`;
  }
}

class Matched implements StringMatcher {
  private readonly regex: Regex;

  constructor(regex: Regex) {
    this.regex = regex;
  }

  test(value: string): boolean {
    return this.regex.fullMatch(value);
  }

  describe(): string {
    return `matches the regex ${shown(this.regex.pattern)}`;
  }
}

/** Stands for a matcher that could not be compiled: matches nothing, so that a broken condition never opens a route. */
class Nothing implements StringMatcher {
  test(): boolean {
    return false;
  }

  describe(): string {
    return "matches a condition that is not available";
  }
}

export const NOTHING: StringMatcher = new Nothing();

/**
 * How large a program a pattern may have: runtime `re2.max_program_size.error_level`. It may stand on the diagnostics that a compile is
 * given; without it Envoy's default holds. Infinity: do not look.
 */
export interface RegexLimit {
  readonly maxProgramSize?: number;
}

const DEFAULT_MAX_PROGRAM_SIZE = 100;

/** What became of the pattern of a configuration object: it is looked at by the check of its message and by what is compiled of it. */
const compiled = new WeakMap<object, { readonly pattern: string; readonly regex: ReturnType<typeof compileRegex> }>();

function compiledAt(pattern: string, at: object): ReturnType<typeof compileRegex> {
  const known = compiled.get(at);
  if (known?.pattern === pattern) return known.regex;
  const regex = compileRegex(pattern);
  compiled.set(at, { pattern, regex });
  return regex;
}

/** Compiles a pattern and reports a syntax error, or a program that is too large, at (`at`, `key`). */
export function regexAt(pattern: string, at: object, key: string, diagnostics: Diagnostics & RegexLimit, ownLimit?: number): Regex | undefined {
  const regex = compiledAt(pattern, at);
  if (!("fullMatch" in regex)) {
    diagnostics.report({ code: "LGT0503", at, key, message: `invalid regex: ${regex.message}` });
    return undefined;
  }
  const limit = ownLimit ?? diagnostics.maxProgramSize ?? DEFAULT_MAX_PROGRAM_SIZE;
  const size = regex.programSize;
  if (size > limit) {
    const source = ownLimit === undefined ? " set for the error level threshold" : "";
    diagnostics.report({ code: "LGT0570", at, key, message: `regex '${pattern}' RE2 program size of ${size} > max program size of ${limit}${source}` });
  }
  return regex;
}

export function compileRegexMatcher(config: RegexMatcher, diagnostics: Diagnostics & RegexLimit): Regex | undefined {
  return regexAt(config.regex ?? "", config, "regex", diagnostics, config.google_re2?.max_program_size);
}

export function exactly(value: string): StringMatcher {
  return new Exact(value);
}

export function compared(how: Comparison, part: string, ignoreCase = false): StringMatcher {
  return how === "is exactly" && !ignoreCase ? new Exact(part) : new Compared(how, part, ignoreCase);
}

export function matched(regex: Regex | undefined): StringMatcher {
  return regex === undefined ? NOTHING : new Matched(regex);
}

/** Compiles a StringMatcher. What cannot be compiled is reported and matches nothing. */
export function compileStringMatcher(config: StringMatcherConfig, diagnostics: Diagnostics): StringMatcher {
  const fold = config.ignore_case === true;
  if (config.exact !== undefined) return compared("is exactly", toWire(config.exact), fold);
  if (config.prefix !== undefined) return compared("starts with", toWire(config.prefix), fold);
  if (config.suffix !== undefined) return compared("ends with", toWire(config.suffix), fold);
  if (config.contains !== undefined) return compared("contains", toWire(config.contains), fold);
  if (config.safe_regex !== undefined) {
    if (fold) diagnostics.report({ code: "LGT0521", at: config, key: "ignore_case", message: "ignore_case has no effect for safe_regex" });
    return matched(compileRegexMatcher(config.safe_regex, diagnostics));
  }
  if (config.custom === undefined) diagnostics.report({ code: "LGT0522", at: config, message: "the string matcher has no pattern" });
  return NOTHING;
}
