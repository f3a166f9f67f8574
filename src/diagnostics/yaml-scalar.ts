import { SCALAR_STYLE, getScalarValue } from "js-yaml";
import type { ScalarEvent } from "js-yaml";

/**
 * The value of a YAML scalar as Envoy's `parseYamlNode` makes it on top of yaml-cpp: booleans in three spellings,
 * integers (decimal, `0x`, leading-zero octal) within int32 as numbers and beyond as decimal strings, everything
 * else, floats included, as strings. A quoted scalar, or one with the tag `!`, is a string; any other tag is ignored,
 * but keeps `null` from being null.
 */
export function scalarValue(text: string, event: ScalarEvent): string | number | boolean | null {
  const tagged = event.tagStart >= 0;
  if (event.valueStart < 0) return tagged ? "" : null;
  const value = scalarText(text, event);
  if (!tagged) return event.style === SCALAR_STYLE.PLAIN ? plainValue(value) : value;
  return text.slice(event.tagStart, event.tagEnd) === "!" ? value : boolOrInt(value);
}

/** A scalar as a key: its text; `null` in all its spellings is the key "null". */
export function keyText(text: string, event: ScalarEvent): string {
  if (event.tagStart >= 0 || event.style !== SCALAR_STYLE.PLAIN) return event.valueStart < 0 ? "" : scalarText(text, event);
  const key = event.valueStart < 0 ? "" : scalarText(text, event);
  return NULLS.has(key) ? "null" : key;
}

function scalarText(text: string, event: ScalarEvent): string {
  if (!event.fast) return getScalarValue(text, event);
  const value = text.slice(event.valueStart, event.valueEnd);
  // events may come from a text whose line breaks were masked (see yaml-events.ts): there "fast" is not to be trusted
  return value.includes("\n") ? getScalarValue(text, { ...event, fast: false }) : value;
}

/** Resolves an unquoted, untagged scalar. */
export function plainValue(value: string): string | number | boolean | null {
  return NULLS.has(value) ? null : boolOrInt(value);
}

const NULLS = new Set(["", "~", "null", "Null", "NULL"]);
const BOOLEANS = new Map<string, boolean>();
for (const [yes, no] of [["y", "n"], ["yes", "no"], ["true", "false"], ["on", "off"]] as const) {
  for (const [word, value] of [[yes, true], [no, false]] as const) {
    BOOLEANS.set(word, value);
    BOOLEANS.set(word.toUpperCase(), value);
    BOOLEANS.set(word.charAt(0).toUpperCase() + word.slice(1), value);
  }
}
const LONGEST_BOOLEAN = 5;

function boolOrInt(value: string): string | number | boolean {
  if (value.length <= LONGEST_BOOLEAN) {
    const known = BOOLEANS.get(value);
    if (known !== undefined) return known;
  }
  const c = value.charCodeAt(0);
  return (c >= 48 && c <= 57) || c === 43 || c === 45 ? intOrText(value) : value;
}

const INTEGER = /^[+-]?(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/;
const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
/** An unsigned decimal of so many digits is an int32 for certain. */
const SHORT = 9;

function intOrText(value: string): string | number {
  if (!INTEGER.test(value)) return value;
  const negative = value.startsWith("-");
  const digits = negative || value.startsWith("+") ? value.slice(1) : value;
  const decimal = digits === "0" || !digits.startsWith("0");
  if (decimal && digits.length <= SHORT) return negative && digits !== "0" ? -Number(digits) : Number(digits);
  const isHex = digits.charAt(1) === "x" || digits.charAt(1) === "X";
  const magnitude = BigInt(decimal || isHex ? digits.toLowerCase() : `0o${digits.slice(1) || "0"}`);
  const integer = negative ? -magnitude : magnitude;
  if (integer > INT64_MAX || integer < INT64_MIN) return value;
  const isInt32 = integer >= -2147483648n && integer <= 2147483647n;
  return isInt32 ? Number(integer) : String(integer);
}
