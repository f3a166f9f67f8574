/**
 * Numbers as protobuf's JSON parser reads them (legacy mode): JSON numbers, and strings that hold one. An integer may
 * be written "1e2", "100.0" or "0x64" as long as it is whole; no space around it. A float may have space around it.
 */
import type { RawValue } from "../diagnostics/raw.ts";
import { type Bad, type RawPlace, type Walk } from "./context.ts";
import { showRaw } from "./raw-text.ts";
import type { Kind } from "./shape.ts";

const INT32: readonly [number, number] = [-(2 ** 31), 2 ** 31 - 1];
const UINT32: readonly [number, number] = [0, 2 ** 32 - 1];
const INT64: readonly [bigint, bigint] = [-(2n ** 63n), 2n ** 63n - 1n];
const UINT64: readonly [bigint, bigint] = [0n, 2n ** 64n - 1n];

function boundsOf(kind: Kind): readonly [number | bigint, number | bigint] {
  switch (kind) {
    case "uint32":
    case "fixed32": return UINT32;
    case "int64":
    case "sint64":
    case "sfixed64": return INT64;
    case "uint64":
    case "fixed64": return UINT64;
    default: return INT32;
  }
}

/** The value of a number's text as C's strtod reads it, hexadecimal floats included; undefined if it is no number. */
function parseFloatText(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  const hex = /^([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?$/i.exec(text);
  if (hex === null || `${hex[2]}${hex[3]}` === "") return undefined;
  const [, sign = "", whole = "", part = "", power = "0"] = hex;
  const value = Number.parseInt(`${whole}${part}`, 16) * 2 ** (Number(power) - 4 * part.length);
  return sign === "-" ? -value : value;
}

/** The whole number that a raw value holds, "fraction" if it is no whole one, undefined if it is no number. */
function wholeOf(raw: RawValue): number | bigint | "fraction" | undefined {
  if (typeof raw === "bigint") return raw;
  let value: number | undefined;
  if (typeof raw === "string") {
    if (/^[+-]?\d{16,}$/.test(raw)) return BigInt(raw.startsWith("+") ? raw.slice(1) : raw);
    value = parseFloatText(raw);
  } else if (typeof raw === "number") value = raw;
  if (value === undefined || !Number.isFinite(value)) return undefined;
  if (!Number.isInteger(value)) return "fraction";
  return Number.isSafeInteger(value) ? value + 0 : BigInt(value);
}

/** A 64-bit value in the model's form: a number where that is exact, else decimal text. */
export function modelInteger(value: number | bigint): number | string {
  if (typeof value === "number") return value === 0 ? 0 : value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** Reads an integer of the kind. */
export function readInteger(walk: Walk, kind: Kind, raw: RawValue, at: RawPlace, key: string | number): number | string | Bad {
  const [low, high] = boundsOf(kind);
  if (typeof raw === "number" && Number.isSafeInteger(raw) && raw >= low && raw <= high) return raw === 0 ? 0 : raw;
  const value = wholeOf(raw);
  if (value === undefined) return walk.bad("LGT0203", at, key, `Expected a whole number, found ${showRaw(raw)}`);
  if (value === "fraction") return walk.bad("LGT0203", at, key, `Expected a whole number, found ${showRaw(raw)}`, "This field holds an integer");
  if (value < low || value > high) {
    return walk.bad("LGT0203", at, key, `${showRaw(raw)} is out of range`, `a ${kind} lies between ${low} and ${high}`);
  }
  return modelInteger(value);
}

/** Reads a float or double; what JSON has no number for is "NaN", "Infinity" or "-Infinity". */
export function readFloat(walk: Walk, kind: Kind, raw: RawValue, at: RawPlace, key: string | number): number | string | Bad {
  let value: number | undefined;
  if (typeof raw === "number") value = raw;
  else if (typeof raw === "bigint") value = Number(raw);
  else if (typeof raw === "string") value = floatText(raw.trim());
  if (value === undefined) return walk.bad("LGT0203", at, key, `Expected a number, found ${showRaw(raw)}`);
  const rounded = kind === "float" ? Math.fround(value) : value;
  return Number.isFinite(rounded) ? (rounded === 0 ? 0 : shortest(kind, value, rounded)) : String(rounded);
}

/** A float is kept as it was written where that means the same, so that 0.1 stays 0.1. */
function shortest(kind: Kind, written: number, rounded: number): number {
  return kind === "float" && Math.fround(written) === rounded ? written : rounded;
}

function floatText(text: string): number | undefined {
  const special = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i.exec(text);
  if (special === null) return parseFloatText(text);
  if (special[2] !== undefined) return Number.NaN;
  return special[1] === "-" ? -Infinity : Infinity;
}
