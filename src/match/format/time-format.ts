/**
 * Times as Envoy's format strings print them: strftime (absl::FormatTime), `%s` seconds since the epoch, `%f`, `%3f`, `%*f` and
 * `%E3S`, `%E3f` fractions. Always UTC.
 */

/** Prints a moment given in milliseconds since the epoch. */
export type TimeFormat = (milliseconds: number) => string;

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;
const MONTHS = [
  "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
] as const;
const two = (n: number): string => (n < 10 ? `0${n}` : String(n));
const DAY_MS = 86_400_000;

/** One moment, taken apart once. */
class Moment {
  readonly date: Date;
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
    this.date = new Date(Math.floor(milliseconds));
  }

  get seconds(): number {
    return Math.floor(this.milliseconds / 1000);
  }

  /** The fraction of the second in nine digits. */
  get fraction(): string {
    const nanos = Math.round((this.milliseconds - this.seconds * 1000) * 1e6);
    return String(Math.min(nanos, 999_999_999)).padStart(9, "0");
  }

  get dayOfYear(): number {
    return Math.floor((Math.floor(this.milliseconds) - Date.UTC(this.date.getUTCFullYear(), 0, 1)) / DAY_MS) + 1;
  }
}

const FIELDS: Readonly<Record<string, (m: Moment) => string>> = {
  Y: (m) => String(m.date.getUTCFullYear()),
  y: (m) => two(m.date.getUTCFullYear() % 100),
  C: (m) => two(Math.floor(m.date.getUTCFullYear() / 100)),
  m: (m) => two(m.date.getUTCMonth() + 1),
  d: (m) => two(m.date.getUTCDate()),
  e: (m) => String(m.date.getUTCDate()).padStart(2, " "),
  H: (m) => two(m.date.getUTCHours()),
  I: (m) => two(((m.date.getUTCHours() + 11) % 12) + 1),
  M: (m) => two(m.date.getUTCMinutes()),
  S: (m) => two(m.date.getUTCSeconds()),
  p: (m) => (m.date.getUTCHours() < 12 ? "AM" : "PM"),
  a: (m) => (DAYS[m.date.getUTCDay()] ?? "").slice(0, 3),
  A: (m) => DAYS[m.date.getUTCDay()] ?? "",
  b: (m) => (MONTHS[m.date.getUTCMonth()] ?? "").slice(0, 3),
  h: (m) => (MONTHS[m.date.getUTCMonth()] ?? "").slice(0, 3),
  B: (m) => MONTHS[m.date.getUTCMonth()] ?? "",
  j: (m) => String(m.dayOfYear).padStart(3, "0"),
  u: (m) => String(m.date.getUTCDay() || 7),
  w: (m) => String(m.date.getUTCDay()),
  s: (m) => String(m.seconds),
  Z: () => "UTC",
  z: () => "+0000",
  Ez: () => "+00:00",
  n: () => "\n",
  t: () => "\t",
  "%": () => "%",
};

const COMPOSED: Readonly<Record<string, string>> = {
  T: "%H:%M:%S", R: "%H:%M", F: "%Y-%m-%d", D: "%m/%d/%y", r: "%I:%M:%S %p", c: "%a %b %e %H:%M:%S %Y", x: "%m/%d/%y", X: "%H:%M:%S",
};

/** The fraction cut to a width; `*` cuts trailing zeros. */
function subseconds(m: Moment, width: string): string {
  return width === "*" ? m.fraction.replace(/0+$/, "") : m.fraction.slice(0, width === "" ? 9 : Number(width));
}

function field(spec: string): ((m: Moment) => string) | undefined {
  const fraction = /^(E?)([1-9*]?)([fS])$/.exec(spec);
  if (fraction !== null && (fraction[3] === "f" ? !(fraction[1] === "E" && fraction[2] === "") : fraction[1] === "E" && fraction[2] !== "")) {
    const width = fraction[2] ?? "";
    if (fraction[3] === "f") return (m) => subseconds(m, width) || "0";
    return (m) => {
      const digits = subseconds(m, width);
      return two(m.date.getUTCSeconds()) + (digits === "" ? "" : `.${digits}`);
    };
  }
  return FIELDS[spec];
}

/** Compiles a time format; unknown specifiers are printed as they stand. */
export function timeFormat(format: string): TimeFormat {
  const composed = format.replace(/%([TRFDrcxX])/g, (whole, letter: string) => COMPOSED[letter] ?? whole);
  const parts: (string | ((m: Moment) => string))[] = [];
  let at = 0;
  for (const found of composed.matchAll(/%(E[1-9*]?[SfzT]|[1-9*]f|[a-zA-Z%])/g)) {
    const print = field(found[1] ?? "");
    if (print === undefined) continue;
    if (found.index > at) parts.push(composed.slice(at, found.index));
    parts.push(print);
    at = found.index + found[0].length;
  }
  if (at < composed.length) parts.push(composed.slice(at));
  return (milliseconds) => {
    const moment = new Moment(milliseconds);
    let out = "";
    for (const part of parts) out += typeof part === "string" ? part : part(moment);
    return out;
  };
}

/** The default of START_TIME: `2024-05-01T10:00:00.250Z`. */
export function isoTime(milliseconds: number): string {
  const whole = Math.floor(milliseconds);
  if (whole !== lastIso.at) lastIso = { at: whole, text: new Date(whole).toISOString() };
  return lastIso.text;
}

/** With the offset of a time zone, in minutes east of UTC: `2026-11-25T01:32:57.176-0500`. */
export function localIsoTime(milliseconds: number, offset: number): string {
  const hours = Math.trunc(Math.abs(offset) / 60);
  return `${isoTime(milliseconds + offset * 60_000).slice(0, -1)}${offset < 0 ? "-" : "+"}${two(hours)}${two(Math.abs(offset) % 60)}`;
}

/** Many streams of a busy thread begin within one millisecond. */
let lastIso = { at: Number.NaN, text: "" };
