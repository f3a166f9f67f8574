/** Envoy's words for a broken rule (protoc-gen-validate's C++ templates), by rule. */
import type { RuleTexts } from "./table.ts";

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** "at least 1 character", "between 2 and 5 items": what people are told. */
export function rangeWords(min: number | undefined, max: number | undefined, word: string): string {
  if (min !== undefined && max !== undefined) return min === max ? `exactly ${plural(min, word)}` : `between ${min} and ${plural(max, word)}`;
  return min === undefined ? `at most ${plural(max ?? 0, word)}` : `at least ${plural(min, word)}`;
}

/** `characters` or `bytes`. */
export function lengthReason(min: number | undefined, max: number | undefined, unit: string): string {
  if (min !== undefined && max !== undefined) return min === max ? `value length must be ${min} ${unit}` : `value length must be between ${min} and ${max} ${unit}, inclusive`;
  return `value length must be ${min === undefined ? `at most ${max}` : `at least ${min}`} ${unit}`;
}

/** For `item(s)` of lists and `pairs` of maps. */
export function countReason(min: number | undefined, max: number | undefined, unit: string): string {
  if (min !== undefined && max !== undefined) return min === max ? `value must contain exactly ${min} ${unit}` : `value must contain between ${min} and ${max} ${unit}, inclusive`;
  return `value must contain ${min === undefined ? `no more than ${max}` : `at least ${min}`} ${unit}`;
}

/** The bounds of an ordered value, as they are written in the rules. */
export interface Bounds {
  readonly low: string | number | undefined;
  readonly lowOpen: boolean;
  readonly high: string | number | undefined;
  readonly highOpen: boolean;
}

type Bound = string | number | undefined;

export function boundsOf(rules: RuleTexts): Bounds {
  const { gt, gte, lt, lte } = rules as Readonly<Record<string, Bound>>;
  return { low: gt ?? gte, lowOpen: gt !== undefined, high: lt ?? lte, highOpen: lt !== undefined };
}

export function hasBounds({ low, high }: Bounds): boolean {
  return low !== undefined || high !== undefined;
}

export function boundsReason({ low, lowOpen, high, highOpen }: Bounds): string {
  if (low !== undefined && high !== undefined) return `value must be inside range ${lowOpen ? "(" : "["}${low}, ${high}${highOpen ? ")" : "]"}`;
  if (low !== undefined) return `value must be greater than ${lowOpen ? "" : "or equal to "}${low}`;
  return `value must be less than ${highOpen ? "" : "or equal to "}${high}`;
}

export function boundsWords({ low, lowOpen, high, highOpen }: Bounds): string {
  if (low !== undefined && high !== undefined && !lowOpen && !highOpen) return `between ${low} and ${high}`;
  const parts = [low === undefined ? "" : `${lowOpen ? "greater than" : "at least"} ${low}`, high === undefined ? "" : `${highOpen ? "less than" : "at most"} ${high}`];
  return parts.filter((part) => part !== "").join(" and ");
}

const ESCAPES: Readonly<Record<string, string>> = { "\x07": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\", "\"": "\\\"" };

/** A text in quotes with escapes, as reasons show patterns. */
export function quoted(text: string): string {
  const escape = (c: string): string => ESCAPES[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`;
  return `"${text.replace(/[\x00-\x1f\x7f"\\]/g, escape)}"`;
}
