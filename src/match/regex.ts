/**
 * RE2 patterns as Envoy uses them (source/common/common/regex.cc): full match, and RE2's GlobalReplace. Always linear in
 * the text; look-around and back-references do not exist and are syntax errors. Text comes and goes in wire form, and Envoy
 * 1.40 matches bytes: `.` is one byte of a UTF-8 character, and a pattern's own text is its UTF-8 bytes.
 */
import { RE2JS } from "re2js";
import { toWire } from "../base/wire-text.ts";
import { forRe2Port } from "./re2-text.ts";
import { plainPattern } from "./plain-pattern.ts";
import { type Program, RegexAutomaton } from "./regex-automaton.ts";

/** The compiled program, which re2js does not show in its types. */
export function programOf(re2: RE2JS): Program {
  return (re2 as unknown as { readonly re2Input: { readonly prog: Program } }).re2Input.prog;
}

export class Regex {
  readonly pattern: string;
  private readonly re2: RE2JS;
  private readonly plain: RegExp | undefined;
  /** Made when it is first asked; null: this pattern has none. */
  private automaton: RegexAutomaton | null | undefined;

  constructor(pattern: string, re2: RE2JS) {
    this.pattern = pattern;
    this.re2 = re2;
    const plain = plainPattern(toWire(pattern));
    this.plain = plain === undefined ? undefined : new RegExp(`^(?:${plain})$`);
  }

  /** True if the pattern matches the whole value. */
  fullMatch(value: string): boolean {
    if (this.plain !== undefined) return this.plain.test(value);
    if (this.automaton === undefined) this.automaton = RegexAutomaton.of(programOf(this.re2)) ?? null;
    return this.automaton === null ? this.re2.matches(value) : this.automaton.fullMatch(value);
  }

  /** True if the pattern matches somewhere in the value. */
  matchesWithin(value: string): boolean {
    return this.re2.matcher(value).find();
  }

  /** Where the groups of the first match stand (0 is the whole), `null` for one that took no part; `undefined` if there is no match. */
  spansWithin(value: string): ({ readonly from: number; readonly to: number } | null)[] | undefined {
    const matcher = this.re2.matcher(value);
    if (!matcher.find()) return undefined;
    return Array.from({ length: this.re2.groupCount() + 1 }, (_, i) => (matcher.start(i) < 0 ? null : { from: matcher.start(i), to: matcher.end(i) }));
  }

  /** The groups of a full match (0 is the whole), `null` for one that took no part; `undefined` if there is no match. */
  groups(value: string): (string | null)[] | undefined {
    const matcher = this.re2.matcher(value);
    if (!matcher.matches()) return undefined;
    return Array.from({ length: this.re2.groupCount() + 1 }, (_, i) => matcher.group(i));
  }

  /** The groups of the first match anywhere in the value; `undefined` if there is none. */
  search(value: string): (string | null)[] | undefined {
    const matcher = this.re2.matcher(value);
    if (!matcher.find()) return undefined;
    return Array.from({ length: this.re2.groupCount() + 1 }, (_, i) => matcher.group(i));
  }

  /** The number of a named group, 0 if there is none of that name. */
  groupNamed(name: string): number {
    return Number((this.re2.namedGroups() as Record<string, number>)[name] ?? 0);
  }

  /**
   * Replaces every match; in `substitution` (wire form) `\0` is the match, `\1` to `\9` its groups, `\\` a backslash. A substitution that names a group the
   * pattern does not have leaves the value as it was.
   */
  replaceAll(value: string, substitution: string): string {
    if (highestGroup(substitution) > this.re2.groupCount()) return value;
    const matcher = this.re2.matcher(value);
    let out = "";
    let at = 0;
    let lastEnd = -1;
    while (at <= value.length && matcher.find(at)) {
      const start = matcher.start();
      const end = matcher.end();
      out += value.slice(at, start);
      if (start === end && start === lastEnd) {
        out += value.slice(start, start + 1);
        at = start + 1;
        continue;
      }
      out += expand(substitution, (group) => matcher.group(group) ?? "");
      at = end;
      lastEnd = end;
    }
    return lastEnd < 0 ? value : out + value.slice(at);
  }
}

function highestGroup(substitution: string): number {
  let highest = 0;
  for (const [, escaped] of substitution.matchAll(/\\([\s\S])/g)) {
    if (escaped !== undefined && escaped >= "0" && escaped <= "9") highest = Math.max(highest, Number(escaped));
  }
  return highest;
}

/** RE2's Rewrite: stops at the first backslash that is followed by neither a digit nor a backslash. */
function expand(substitution: string, group: (index: number) => string): string {
  let out = "";
  for (let i = 0; i < substitution.length; i++) {
    const c = substitution[i] ?? "";
    if (c !== "\\") {
      out += c;
      continue;
    }
    const next = substitution[++i] ?? "";
    if (next >= "0" && next <= "9") out += group(Number(next));
    else if (next === "\\") out += "\\";
    else return out;
  }
  return out;
}

/** A pattern that RE2 refuses; `message` is in RE2's words. */
export interface RegexError {
  readonly message: string;
}

/** Compiles a pattern; a syntax error is a value. */
export function compileRegex(pattern: string): Regex | RegexError {
  const text = forRe2Port(toWire(pattern));
  if (typeof text !== "string") return text;
  try {
    return new Regex(pattern, RE2JS.compile(text));
  } catch (error) {
    return { message: inWordsOfRe2(pattern, error instanceof Error ? error.message : String(error)) };
  }
}

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/missing closing \)/, "missing )"],
  [/unexpected \)/, "unexpected )"],
  [/missing closing \]/, "missing ]"],
  [/missing argument to repetition operator/, "no argument for repetition operator"],
  [/invalid nested repetition operator/, "bad repetition operator"],
  [/invalid repeat count/, "invalid repetition size"],
  [/invalid escape sequence/, "invalid escape sequence"],
  [/invalid named capture: `\(\?<[=!]/, "invalid perl operator"],
  [/invalid named capture/, "invalid named capture group"],
  [/invalid or unsupported Perl syntax/, "invalid perl operator"],
  [/invalid character class range/, "invalid character class range"],
  [/trailing backslash/, "trailing \\"],
];

/** Says a syntax error as the C++ library does: `missing ): (a`. */
function inWordsOfRe2(pattern: string, message: string): string {
  const words = WORDS.find(([found]) => found.test(message))?.[1];
  if (words === undefined) return message;
  if (words === "trailing \\") return words;
  if (words === "missing )" || words === "unexpected )") return `${words}: ${pattern}`;
  const argument = /: `([\s\S]*)`$/.exec(message)?.[1] ?? pattern;
  if (words === "invalid perl operator" && argument.startsWith("(?<")) return `${words}: ${argument.slice(0, 4)}`;
  return `${words}: ${argument}`;
}
