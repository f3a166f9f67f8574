/** The values of CEL: int is bigint, double is number, a map is looked up by `CelMap`. Text is in wire form. */

/** A computation that failed: a missing key, a wrong type. It is a value; `||` and `&&` may make it good. */
export const FAILED: unique symbol = Symbol("failed");
export type Failed = typeof FAILED;

export interface CelMap {
  /** The value of a key, `undefined` if there is none. */
  get(key: string): CelValue | undefined;
  readonly size: number;
}

/** Values of types that JavaScript has not; two of one type are compared by their keys. */
export abstract class Scalar {
  /** What equality and order look at. */
  abstract readonly key: bigint | string;
}

/** An unsigned integer. */
export class Uint extends Scalar {
  readonly key: bigint;

  constructor(value: bigint) {
    super();
    this.key = value;
  }
}

/** Bytes, one character a byte. */
export class Bytes extends Scalar {
  readonly key: string;

  constructor(bytes: string) {
    super();
    this.key = bytes;
  }
}

/** Nanoseconds. */
export class Duration extends Scalar {
  readonly key: bigint;

  constructor(nanos: bigint) {
    super();
    this.key = nanos;
  }
}

/** Nanoseconds since the epoch. */
export class Timestamp extends Scalar {
  readonly key: bigint;

  constructor(nanos: bigint) {
    super();
    this.key = nanos;
  }
}

/** The name of a type. */
export class TypeName extends Scalar {
  readonly key: string;

  constructor(name: string) {
    super();
    this.key = name;
  }
}

export type CelValue = string | bigint | number | boolean | null | Scalar | readonly CelValue[] | CelMap;
export type Result = CelValue | Failed;

export function isMap(value: Result): value is CelMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Scalar);
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

  equals(other: PlainMap): boolean {
    if (this.size !== other.size) return false;
    for (const [key, value] of this.entries) {
      const theirs = other.get(key);
      if (theirs === undefined || !equal(value, theirs)) return false;
    }
    return true;
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

/** A number of any type, as JavaScript compares it; undefined: it is none. */
export function asNumber(value: CelValue): bigint | number | undefined {
  if (typeof value === "bigint" || typeof value === "number") return value;
  return value instanceof Uint ? value.key : undefined;
}

/** Equality: numbers by value whatever their type; everything else of one type only. */
export function equal(a: CelValue, b: CelValue): boolean {
  if (isList(a) && isList(b)) return a.length === b.length && a.every((item, i) => equal(item, b[i] ?? null));
  if (a instanceof PlainMap && b instanceof PlainMap) return a.equals(b);
  const [left, right] = [asNumber(a), asNumber(b)];
  if (left !== undefined && right !== undefined) return typeof left === typeof right ? left === right : Number(left) === Number(right);
  if (a instanceof Scalar && b instanceof Scalar) return a.constructor === b.constructor && a.key === b.key;
  return a === b;
}
