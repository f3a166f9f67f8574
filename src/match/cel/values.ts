/** The values of CEL: int is bigint, double is number, a map is looked up by `CelMap`. Text is in wire form. */

/** A computation that failed: a missing key, a wrong type. It is a value; `||` and `&&` may make it good. */
export const FAILED: unique symbol = Symbol("failed");
export type Failed = typeof FAILED;

export interface CelMap {
  /** The value of a key, `undefined` if there is none. */
  get(key: string): CelValue | undefined;
  readonly size: number;
}

export type CelValue = string | bigint | number | boolean | null | readonly CelValue[] | CelMap;
export type Result = CelValue | Failed;

export function isMap(value: Result): value is CelMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: Result): value is readonly CelValue[] {
  return Array.isArray(value);
}

/** A map of values that are known by now. */
export class PlainMap implements CelMap {
  private readonly entries: ReadonlyMap<string, CelValue>;

  constructor(entries: ReadonlyMap<string, CelValue>) {
    this.entries = entries;
  }

  get(key: string): CelValue | undefined {
    return this.entries.get(key);
  }

  get size(): number {
    return this.entries.size;
  }
}

/** A JSON value (metadata) as CEL sees it: its numbers are doubles. */
export function ofJson(value: unknown, text: (plain: string) => string): CelValue {
  if (typeof value === "string") return text(value);
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map((item) => ofJson(item, text));
  if (typeof value !== "object" || value === null) return null;
  return new PlainMap(new Map(Object.entries(value).map(([key, member]) => [key, ofJson(member, text)])));
}

/** Equality: numbers by value whatever their type; everything else of one type only. */
export function equal(a: CelValue, b: CelValue): boolean {
  if (isList(a) && isList(b)) return a.length === b.length && a.every((item, i) => equal(item, b[i] ?? null));
  if ((typeof a === "bigint" || typeof a === "number") && (typeof b === "bigint" || typeof b === "number")) return Number(a) === Number(b);
  return a === b;
}
