/** The functions of CEL that Envoy's standard library has for text, numbers and sizes. */
import { compiledPattern } from "./patterns.ts";
import { bytesOf, durationOf, secondsOf, timeGetters, timestampOf, typeOf } from "./times.ts";
import { asNumber, Bytes, FAILED, isList, isMap, Uint } from "./values.ts";
import type { CelValue, Result } from "./values.ts";

export type CelFunction = (args: readonly CelValue[]) => Result;

function onText(compute: (text: string, part: string) => CelValue): CelFunction {
  return ([text, part]) => (typeof text === "string" && typeof part === "string" ? compute(text, part) : FAILED);
}

/** RE2's partial match. */
function matches([text, pattern]: readonly CelValue[]): Result {
  if (typeof text !== "string" || typeof pattern !== "string") return FAILED;
  const regex = compiledPattern(pattern);
  return "fullMatch" in regex ? regex.search(text) !== undefined : FAILED;
}

/** `re.extract(text, regex, rewrite)`: the first match put into `rewrite`. */
function extract([text, pattern, rewrite]: readonly CelValue[]): Result {
  if (typeof text !== "string" || typeof pattern !== "string" || typeof rewrite !== "string") return FAILED;
  const regex = compiledPattern(pattern);
  const groups = "fullMatch" in regex ? regex.search(text) : undefined;
  if (groups === undefined) return FAILED;
  return rewrite.replace(/\\([0-9\\])/g, (_, group: string) => (group === "\\" ? "\\" : (groups[Number(group)] ?? "")));
}

function capture([text, pattern]: readonly CelValue[]): Result {
  if (typeof text !== "string" || typeof pattern !== "string") return FAILED;
  const regex = compiledPattern(pattern);
  return ("fullMatch" in regex ? regex.search(text)?.[1] : undefined) ?? FAILED;
}

function size([value]: readonly CelValue[]): Result {
  if (typeof value === "string") return BigInt(value.replace(/[\x80-\xbf]+/g, "").length); // (code points)
  if (value instanceof Bytes) return BigInt(value.key.length);
  if (value !== undefined && isList(value)) return BigInt(value.length);
  return value !== undefined && isMap(value) ? BigInt(value.size) : FAILED;
}

function toInt([value]: readonly CelValue[]): Result {
  const seconds = value === undefined ? undefined : secondsOf(value);
  if (seconds !== undefined) return seconds;
  if (value instanceof Uint) return value.key >= 2n ** 63n ? FAILED : value.key;
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isFinite(value) ? BigInt(Math.trunc(value)) : FAILED;
  return typeof value === "string" && /^[+-]?\d+$/.test(value) ? BigInt(value.replace("+", "")) : FAILED;
}

function toUint([value]: readonly CelValue[]): Result {
  if (value instanceof Uint) return value;
  const whole = typeof value === "string" ? (/^\d+$/.test(value) ? BigInt(value) : FAILED) : toInt([value ?? null]);
  return typeof whole !== "bigint" || whole < 0n || whole >= 2n ** 64n ? FAILED : new Uint(whole);
}

function toDouble([value]: readonly CelValue[]): Result {
  const number = value === undefined ? undefined : asNumber(value);
  if (number !== undefined) return Number(number);
  return typeof value === "string" && value.trim() !== "" && !Number.isNaN(Number(value)) ? Number(value) : FAILED;
}

function toText([value]: readonly CelValue[]): Result {
  if (value instanceof Uint || value instanceof Bytes) return String(value.key);
  return typeof value === "object" || value === undefined ? FAILED : String(value);
}

export interface CelEntry {
  readonly arity: number;
  /** A further number of arguments that it takes. */
  readonly atMost?: number;
  readonly apply: CelFunction;
}

/** Functions by name; a method's object is its first argument. */
export const FUNCTIONS: ReadonlyMap<string, CelEntry> = new Map<string, CelEntry>([
  ["startsWith", { arity: 2, apply: onText((text, part) => text.startsWith(part)) }],
  ["endsWith", { arity: 2, apply: onText((text, part) => text.endsWith(part)) }],
  ["contains", { arity: 2, apply: onText((text, part) => text.includes(part)) }],
  ["matches", { arity: 2, apply: matches }],
  ["re.extract", { arity: 3, apply: extract }],
  ["re.capture", { arity: 2, apply: capture }],
  ["size", { arity: 1, apply: size }],
  ["int", { arity: 1, apply: toInt }],
  ["uint", { arity: 1, apply: toUint }],
  ["double", { arity: 1, apply: toDouble }],
  ["string", { arity: 1, apply: toText }],
  ["bytes", { arity: 1, apply: ([value]) => bytesOf(value) }],
  ["duration", { arity: 1, apply: ([value]) => durationOf(value) }],
  ["timestamp", { arity: 1, apply: ([value]) => timestampOf(value) }],
  ["type", { arity: 1, apply: ([value]) => typeOf(value) }],
  ["dyn", { arity: 1, apply: ([value]) => value ?? null }],
  ...timeGetters(),
]);

/** Functions of Envoy's CEL that are not here. */
export const UNAVAILABLE_FUNCTIONS: ReadonlySet<string> = new Set(["re.captureN"]);
