/** Strings, booleans and bytes as protobuf's JSON parser reads them (legacy mode). */
import { Buffer } from "node:buffer";
import type { RawValue } from "../diagnostics/raw.ts";
import type { Bad, RawPlace, Walk } from "./context.ts";
import { kindOfRaw, showRaw } from "./raw-text.ts";

export function readString(walk: Walk, raw: RawValue, at: RawPlace, key: string | number): string | Bad {
  if (typeof raw === "string") return raw;
  const plain = typeof raw === "number" || typeof raw === "boolean" || typeof raw === "bigint";
  if (!plain) return walk.bad("LGT0202", at, key, `Expected a string, found ${kindOfRaw(raw)}`);
  const why = typeof raw === "boolean" ? "Plain yes, no, on, off, y, n, true and false are booleans in YAML" : undefined;
  return walk.bad("LGT0208", at, key, `Expected a string, found the ${kindOfRaw(raw).slice(2)} ${showRaw(raw)}`, why, `Put it in quotes: "${String(raw)}"`);
}

const TRUE = /^(true|t|yes|y|1)$/i;
const FALSE = /^(false|f|no|n|0)$/i;

export function readBool(walk: Walk, raw: RawValue, at: RawPlace, key: string | number): boolean | Bad {
  if (typeof raw === "boolean") return raw;
  if (typeof raw === "string") {
    if (TRUE.test(raw)) return true;
    if (FALSE.test(raw)) return false;
  }
  const meant = raw === 1 ? "true" : raw === 0 ? "false" : undefined;
  return walk.bad("LGT0202", at, key, `Expected true or false, found ${showRaw(raw)}`, undefined, meant === undefined ? undefined : `Write ${meant}`);
}

/** Bytes stay base64 text, in the canonical form (standard alphabet, padded); both alphabets are read. */
export function readBytes(walk: Walk, raw: RawValue, at: RawPlace, key: string | number): string | Bad {
  if (typeof raw !== "string") return walk.bad("LGT0202", at, key, `Expected bytes in base64, found ${kindOfRaw(raw)}`);
  const bare = raw.replace(/={1,2}$/, "");
  if (/^[A-Za-z0-9+/_-]*$/.test(bare) && bare.length % 4 !== 1) {
    const padded = raw.length === bare.length || raw.length % 4 === 0;
    if (padded) return Buffer.from(bare, "base64").toString("base64");
  }
  return walk.bad("LGT0209", at, key, `Expected bytes in base64, found ${showRaw(raw)}`, "Bytes are written in base64", "Use inline_string, or another text field, for text");
}
