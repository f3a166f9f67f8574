/**
 * Decoded messages to canonical protobuf JSON, with proto field names: fields in the order of their declaration, maps by
 * key, durations "0.250s", 64-bit integers as text, defaults absent. Equal messages give equal text.
 */
import { Buffer } from "node:buffer";
import type { Duration, Timestamp } from "./generated/google/protobuf.ts";
import type { Messages } from "./generated/messages.ts";
import { isWellKnown, shapeOf, WRAPPED, type Kind, type Shape } from "./shape.ts";
import { setEntry } from "./structs.ts";
import { isUnset, typeOf, V3, type Field, type MessageType, type TypeTable } from "./table.ts";
import { durationText, timestampText } from "./times.ts";

type Json = unknown;
type JsonMap = Record<string, Json>;

export interface EncodeOptions {
  /** Replaces what the API marks as sensitive by "[redacted]", as Envoy's config_dump does; numbers and booleans are left out. */
  readonly redact?: boolean;
  /** Fields in the order of their numbers instead, as Envoy prints messages. */
  readonly byNumber?: boolean;
  /** Default v3. */
  readonly table?: TypeTable;
}

const REDACTED = "[redacted]";
const REDACTED_BYTES = Buffer.from(REDACTED).toString("base64");
const INT64: ReadonlySet<Kind> = new Set<Kind>(["int64", "uint64", "sint64", "fixed64", "sfixed64"]);

const NUMBERED = new WeakMap<MessageType, readonly Field[]>();

function numbered(type: MessageType): readonly Field[] {
  let fields = NUMBERED.get(type);
  if (fields === undefined) NUMBERED.set(type, (fields = [...type.fields].sort((a, b) => a.number - b.number)));
  return fields;
}

class Encoder {
  readonly #table: TypeTable;
  readonly #redact: boolean;
  readonly #byNumber: boolean;

  constructor(options: EncodeOptions) {
    this.#byNumber = options.byNumber ?? false;
    this.#table = options.table ?? V3;
    this.#redact = options.redact ?? false;
  }

  message(type: MessageType, message: object, secret: boolean): JsonMap {
    const out: JsonMap = {};
    const given = message as Readonly<Record<string, unknown>>;
    for (const field of this.#byNumber ? numbered(type) : type.fields) {
      const value = given[field.name];
      if (value === undefined || isUnset(this.#table, field, value)) continue;
      const json = this.#field(field, value, secret || (this.#redact && field.sensitive));
      if (json !== undefined) out[field.name] = json;
    }
    return out;
  }

  #field(field: Field, value: unknown, secret: boolean): Json {
    if (field.list) return (value as unknown[]).map((item) => this.#single(field, item, secret)).filter((item) => item !== undefined);
    if (field.mapKey === undefined) return this.#single(field, value, secret);
    const out: JsonMap = {};
    for (const key of Object.keys(value as object).sort()) {
      const json = this.#single(field, (value as JsonMap)[key], secret);
      if (json !== undefined) setEntry(out, key, json);
    }
    return out;
  }

  #single(field: Field, value: unknown, secret: boolean): Json {
    if (field.shape === "message") return this.#nested(field.type ?? "", value as object, secret);
    if (field.shape === "any") return this.#any(value as JsonMap, secret);
    if (field.shape === "struct" || field.shape === "value" || field.shape === "listvalue") return secret ? redactPlain(value) : value;
    return secret ? redactScalar(field.shape, field.kind, field.type) : scalarJson(field.shape, field.kind, field.type, value);
  }

  #nested(name: string, value: object, secret: boolean): Json {
    const type = this.#table.message(name);
    if (type === undefined) throw new Error(`the table lacks ${name}`);
    return this.message(type, value, secret);
  }

  #any(any: JsonMap, secret: boolean): Json {
    const url = String(any["@type"] ?? "");
    if (url === "") return {};
    const type = this.#table.message(typeOf(url) ?? "");
    if (type === undefined) return secret ? { "@type": url, ...(redactPlain({ ...any, "@type": undefined }) as JsonMap) } : { ...any };
    if (!isWellKnown(type.name)) return { "@type": url, ...this.message(type, any, secret) };
    if (any["value"] === undefined) return { "@type": url };
    const field = { shape: shapeOf("message", type.name), kind: "message", type: type.name } as Field;
    const value = this.#single(field, any["value"], secret);
    return value === undefined ? { "@type": url } : { "@type": url, value };
  }
}


function scalarJson(shape: Shape, kind: Kind, type: string | undefined, value: unknown): Json {
  switch (shape) {
    case "duration": return durationText(value as Duration);
    case "timestamp": return timestampText(value as Timestamp);
    case "fieldmask": return (value as string[]).map((path) => path.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase())).join(",");
    case "wrapper": return scalarJson("integer", WRAPPED.get(type ?? "") ?? "string", undefined, value);
    default: return INT64.has(kind) ? String(value) : value;
  }
}

/** What stands for a secret scalar; undefined leaves the field out. */
function redactScalar(shape: Shape, kind: Kind, type: string | undefined): Json {
  const bare = shape === "wrapper" ? WRAPPED.get(type ?? "") : kind;
  return bare === "string" ? REDACTED : bare === "bytes" ? REDACTED_BYTES : undefined;
}

/** Keeps the keys of a secret Struct. */
function redactPlain(value: unknown): Json {
  if (Array.isArray(value)) return value.map(redactPlain).filter((item) => item !== undefined);
  if (typeof value !== "object" || value === null) return typeof value === "string" ? REDACTED : undefined;
  const out: JsonMap = {};
  for (const [key, item] of Object.entries(value)) {
    const json = redactPlain(item);
    if (json !== undefined) setEntry(out, key, json);
  }
  return out;
}

/** Returns the message as a plain object whose JSON text is the canonical one. */
export function encodeMessage<Name extends keyof Messages>(name: Name, message: Messages[Name], options?: EncodeOptions): JsonMap;
export function encodeMessage(name: string, message: object, options?: EncodeOptions): JsonMap;
export function encodeMessage(name: string, message: object, options: EncodeOptions = {}): JsonMap {
  const type = (options.table ?? V3).message(name);
  if (type === undefined) throw new Error(`no message is named ${name}`);
  return new Encoder(options).message(type, message, false);
}

/** The canonical JSON text of a message: what a content hash is taken of. */
export function encodeText(name: string, message: object): string {
  return JSON.stringify(encodeMessage(name, message));
}
