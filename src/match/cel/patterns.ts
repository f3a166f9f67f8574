/** Regular expressions in CEL. */
import { fromWire } from "../../base/wire-text.ts";
import { compileRegex, type Regex, type RegexError } from "../regex.ts";

/** Envoy's limit on the size of a program that an expression writes out. */
const LARGEST_PROGRAM = 100;
const MOST_KEPT = 256;
/** What may be right where a pattern is read as characters, as here, and wrong where it is read as bytes. */
const OF_CHARACTERS = /\\x\{|\\[1-7]|\(\?P?<[^>]*[^\x00-\x7f]/;
const kept = new Map<string, Regex | RegexError>();

/** The pattern (wire form) compiled; the last few are kept, as an expression has the same one each time it is evaluated. */
export function compiledPattern(pattern: string): Regex | RegexError {
  const known = kept.get(pattern);
  if (known !== undefined) return known;
  if (kept.size >= MOST_KEPT) kept.clear();
  const regex = compileRegex(fromWire(pattern));
  kept.set(pattern, regex);
  return regex;
}

/** Why Envoy refuses an expression with this pattern (wire form) written out; undefined if it takes it. */
export function patternFault(pattern: string): string | undefined {
  const regex = compiledPattern(pattern);
  if (!("fullMatch" in regex)) return OF_CHARACTERS.test(pattern) ? undefined : `invalid regular expression: ${regex.message}`;
  return regex.programSize > LARGEST_PROGRAM ? "regular expression exceeds max allowed size" : undefined;
}
