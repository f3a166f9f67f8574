/**
 * RE2 patterns as Envoy uses them (source/common/common/regex.cc): full match, and RE2's GlobalReplace. Always linear in
 * the text; look-around and back-references do not exist and are syntax errors. Text comes and goes in wire form, and Envoy
 * 1.40 matches bytes: `.` is one byte of a UTF-8 character, and a pattern's own text is its UTF-8 bytes.
 */
import { toWire } from "../base/wire-text.ts";
import { plainPattern } from "./plain-pattern.ts";
import { type Matcher, matcherOf } from "./re2/matcher.ts";
import { programSize } from "./re2/program-size.ts";
import { RegexAutomaton } from "./regex-automaton.ts";

const ANYWHERE = { from: 0, atStart: false, atEnd: false } as const;
const WHOLE = { from: 0, atStart: true, atEnd: true } as const;

/** Where a group stands, `null` for one that took no part. */
type Span = { readonly from: number; readonly to: number } | null;

export class Regex {
  readonly pattern: string;
  /** How many instructions RE2's program for it has. */
  readonly programSize: number;
  /** These are made when they are first asked; null: the pattern has none. */
  private plain: RegExp | null | undefined;
  private automaton: RegexAutomaton | null | undefined;
  private made: Matcher | undefined;

  constructor(pattern: string, programSize: number) {
    this.pattern = pattern;
    this.programSize = programSize;
  }

  /** True if the pattern matches the whole value. */
  fullMatch(value: string): boolean {
    if (this.plain === undefined) this.plain = plainOf(this.pattern);
    if (this.plain !== null) return this.plain.test(value);
    if (this.automaton === undefined) this.automaton = RegexAutomaton.of(this.matcher.program) ?? null;
    return this.automaton === null ? this.matcher.find(value, WHOLE) !== undefined : this.automaton.fullMatch(value);
  }

  /** True if the pattern matches somewhere in the value. */
  matchesWithin(value: string): boolean {
    return this.matcher.find(value, ANYWHERE) !== undefined;
  }

  /** Where the groups of the first match stand (0 is the whole); `undefined` if there is no match. */
  spansWithin(value: string): Span[] | undefined {
    const found = this.matcher.find(value, ANYWHERE);
    return found === undefined ? undefined : spansOf(found);
  }

  /** The groups of a full match (0 is the whole), `null` for one that took no part; `undefined` if there is no match. */
  groups(value: string): (string | null)[] | undefined {
    const found = this.matcher.find(value, WHOLE);
    return found === undefined ? undefined : textsOf(found, value);
  }

  /** The groups of the first match anywhere in the value; `undefined` if there is none. */
  search(value: string): (string | null)[] | undefined {
    const found = this.matcher.find(value, ANYWHERE);
    return found === undefined ? undefined : textsOf(found, value);
  }

  /** The number of a named group, 0 if there is none of that name. */
  groupNamed(name: string): number {
    return this.matcher.names.get(toWire(name)) ?? 0;
  }

  /**
   * Replaces every match; in `substitution` (wire form) `\0` is the match, `\1` to `\9` its groups, `\\` a backslash. A substitution that names a group the
   * pattern does not have leaves the value as it was.
   */
  replaceAll(value: string, substitution: string): string {
    const { matcher } = this;
    if (highestGroup(substitution) > matcher.groups) return value;
    let out = "";
    let at = 0;
    let lastEnd = -1;
    while (at <= value.length) {
      const found = matcher.find(value, { from: at, atStart: false, atEnd: false });
      if (found === undefined) break;
      const [start = 0, end = 0] = found;
      out += value.slice(at, start);
      if (start === end && start === lastEnd) {
        out += value.slice(start, start + 1);
        at = start + 1;
        continue;
      }
      out += expand(substitution, (group) => textAt(found, value, group) ?? "");
      at = end;
      lastEnd = end;
    }
    return lastEnd < 0 ? value : out + value.slice(at);
  }

  private get matcher(): Matcher {
    return (this.made ??= matcherOf(this.pattern));
  }
}

function plainOf(pattern: string): RegExp | null {
  const plain = plainPattern(toWire(pattern));
  return plain === undefined ? null : new RegExp(`^(?:${plain})$`);
}

function textAt(found: readonly number[], value: string, group: number): string | null {
  const [from = -1, to = -1] = [found[2 * group], found[2 * group + 1]];
  return from < 0 || to < 0 ? null : value.slice(from, to);
}

function textsOf(found: readonly number[], value: string): (string | null)[] {
  return Array.from({ length: found.length / 2 }, (_, group) => textAt(found, value, group));
}

function spansOf(found: readonly number[]): Span[] {
  return Array.from({ length: found.length / 2 }, (_, group) => {
    const [from = -1, to = -1] = [found[2 * group], found[2 * group + 1]];
    return from < 0 || to < 0 ? null : { from, to };
  });
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
  const size = programSize(pattern);
  return typeof size === "number" ? new Regex(pattern, size) : { message: size.message };
}
