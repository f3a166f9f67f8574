/** A key that no field of its message has: what to say about it. */
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import { isRawMap, type RawMap, type RawValue } from "../diagnostics/raw.ts";
import type { NoteDetails, Walk } from "./context.ts";
import type { Field, MessageType } from "./table.ts";

const LISTED = 10;

/** Fields of a message that are no longer in use are no advice. */
function candidates(type: MessageType): string[] {
  return type.fields.filter((f) => f.deprecated === undefined).map((f) => f.name);
}

/** What became of fields that v2 had. */
const V2_FIELDS: ReadonlyMap<string, string> = new Map([
  ["hosts", "hosts was v2; endpoints stand under load_assignment"],
  ["tls_context", "tls_context was v2; TLS is configured in transport_socket"],
  ["config", "config was v2; write typed_config with an \"@type\""],
  ["per_filter_config", "per_filter_config was v2; write typed_per_filter_config"],
]);

/** Names that people write for a field which no letter count would find. */
const HABITS: ReadonlyMap<string, string> = new Map([["port", "port_value"], ["host", "address"], ["url", "uri"]]);

/** A member message that has the key as its field: `port_value` written beside `socket_address` instead of in it. */
function memberWith(walk: Walk, type: MessageType, key: string): string | undefined {
  const owners = type.fields.filter((f) => f.shape === "message" && !f.list && f.deprecated === undefined && walk.table.message(f.type ?? "")?.byName.has(key) === true);
  return owners.length === 1 ? owners[0]?.name : undefined;
}

interface Advice {
  readonly fix?: string;
  /** The field of this message that was probably meant. */
  readonly meant?: string;
}

function advice(walk: Walk, type: MessageType, key: string): Advice {
  const v2 = type.previous === undefined ? undefined : V2_FIELDS.get(key);
  if (v2 !== undefined) return { fix: v2 };
  if (key === "<<") return { fix: "Envoy does not merge maps with <<; write the fields out, or use an alias for the whole value" };
  const owner = memberWith(walk, type, key);
  if (owner !== undefined) return { fix: `${key} is a field of ${owner}; move it there` };
  const habit = HABITS.get(key);
  const meant = habit !== undefined && type.byName.has(habit) ? habit : didYouMean(key, candidates(type));
  return meant === undefined ? {} : { meant, fix: `Did you mean ${meant}?` };
}

/** The fields that there are, if they are few. */
function knownFields(type: MessageType): string | undefined {
  const names = candidates(type);
  if (names.length === 0) return `${type.name} has no fields`;
  return names.length <= LISTED ? `${type.name} has the fields ${names.join(", ")}` : undefined;
}

/** True if the value has the form that the field takes, so that reading it as that field says more than "unknown". */
function fits(field: Field, value: RawValue): boolean {
  if (Array.isArray(value)) return field.list;
  const isMap = isRawMap(value);
  if (field.mapKey !== undefined) return isMap;
  return isMap === (field.shape === "message" || field.shape === "any" || field.shape === "struct");
}

/**
 * Reports the key `key` of `raw`, which `type` does not have, by what the walk makes of unknown fields. Returns the
 * field that was probably meant, if nothing else sets it: the walk goes on as if its name had been written, so that
 * what is wrong inside is found too, and the field is not called missing.
 */
export function reportUnknownField(walk: Walk, type: MessageType, raw: RawMap, key: string): Field | undefined {
  if (walk.unknown_fields === "ignore") return undefined;
  const { fix, meant } = advice(walk, type, key);
  const why = knownFields(type);
  const details: NoteDetails = { on: "key", severity: walk.unknown_fields, ...(why === undefined ? {} : { why }), ...(fix === undefined ? {} : { fix }) };
  walk.note("LGT0201", raw, key, `${type.name} has no field ${JSON.stringify(key)}`, details);
  const field = meant === undefined || walk.unknown_fields !== "error" ? undefined : type.byName.get(meant);
  if (field === undefined || raw[field.name] !== undefined || raw[field.jsonName] !== undefined) return undefined;
  return fits(field, raw[key] ?? null) ? field : undefined;
}
