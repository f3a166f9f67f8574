/**
 * Binary protobuf to the same messages that text gives: for xDS streams. Unknown fields and types, broken rules and
 * bytes that are no message become findings; the objects' origin is the resource that `label` names.
 */
import { Buffer } from "node:buffer";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { readListBytes, readStructBytes, readValueBytes } from "./binary-structs.ts";
import type { DecodeOptions } from "./context.ts";
import type { Messages } from "./generated/messages.ts";
import { checkRules } from "./rules.ts";
import { isWellKnown, shapeOf, WRAPPED } from "./shape.ts";
import { setEntry } from "./structs.ts";
import { isUnset, typeOf, V3, type Field, type MessageType, type TypeTable } from "./table.ts";
import { readWireScalar, wireTypeOf } from "./wire-scalars.ts";

type Out = Record<string, unknown>;

export interface BinaryOptions extends Omit<DecodeOptions, "allows_deprecated"> {
  /** What the message is, for people: "cluster backend". */
  readonly label: string;
}

/** Protobuf's own limit on messages within messages. */
const MAX_DEPTH = 100;

const utf8 = new TextDecoder("utf-8", { fatal: true });

function reader(bytes: Uint8Array): BinaryReader {
  return new BinaryReader(bytes, (text) => utf8.decode(text));
}

class BinaryDecoder {
  readonly #table: TypeTable;
  readonly #options: BinaryOptions;
  #depth = 0;

  constructor(options: BinaryOptions) {
    this.#table = options.table ?? V3;
    this.#options = options;
  }

  type(name: string): MessageType {
    const type = this.#table.message(name);
    if (type === undefined) throw new Error(`no message is named ${name}`);
    return type;
  }

  /** Reads fields up to `end` into `out`. */
  message(type: MessageType, reader: BinaryReader, end: number, out: Out): Out {
    if (++this.#depth > MAX_DEPTH) throw new RangeError(`messages are nested more than ${MAX_DEPTH} deep`);
    const unknown: number[] = [];
    while (reader.pos < end) {
      const [number, wire] = reader.tag();
      const field = type.fields.find((f) => f.number === number);
      if (field === undefined || !this.#accepts(field, wire)) {
        reader.skip(wire, number);
        unknown.push(number);
      } else this.#read(type, field, reader, wire, out);
    }
    this.#depth--;
    if (unknown.length > 0) this.#reportUnknown(type, out, unknown);
    return out;
  }

  #accepts(field: Field, wire: WireType): boolean {
    const own = field.mapKey === undefined ? wireTypeOf(field.kind) : WireType.LengthDelimited;
    return wire === own || (field.list && wire === WireType.LengthDelimited && field.kind !== "message");
  }

  #read(type: MessageType, field: Field, reader: BinaryReader, wire: WireType, out: Out): void {
    if (field.mapKey !== undefined) return this.#mapEntry(field, reader, out);
    if (field.list) return this.#items(field, reader, wire, out);
    if (field.oneof !== undefined) for (const other of type.fields) if (other.oneof === field.oneof && other !== field) delete out[other.name];
    const value = this.#single(field, reader, out, field.name, out[field.name]);
    if (isUnset(this.#table, field, value)) delete out[field.name];
    else out[field.name] = value;
  }

  #items(field: Field, reader: BinaryReader, wire: WireType, out: Out): void {
    const list = (out[field.name] ?? this.#child([], out, field.name)) as unknown[];
    out[field.name] = list;
    if (wire === WireType.LengthDelimited && wireTypeOf(field.kind) !== WireType.LengthDelimited) {
      const end = reader.uint32() + reader.pos;
      while (reader.pos < end) list.push(this.#single(field, reader, list, list.length));
    } else list.push(this.#single(field, reader, list, list.length));
  }

  #mapEntry(field: Field, reader: BinaryReader, out: Out): void {
    const map = (out[field.name] ?? this.#child({}, out, field.name)) as Out;
    out[field.name] = map;
    const end = reader.uint32() + reader.pos;
    let key: unknown = field.mapKey === "string" ? "" : field.mapKey === "bool" ? false : 0;
    let value: unknown;
    while (reader.pos < end) {
      const [number, wire] = reader.tag();
      if (number === 1) key = readWireScalar(reader, field.mapKey ?? "string");
      else if (number === 2) value = this.#single(field, reader, map, String(key));
      else reader.skip(wire, number);
    }
    setEntry(map, String(key), value ?? this.#empty(field, map, String(key)));
  }

  #empty(field: Field, parent: object, key: string): unknown {
    if (field.kind === "message") return this.#body(field, reader(new Uint8Array(0)), 0, parent, key);
    if (field.shape === "enum") return this.#table.enumeration(field.type ?? "")?.byNumber.get(0) ?? 0;
    return field.kind === "string" || field.kind === "bytes" ? "" : field.kind === "bool" ? false : 0;
  }

  #single(field: Field, reader: BinaryReader, parent: object, key: string | number, before?: unknown): unknown {
    if (field.kind === "message") return this.#body(field, reader, reader.uint32() + reader.pos, parent, key, before);
    const value = readWireScalar(reader, field.kind);
    return field.kind === "enum" ? (this.#table.enumeration(field.type ?? "")?.byNumber.get(value as number) ?? value) : value;
  }

  /** A singular message that comes twice is merged. */
  #body(field: Field, reader: BinaryReader, end: number, parent: object, key: string | number, before?: unknown): unknown {
    switch (field.shape) {
      case "any": return this.#any(reader, end, parent, key);
      case "struct": return { ...(before as object), ...readStructBytes(reader, end) };
      case "value": return readValueBytes(reader, end);
      case "listvalue": return readListBytes(reader, end);
      case "message": {
        const out = (before ?? this.#child({}, parent, key)) as Out;
        return this.#checked(this.type(field.type ?? ""), this.message(this.type(field.type ?? ""), reader, end, out));
      }
      default: return this.#plain(field, reader, end);
    }
  }

  /** Wrappers, Duration, Timestamp and FieldMask. */
  #plain(field: Field, reader: BinaryReader, end: number): unknown {
    const fields = this.message(this.type(field.type ?? ""), reader, end, {});
    if (field.shape === "fieldmask") return fields["paths"] ?? [];
    if (field.shape !== "wrapper") return { seconds: 0, nanos: 0, ...fields };
    const kind = WRAPPED.get(field.type ?? "");
    return fields["value"] ?? (kind === "string" || kind === "bytes" ? "" : kind === "bool" ? false : 0);
  }

  #any(reader: BinaryReader, end: number, parent: object, key: string | number): object {
    let url = "";
    let value: Uint8Array = new Uint8Array(0);
    while (reader.pos < end) {
      const [number, wire] = reader.tag();
      if (number === 1) url = reader.string();
      else if (number === 2) value = reader.bytes();
      else reader.skip(wire, number);
    }
    const any = this.#child({ "@type": url }, parent, key) as Out;
    const name = typeOf(url);
    const type = name === undefined ? undefined : this.#table.message(name);
    if (type !== undefined) return this.#anyBody(type, value, any);
    if (url !== "") {
      this.#options.diagnostics.report({ code: "LGT0211", at: any, key: "@type", message: `No message is named ${name ?? url}.`, why: `Envoy: could not find @type '${url}'.` });
      any["value"] = Buffer.from(value).toString("base64");
    }
    return any;
  }

  #anyBody(type: MessageType, value: Uint8Array, any: Out): object {
    const content = reader(value);
    if (!isWellKnown(type.name)) return this.#checked(type, this.message(type, content, value.length, any));
    const { shape, kind } = wellKnownField(type.name);
    any["value"] = this.#body({ shape, kind, type: type.name } as Field, content, value.length, any, "value");
    return any;
  }

  #child<T extends object>(child: T, parent: object, key: string | number): T {
    this.#options.origins.addChild(child, parent, key);
    return child;
  }

  #checked(type: MessageType, message: Out): Out {
    checkRules(this.#table, type, message, this.#options.diagnostics);
    return message;
  }

  #reportUnknown(type: MessageType, out: Out, numbers: readonly number[]): void {
    const mode = this.#options.unknown_fields ?? "warning";
    if (mode === "ignore") return;
    const list = [...new Set(numbers)].join(", ");
    this.#options.diagnostics.report({ code: "LGT0201", at: out, message: `${type.name} has no field of the number ${list}.`, severity: mode });
  }

  root(type: MessageType, bytes: Uint8Array): Out {
    const out: Out = {};
    this.#options.origins.addResource(out, this.#options.label);
    return this.#checked(type, this.message(type, reader(bytes), bytes.length, out));
  }
}

function wellKnownField(type: string): Pick<Field, "shape" | "kind"> {
  return { shape: shapeOf("message", type), kind: "message" };
}

/**
 * Decodes binary protobuf as the named message; unknown fields are warnings by default, as Envoy treats what xDS
 * brings. Returns undefined, with a finding, for bytes that are no such message.
 */
export function decodeBinary<Name extends keyof Messages>(name: Name, bytes: Uint8Array, options: BinaryOptions): Messages[Name] | undefined;
export function decodeBinary(name: string, bytes: Uint8Array, options: BinaryOptions): object | undefined;
export function decodeBinary(name: string, bytes: Uint8Array, options: BinaryOptions): object | undefined {
  const decoder = new BinaryDecoder(options);
  const type = decoder.type(name);
  try {
    return decoder.root(type, bytes);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const at = {};
    options.origins.addResource(at, options.label);
    options.diagnostics.report({ code: "LGT0223", at, message: `These bytes are no ${name}: ${error.message}.` });
    return undefined;
  }
}
