/** Enum values by name in any case, or by number (legacy mode: also as a string). */
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import type { RawValue } from "../diagnostics/raw.ts";
import type { Bad, RawPlace, Walk } from "./context.ts";
import { readInteger } from "./numbers.ts";
import { showRaw } from "./raw-text.ts";
import type { EnumType } from "./table.ts";

const LISTED = 12;

function choices(type: EnumType): string {
  const names = [...type.byName.keys()];
  return names.length <= LISTED ? `one of ${names.join(", ")}` : `one of the ${names.length} values of ${type.name}`;
}

function unknownName(walk: Walk, type: EnumType, name: string, at: RawPlace, key: string | number): undefined | Bad {
  const message = `${showRaw(name)} is not a value of ${type.name}`;
  const meant = didYouMean(name, type.byName.keys());
  const fix = meant === undefined ? undefined : `Did you mean ${meant}?`;
  if (walk.unknown_fields === "error") return walk.bad("LGT0204", at, key, message, `It is ${choices(type)}`, fix);
  if (walk.unknown_fields === "warning") walk.note("LGT0204", at, key, message, { why: `It is ${choices(type)}; the field is ignored`, fix, severity: "warning" });
  return undefined;
}

/** Returns the canonical name, or the number if the enum has none for it; undefined for an unknown name that is to be ignored. */
export function readEnum(walk: Walk, type: EnumType, raw: RawValue, at: RawPlace, key: string | number): string | number | undefined | Bad {
  if (typeof raw === "string") {
    const number = type.byName.get(raw) ?? type.byName.get(raw.toUpperCase()) ?? anyCase(type, raw);
    if (number !== undefined) return type.byNumber.get(number) ?? number;
    if (!/^\s*[+-]?\d+\s*$/.test(raw)) return unknownName(walk, type, raw, at, key);
  } else if (typeof raw !== "number" && typeof raw !== "bigint") {
    return walk.bad("LGT0202", at, key, `Expected a value of ${type.name}, found ${showRaw(raw)}`, `It is ${choices(type)}`);
  }
  const number = readInteger(walk, "int32", typeof raw === "string" ? raw.trim() : raw, at, key);
  return typeof number === "number" ? (type.byNumber.get(number) ?? number) : (number as Bad);
}

function anyCase(type: EnumType, name: string): number | undefined {
  const wanted = name.toLowerCase();
  for (const [known, number] of type.byName) if (known.toLowerCase() === wanted) return number;
  return undefined;
}
