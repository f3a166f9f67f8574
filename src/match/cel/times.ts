/** The types of CEL beside text, numbers and flags: durations, timestamps, bytes, types. */
import { Bytes, Duration, FAILED, isList, isMap, Timestamp, TypeName, Uint } from "./values.ts";
import type { CelValue, Result } from "./values.ts";

const UNITS: Readonly<Record<string, bigint>> = { ns: 1n, us: 1000n, "\xb5s": 1000n, ms: 1_000_000n, s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n };
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|ms|s|m|h)/y;
const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/;
const SECOND = 1_000_000_000n;
/** Of year 1 and of year 9999, seconds. */
const [FIRST, LAST] = [-62_135_596_800n, 253_402_300_799n];
/** What a duration may be, either way. */
const LONGEST = 315_576_000_000n * SECOND;

const NAMES = ["int", "uint", "double", "bool", "string", "bytes", "list", "map", "null_type", "google.protobuf.Timestamp", "google.protobuf.Duration", "type"] as const;
/** The names of types, which are values. */
export const TYPES: ReadonlyMap<string, TypeName> = new Map(NAMES.map((name) => [name, new TypeName(name)]));

function nameOfType(value: CelValue): (typeof NAMES)[number] {
  if (value === null) return "null_type";
  if (value instanceof Uint) return "uint";
  if (value instanceof Bytes) return "bytes";
  if (value instanceof Timestamp) return "google.protobuf.Timestamp";
  if (value instanceof Duration) return "google.protobuf.Duration";
  if (value instanceof TypeName) return "type";
  if (isList(value)) return "list";
  if (isMap(value)) return "map";
  return typeof value === "bigint" ? "int" : typeof value === "number" ? "double" : typeof value === "boolean" ? "bool" : "string";
}

export function typeOf(value: CelValue | undefined): Result {
  return value === undefined ? FAILED : (TYPES.get(nameOfType(value)) ?? FAILED);
}

export function bytesOf(value: CelValue | undefined): Result {
  if (value instanceof Bytes) return value;
  return typeof value === "string" ? new Bytes(value) : FAILED;
}

function aDuration(nanos: bigint): Result {
  return nanos > LONGEST || nanos < -LONGEST ? FAILED : new Duration(nanos);
}

/** `1h2m3.5s`, as absl reads it. */
export function durationOf(value: CelValue | undefined): Result {
  if (value instanceof Duration) return value;
  if (typeof value !== "string") return FAILED;
  const bare = value.replace(/^[+-]/, "");
  if (bare === "0") return new Duration(0n);
  let nanos = 0n;
  for (let at = 0; at < bare.length; at = PART.lastIndex) {
    PART.lastIndex = at;
    const [, number = "", unit = ""] = PART.exec(bare) ?? [];
    if (unit === "") return FAILED;
    const [whole = "", fraction = ""] = number.split(".");
    const size = UNITS[unit] ?? 0n;
    nanos += BigInt(whole === "" ? 0 : whole) * size + (fraction === "" ? 0n : (BigInt(fraction.slice(0, 18)) * size) / 10n ** BigInt(Math.min(fraction.length, 18)));
  }
  return bare === "" ? FAILED : aDuration(value.startsWith("-") ? -nanos : nanos);
}

function aTimestamp(nanos: bigint): Result {
  return nanos < FIRST * SECOND || nanos >= (LAST + 1n) * SECOND ? FAILED : new Timestamp(nanos);
}

export function timestampOf(value: CelValue | undefined): Result {
  if (value instanceof Timestamp) return value;
  if (typeof value === "bigint") return aTimestamp(value * SECOND);
  const found = typeof value === "string" ? RFC3339.exec(value) : null;
  if (found === null) return FAILED;
  const [, year = "", month = "", day = "", hour = "", minute = "", second = "", fraction = "", zone = ""] = found;
  const days = new Date(0);
  days.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (days.getUTCMonth() !== Number(month) - 1 || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return FAILED;
  const offset = offsetOf(zone.toUpperCase() === "Z" ? "UTC" : zone) ?? 0;
  const seconds = BigInt(days.getTime() / 1000) + BigInt(Number(hour) * 3600 + Number(minute) * 60 + Number(second) - offset);
  return aTimestamp(seconds * SECOND + BigInt(fraction.padEnd(9, "0")));
}

/** Whole seconds of a timestamp. */
export function secondsOf(value: CelValue): bigint | undefined {
  return value instanceof Timestamp ? floorDiv(value.key, SECOND) : undefined;
}

/** Sums and differences with times; undefined: there are none here. */
export function WITH_TIMES(operator: string, a: CelValue, b: CelValue): Result | undefined {
  const [sign, isSum] = [operator === "-" ? -1n : 1n, operator === "+"];
  if (operator !== "+" && operator !== "-") return undefined;
  if (a instanceof Duration && b instanceof Duration) return aDuration(a.key + sign * b.key);
  if (a instanceof Timestamp && b instanceof Duration) return aTimestamp(a.key + sign * b.key);
  if (isSum && a instanceof Duration && b instanceof Timestamp) return aTimestamp(a.key + b.key);
  return !isSum && a instanceof Timestamp && b instanceof Timestamp ? aDuration(a.key - b.key) : undefined;
}

function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

/** Seconds east of Greenwich; undefined: not a zone of fixed distance. */
function offsetOf(zone: string): number | undefined {
  if (zone === "" || zone === "UTC") return 0;
  const [, sign, hours, minutes] = /^([+-]?)(\d{2}):(\d{2})$/.exec(zone) ?? [];
  return hours === undefined ? undefined : (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000);
}

const FIELDS: Readonly<Record<string, (date: Date) => number>> = {
  getFullYear: (date) => date.getUTCFullYear(), getMonth: (date) => date.getUTCMonth(), getDate: (date) => date.getUTCDate(), getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDayOfWeek: (date) => date.getUTCDay(), getDayOfYear: dayOfYear, getHours: (date) => date.getUTCHours(), getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(), getMilliseconds: (date) => date.getUTCMilliseconds(),
};
/** Of durations: the whole of it in this unit, or the part below a second. */
const OF_DURATION: Readonly<Record<string, (nanos: bigint) => bigint>> = {
  getHours: (nanos) => nanos / (3600n * SECOND), getMinutes: (nanos) => nanos / (60n * SECOND), getSeconds: (nanos) => nanos / SECOND, getMilliseconds: (nanos) => (nanos % SECOND) / 1_000_000n,
};

interface Getter {
  readonly arity: number;
  readonly atMost: number;
  apply(args: readonly CelValue[]): Result;
}

/** A timestamp in a zone: in UTC, or at a fixed distance; named zones are not known here. */
export function timeGetters(): readonly (readonly [string, Getter])[] {
  return Object.entries(FIELDS).map(([name, read]) => {
    const apply = ([value, zone]: readonly CelValue[]): Result => {
      if (value instanceof Duration) return zone === undefined ? (OF_DURATION[name]?.(value.key) ?? FAILED) : FAILED;
      const offset = zone === undefined ? 0 : typeof zone === "string" ? offsetOf(zone) : undefined;
      if (!(value instanceof Timestamp) || offset === undefined) return FAILED;
      return BigInt(read(new Date(Number(floorDiv(value.key, 1_000_000n)) + offset * 1000)));
    };
    return [name, { arity: 1, atMost: 2, apply }] as const;
  });
}

/** As absl prints a duration: `1h2m3.5s`. */
export function durationText(nanos: bigint): string {
  if (nanos === 0n) return "0";
  const [sign, left] = nanos < 0n ? ["-", -nanos] : ["", nanos];
  for (const unit of ["ns", "us", "ms"] as const) {
    const size = UNITS[unit] ?? 1n;
    if (left < size * 1000n) return `${sign}${decimals(left, size)}${unit}`;
  }
  const [hours, minutes, rest] = [left / (3600n * SECOND), (left / (60n * SECOND)) % 60n, left % (60n * SECOND)];
  return `${sign}${hours === 0n ? "" : `${hours}h`}${minutes === 0n ? "" : `${minutes}m`}${rest === 0n ? "" : `${decimals(rest, SECOND)}s`}`;
}

function decimals(value: bigint, unit: bigint): string {
  const fraction = String(value % unit).padStart(String(unit).length - 1, "0").replace(/0+$/, "");
  return `${value / unit}${unit === 1n || fraction === "" ? "" : `.${fraction}`}`;
}

/** As absl prints a timestamp in UTC: `2020-01-02T03:04:05.678+00:00`. */
export function timestampText(nanos: bigint): string {
  const seconds = floorDiv(nanos, SECOND);
  const fraction = String(nanos - seconds * SECOND).padStart(9, "0").replace(/0+$/, "");
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}${fraction === "" ? "" : `.${fraction}`}+00:00`;
}
