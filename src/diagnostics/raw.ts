/**
 * What the readers give: the value exactly as Envoy's own YAML or JSON layer hands it to protobuf.
 *
 * - YAML floats, dates and integers beyond int32 are **strings** (Envoy does that), quoted scalars are strings,
 *   `yes`/`on`/`y` are booleans.
 * - JSON numbers are `number`; an integer that a double cannot hold exactly is a `bigint`.
 * - maps have **no prototype**, so that a key such as `__proto__` or `constructor` is a key like any other.
 */
export type RawValue = string | number | bigint | boolean | null | RawList | RawMap;
export type RawList = RawValue[];
export interface RawMap {
  [key: string]: RawValue;
}

export function newRawMap(): RawMap {
  return Object.create(null) as RawMap;
}

export function isRawMap(value: unknown): value is RawMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A scalar as text; "" for maps and lists. (Maps have no prototype, so `String` cannot be used on what may be one.) */
export function textOfRaw(value: RawValue | undefined): string {
  return value === undefined || (typeof value === "object" && value !== null) ? "" : String(value);
}
