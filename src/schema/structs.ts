/** google.protobuf.Struct, Value and ListValue: plain JSON. */
import type { RawMap, RawValue } from "../diagnostics/raw.ts";
import { isRawMap } from "../diagnostics/raw.ts";
import type { Bad, RawPlace, Walk } from "./context.ts";
import type { ListValue, Struct, Value } from "./generated/google/protobuf.ts";
import { kindOfRaw } from "./raw-text.ts";

/** Sets a key that may be `__proto__`. */
export function setEntry(map: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  else map[key] = value;
}

function valueOf(walk: Walk, raw: RawValue): Value {
  if (typeof raw === "bigint") return Number(raw);
  if (typeof raw !== "object" || raw === null) return raw;
  return Array.isArray(raw) ? listOf(walk, raw) : structOf(walk, raw);
}

function listOf(walk: Walk, raw: RawValue[]): ListValue {
  const list = raw.map((item) => valueOf(walk, item));
  walk.origins.derive(list, raw);
  return list;
}

function structOf(walk: Walk, raw: RawMap): Struct {
  const struct: Record<string, Value> = {};
  for (const key in raw) setEntry(struct, key, valueOf(walk, raw[key] ?? null));
  for (const key of walk.origins.repeatedKeys(raw)) walk.note("LGT0215", raw, key, `The key ${JSON.stringify(key)} stands more than once`, { on: "key" });
  walk.origins.derive(struct, raw);
  return struct;
}

export function readStruct(walk: Walk, raw: RawValue, at: RawPlace, key: string | number): Struct | Bad {
  if (isRawMap(raw)) return structOf(walk, raw);
  return walk.bad("LGT0202", at, key, `Expected a map, found ${kindOfRaw(raw)}`);
}

export function readListValue(walk: Walk, raw: RawValue, at: RawPlace, key: string | number): ListValue | Bad {
  if (Array.isArray(raw)) return listOf(walk, raw);
  return walk.bad("LGT0202", at, key, `Expected a list, found ${kindOfRaw(raw)}`);
}

export function readValue(walk: Walk, raw: RawValue): Value {
  return valueOf(walk, raw);
}
