/** Rules of a single value (a field's, an item's, a map's key or value), compiled from the table's texts. */
import { Buffer } from "node:buffer";
import type { Code } from "../diagnostics/codes.ts";
import type { Duration } from "./generated/google/protobuf.ts";
import { boundsOf, boundsReason, boundsWords, hasBounds, lengthReason, quoted, rangeWords, type Bounds } from "./rule-texts.ts";
import type { EnumType, RuleTexts } from "./table.ts";
import { WRAPPED, type Kind, type Shape } from "./shape.ts";
import { parseDuration, reasonText } from "./times.ts";

/** One rule: `holds` answers for a decoded value, `reason` is Envoy's text, `must` completes "x must …". */
export interface ValueRule {
  readonly code: Code;
  readonly holds: (value: unknown) => boolean;
  readonly reason: string;
  readonly must: string;
}

/** What the rules' value is. */
export interface ValueKind {
  readonly kind: Kind;
  readonly shape: Shape;
  readonly type: string | undefined;
  readonly enumType: EnumType | undefined;
}

/** The regexes behind HTTP_HEADER_NAME and HTTP_HEADER_VALUE; `+-.` in the first is a range and takes a comma in. */
const NAME_STRICT = "^:?[0-9a-zA-Z!#$%&'*+-.^_|~`]+$";
const VALUE_STRICT = "^[^\u0000-\u0008\u000A-\u001F\u007F]*$";
const LOOSE = "^[^\u0000\u000A\u000D]*$";

function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) count--;
  return count;
}

/** Size of base64 text in bytes. */
function byteCount(base64: string): number {
  return Buffer.byteLength(base64, "base64");
}

function sizeRule(min: number | undefined, max: number | undefined, unit: string, size: (value: string) => number): ValueRule | undefined {
  if (min === undefined && max === undefined) return undefined;
  const holds = (value: unknown): boolean => {
    const count = size(value as string);
    return (min === undefined || count >= min) && (max === undefined || count <= max);
  };
  return { code: "LGT0303", holds, reason: lengthReason(min, max, unit), must: min === 1 && max === undefined ? "not be empty" : `have ${rangeWords(min, max, unit.slice(0, -1))}` };
}

function count(rules: RuleTexts, name: string): number | undefined {
  return rules[name] === undefined ? undefined : Number(rules[name]);
}

function headerRule(rules: RuleTexts): ValueRule | undefined {
  const known = rules["well_known_regex"];
  if (known === undefined) return undefined;
  if (rules["strict"] === false) return patternRule(LOOSE, "hold no NUL, line feed or carriage return");
  return known === "HTTP_HEADER_NAME" ? patternRule(NAME_STRICT, "be a valid header name") : patternRule(VALUE_STRICT, "hold no control characters");
}

/** Every pattern of the table means the same in RE2 and in JavaScript (a test proves it); Envoy matches the whole text. */
function patternRule(pattern: string, must = `match the regex ${pattern}`): ValueRule {
  const regex = new RegExp(`^(?:${pattern})$`, "u");
  return { code: "LGT0306", holds: (value) => regex.test(value as string), reason: `value does not match regex pattern ${quoted(pattern)}`, must };
}

function affixRules(rules: RuleTexts): ValueRule[] {
  const list: ValueRule[] = [];
  const { prefix, suffix, contains } = rules as Readonly<Record<string, string | undefined>>;
  if (prefix !== undefined) list.push({ code: "LGT0306", holds: (v) => (v as string).startsWith(prefix), reason: `value does not have prefix "${prefix}"`, must: `begin with ${prefix}` });
  if (suffix !== undefined) list.push({ code: "LGT0306", holds: (v) => (v as string).endsWith(suffix), reason: `value does not have suffix "${suffix}"`, must: `end with ${suffix}` });
  if (contains !== undefined) list.push({ code: "LGT0306", holds: (v) => (v as string).includes(contains), reason: `value does not contain substring "${contains}"`, must: `contain ${contains}` });
  return list;
}

function textRules(rules: RuleTexts): (ValueRule | undefined)[] {
  return [
    sizeRule(count(rules, "min_len") ?? count(rules, "len"), count(rules, "max_len") ?? count(rules, "len"), "characters", codePoints),
    sizeRule(count(rules, "min_bytes") ?? count(rules, "len_bytes"), count(rules, "max_bytes") ?? count(rules, "len_bytes"), "bytes", Buffer.byteLength),
    headerRule(rules),
    typeof rules["pattern"] === "string" ? patternRule(rules["pattern"]) : undefined,
    ...affixRules(rules),
  ];
}

/** Compares numbers of the model, of which 64-bit ones may be text. */
function compareNumbers(a: number | string, b: number | string): number {
  const [x, y] = typeof a === "string" && /^-?\d+$/.test(a) ? [BigInt(a), BigInt(b)] : [Number(a), Number(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function compareDurations(a: Duration, b: Duration): number {
  return a.seconds - b.seconds || a.nanos - b.nanos;
}

function boundRule<T>(code: Code, bounds: Bounds, read: (text: string | number) => T, compare: (a: T, b: T) => number, print: (bound: T) => string = String): ValueRule | undefined {
  if (!hasBounds(bounds)) return undefined;
  const low = bounds.low === undefined ? undefined : read(bounds.low);
  const high = bounds.high === undefined ? undefined : read(bounds.high);
  const holds = (value: unknown): boolean => {
    const below = low === undefined ? 1 : compare(value as T, low);
    const above = high === undefined ? -1 : compare(value as T, high);
    return !(below < 0 || (below === 0 && bounds.lowOpen) || above > 0 || (above === 0 && bounds.highOpen));
  };
  return { code, holds, reason: boundsReason({ ...bounds, low: low === undefined ? undefined : print(low), high: high === undefined ? undefined : print(high) }), must: `be ${boundsWords(bounds)}` };
}

function listed(values: readonly unknown[]): string {
  return values.join(" ");
}

/** `const`, `in`, `not_in`; enum numbers are turned into the names that decoded values have. */
function choiceRules(rules: RuleTexts, read: (value: unknown) => unknown): ValueRule[] {
  const list: ValueRule[] = [];
  const { const: only, in: some, not_in: none } = rules as { const?: unknown; in?: readonly unknown[]; not_in?: readonly unknown[] };
  if (only !== undefined) list.push({ code: "LGT0307", holds: (v) => v === read(only), reason: `value must equal ${String(only)}`, must: `be ${String(read(only))}` });
  if (some !== undefined) {
    const set = new Set(some.map(read));
    list.push({ code: "LGT0307", holds: (v) => set.has(v), reason: `value must be in list [${listed([...set])}]`, must: `be one of ${[...set].join(", ")}` });
  }
  if (none !== undefined) {
    const set = new Set(none.map(read));
    list.push({ code: "LGT0307", holds: (v) => !set.has(v), reason: `value must not be in list [${listed([...set])}]`, must: `not be ${[...set].join(", ")}` });
  }
  return list;
}

function enumRules(rules: RuleTexts, type: EnumType | undefined): (ValueRule | undefined)[] {
  const defined: ValueRule = { code: "LGT0310", holds: (v) => typeof v === "string", reason: "value must be one of the defined enum values", must: `be a value of ${type?.name ?? "its enum"}` };
  const name = (number: unknown): unknown => type?.byNumber.get(Number(number)) ?? number;
  return [rules["defined_only"] === true ? defined : undefined, ...choiceRules(rules, name)];
}

function bareRules(rules: RuleTexts, kind: Kind, enumType: EnumType | undefined): (ValueRule | undefined)[] {
  switch (kind) {
    case "string": return [...textRules(rules), ...choiceRules(rules, (v) => v)];
    case "bytes": return [sizeRule(count(rules, "min_len"), count(rules, "max_len"), "bytes", byteCount)];
    case "bool": return choiceRules(rules, (v) => v);
    case "enum": return enumRules(rules, enumType);
    default: return [boundRule<number | string>("LGT0304", boundsOf(rules), (v) => v, compareNumbers), ...choiceRules(rules, Number)];
  }
}

/** Envoy holds every duration of every message that it validates to these. */
const LONGEST_DURATION = 9_223_372_035;
const DURATIONS: readonly ValueRule[] = [
  { code: "LGT0308", holds: (v) => (v as Duration).seconds >= 0 && (v as Duration).nanos >= 0, reason: "Invalid duration: Expected positive duration", must: "not be negative" },
  { code: "LGT0308", holds: (v) => (v as Duration).seconds <= LONGEST_DURATION, reason: "Invalid duration: Duration out-of-range", must: `be at most ${LONGEST_DURATION}s` },
];

/** Returns the rules that a present value must keep; required, lists and maps are not its business. */
export function valueRules(rules: RuleTexts, value: ValueKind): ValueRule[] {
  let list: (ValueRule | undefined)[] = [];
  if (value.shape === "duration") list = [boundRule("LGT0308", boundsOf(rules), (v) => parseDuration(String(v)) ?? { seconds: 0, nanos: 0 }, compareDurations, reasonText), ...DURATIONS];
  else if (value.shape === "wrapper") list = bareRules(rules, WRAPPED.get(value.type ?? "") ?? "string", undefined);
  else if (value.kind !== "message") list = bareRules(rules, value.kind, value.enumType);
  return list.filter((rule) => rule !== undefined);
}
