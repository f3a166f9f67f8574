/** Durations ("1.5s") and timestamps (RFC 3339) as protobuf's JSON parser reads them. */
import type { RawValue } from "../diagnostics/raw.ts";
import type { Bad, RawPlace, Walk } from "./context.ts";
import type { Duration, Timestamp } from "./generated/google/protobuf.ts";
import { showRaw } from "./raw-text.ts";

/** Ten thousand years, protobuf's limit. */
const MAX_SECONDS = 315_576_000_000;
const UNITS: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, sec: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** Reads "-?digits[.digits]s"; undefined if the text is something else or out of range. */
export function parseDuration(text: string): Duration | undefined {
  const match = /^(-?)(\d+)(?:\.(\d{1,9}))?s$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", part = ""] = match;
  const seconds = Number(whole);
  if (seconds > MAX_SECONDS) return undefined;
  const nanos = part === "" ? 0 : Number(part.padEnd(9, "0"));
  return sign === "-" ? { seconds: seconds === 0 ? 0 : -seconds, nanos: nanos === 0 ? 0 : -nanos } : { seconds, nanos };
}

/** The canonical text of a duration: no, three, six or nine digits after the point. */
export function durationText({ seconds, nanos }: Duration): string {
  const sign = seconds < 0 || nanos < 0 ? "-" : "";
  return `${sign}${Math.abs(seconds)}${fraction(Math.abs(nanos))}s`;
}

function fraction(nanos: number): string {
  if (nanos === 0) return "";
  const digits = String(nanos).padStart(9, "0");
  return `.${digits.endsWith("000000") ? digits.slice(0, 3) : digits.endsWith("000") ? digits.slice(0, 6) : digits}`;
}

/** A duration as Envoy prints it in the reasons of broken rules: "1h0m0s", "1.5s", "20ms". Not negative. */
export function reasonText({ seconds, nanos }: Duration): string {
  if (seconds === 0) {
    const [scale, unit] = nanos === 0 ? [1, "s"] : nanos < 1_000 ? [1, "ns"] : nanos < 1_000_000 ? [1_000, "µs"] : [1_000_000, "ms"];
    return `${nanos / (scale as number)}${unit}`;
  }
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = `${seconds % 60}${fraction(nanos).replace(/0+$/, "")}s`;
  return hours > 0 ? `${hours}h${minutes}m${rest}` : minutes > 0 ? `${minutes}m${rest}` : rest;
}

/** What somebody who wrote `text` may have meant: "250ms" -> "0.250s". */
function suggestion(text: string): string | undefined {
  const match = /^\s*(\d*\.?\d+)\s*([a-zµ]*)\s*$/i.exec(text);
  if (match === null) return undefined;
  const factor = UNITS[(match[2] ?? "").toLowerCase() || "s"];
  if (factor === undefined) return undefined;
  const nanos = Math.round(Number(match[1]) * factor * 1e9);
  if (!Number.isSafeInteger(nanos)) return undefined;
  return durationText({ seconds: Math.floor(nanos / 1e9), nanos: nanos % 1e9 });
}

/** Reads a duration's string. */
export function readDuration(walk: Walk, raw: RawValue, at: RawPlace, key: string | number): Duration | Bad {
  const duration = typeof raw === "string" ? parseDuration(raw) : undefined;
  if (duration !== undefined) return duration;
  const meant = typeof raw === "string" || typeof raw === "number" ? suggestion(String(raw)) : undefined;
  return walk.bad("LGT0205", at, key, `Expected a duration, found ${showRaw(raw)}`,
    "A duration is a string of seconds that ends in \"s\", such as 1s or 0.250s, at most 315576000000s", meant === undefined ? undefined : `Write ${meant}`);
}

/** Days since 1970-01-01; a day that the month lacks counts on into the next month, as in protobuf. */
function dayNumber(year: number, month: number, day: number): number {
  return Math.floor(new Date(0).setUTCFullYear(year, month - 1, day) / 86_400_000);
}

/** Reads an RFC 3339 text; undefined if it is none. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  if (year === 0 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return undefined;
  const offset = (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * 60 * (match[8] === "-" ? -1 : 1);
  return { seconds: dayNumber(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset, nanos: Number((match[7] ?? "").padEnd(9, "0")) };
}

/** The canonical text of a timestamp, in UTC. */
export function timestampText({ seconds, nanos }: Timestamp): string {
  const date = new Date(seconds * 1000);
  return `${date.toISOString().slice(0, 19)}${fraction(nanos)}Z`;
}

/** Reads a timestamp's string. */
export function readTimestamp(walk: Walk, raw: RawValue, at: RawPlace, key: string | number): Timestamp | Bad {
  const timestamp = typeof raw === "string" ? parseTimestamp(raw) : undefined;
  if (timestamp !== undefined) return timestamp;
  return walk.bad("LGT0206", at, key, `Expected a point in time, found ${showRaw(raw)}`, "Times are written as in RFC 3339: 2030-01-31T23:59:59Z");
}
