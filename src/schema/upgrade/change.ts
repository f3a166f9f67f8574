/** What one step of an upgrade says, and how it is written for people. */
import { textOfRaw, type RawMap, type RawValue } from "../../diagnostics/raw.ts";

/**
 * What a change proves about its document. `v1` and `v2`: the word is found in that API only. `none`: v3 allows it too, so it is
 * only changed where the document is old for another reason.
 */
export type Proof = "none" | "v1" | "v2";

/** One thing that was written otherwise, or that could not be. */
export interface Change {
  readonly at: RawMap;
  readonly key?: string;
  readonly message: string;
  readonly fix?: string;
  readonly proof: Proof;
  /** There is no successor: a person must decide. */
  readonly lost?: true;
}

const LONGEST = 160;

/** A value as one line of YAML, shortened where it is long. */
export function shown(value: RawValue): string {
  const text = flow(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}

function flow(value: RawValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (typeof value === "object") {
    const entries = Object.entries(value).map(([key, entry]) => `${plain(key)}: ${flow(entry)}`);
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  return typeof value === "string" ? plain(value) : textOfRaw(value);
}

/** Quotes where YAML would read something else. */
function plain(text: string): string {
  return /^[A-Za-z_/.][\w./:-]*$/.test(text) && !/:$|^(?:true|false|null|yes|no|on|off|y|n|\.inf|\.nan)$/i.test(text) ? text : JSON.stringify(text);
}
