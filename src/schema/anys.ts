/** Any: a message that names its own type. */
import { isRawMap, newRawMap, type RawMap } from "../diagnostics/raw.ts";
import { anyType } from "./any-types.ts";
import { BAD, type Bad, type Walk } from "./context.ts";
import { kindOfRaw } from "./raw-text.ts";
import { isWellKnown, shapeOf } from "./shape.ts";
import { readValue, setEntry } from "./structs.ts";
import type { Field, MessageType } from "./table.ts";

const TYPED_STRUCTS: ReadonlySet<string> = new Set(["xds.type.v3.TypedStruct", "udpa.type.v1.TypedStruct"]);

/** Reads an Any by its "@type". */
export function readAny(walk: Walk, raw: RawMap): object | Bad {
  const url = raw["@type"];
  if (url === undefined) return untyped(walk, raw);
  if (typeof url !== "string") return walk.bad("LGT0202", raw, "@type", `Expected a type URL, found ${kindOfRaw(url)}`);
  const type = anyType(walk, raw, url);
  if (type === undefined) return unknownType(walk, raw, url);
  const out = isWellKnown(type.name) ? wellKnown(walk, type, raw) : walk.message(type, raw, "@type");
  if (out === BAD) return BAD;
  const any = { "@type": url, ...(out as object) };
  if (TYPED_STRUCTS.has(type.name)) readTypedStruct(walk, raw, any);
  walk.origins.derive(any, raw);
  return any;
}

/** An Any without a type may be empty: Envoy then finds no extension for it. */
function untyped(walk: Walk, raw: RawMap): object | Bad {
  if (Object.keys(raw).length > 0) return walk.bad("LGT0210", raw, "@type", "\"@type\" is missing", "The type says which message this is", "Add \"@type\": type.googleapis.com/<full name of the message>");
  const any = { "@type": "" };
  walk.origins.derive(any, raw);
  return any;
}

function unknownType(walk: Walk, raw: RawMap, url: string): object {
  const any: Record<string, unknown> = { "@type": url };
  for (const key in raw) if (key !== "@type") setEntry(any, key, readValue(walk, raw[key] ?? null));
  walk.origins.derive(any, raw);
  return any;
}

/** A type with a JSON form of its own stands under `value`. */
function wellKnown(walk: Walk, type: MessageType, raw: RawMap): object | Bad {
  for (const key in raw) {
    if (key !== "@type" && key !== "value") return walk.bad("LGT0221", raw, key, `${key} may not stand beside the value of ${type.name}`, `Inside an Any, a ${type.name} stands under "value"`);
  }
  const given = raw["value"] ?? null;
  const field = valueField(type.name);
  const value = given === null ? walk.empty(field, raw, "value") : walk.single(field, given, raw, "value");
  return value === BAD ? BAD : { value };
}

/** What a TypedStruct holds, as the message that it names. */
export interface StructContent {
  readonly type: string;
  readonly message: object;
}

const contents = new WeakMap<object, StructContent>();

/** The content of a decoded TypedStruct; undefined where its type is unknown. It stays with the object that was decoded: a copy has none. */
export function contentOf(typedStruct: object): StructContent | undefined {
  return contents.get(typedStruct);
}

/** Envoy reads what is in a TypedStruct when the extension is made: its findings are made here. */
function readTypedStruct(walk: Walk, raw: RawMap, any: object): void {
  const [url, value] = [raw["type_url"] ?? raw["typeUrl"], raw["value"]];
  const type = typeof url === "string" ? walk.table.message(url.slice(url.lastIndexOf("/") + 1)) : undefined;
  if (type === undefined || isWellKnown(type.name) || TYPED_STRUCTS.has(type.name) || !(value === undefined || value === null || isRawMap(value))) return;
  contents.set(any, { type: type.name, message: walk.message(type, value ?? emptyValue(walk, raw)) });
}

/** A TypedStruct without a value holds a message with nothing set. */
function emptyValue(walk: Walk, raw: RawMap): RawMap {
  const none = newRawMap();
  walk.origins.derive(none, raw);
  return none;
}

function valueField(type: string): Field {
  return {
    name: "value", jsonName: "value", number: 0, kind: "message", shape: shapeOf("message", type), type, list: false, mapKey: undefined, oneof: undefined, presence: true,
    packed: false, rules: undefined, deprecated: undefined, disallowed: false, workInProgress: false, sensitive: false,
  };
}
