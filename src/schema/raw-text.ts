import type { RawValue } from "../diagnostics/raw.ts";

const SHOWN = 60;

/** What a raw value is, for a message: "a number", "a list". */
export function kindOfRaw(raw: RawValue): string {
  if (raw === null) return "null";
  if (Array.isArray(raw)) return "a list";
  switch (typeof raw) {
    case "string": return "a string";
    case "boolean": return "a boolean";
    case "number":
    case "bigint": return "a number";
    default: return "a map";
  }
}

/** A short form of a raw value, for a message: `"abc"`, `12`, `a list`. */
export function showRaw(raw: RawValue): string {
  if (typeof raw === "string") return JSON.stringify(raw.length > SHOWN ? `${raw.slice(0, SHOWN)}…` : raw);
  return typeof raw === "object" && raw !== null ? kindOfRaw(raw) : String(raw);
}
