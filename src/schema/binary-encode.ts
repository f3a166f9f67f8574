/** Decoded messages to binary protobuf: fields in the order of their declaration, maps by key, defaults left out. */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { within, writeListBytes, writeStructBytes, writeValueBytes } from "./binary-structs.ts";
import type { Duration, ListValue, Struct, Value } from "./generated/google/protobuf.ts";
import type { Messages } from "./generated/messages.ts";
import { isWellKnown, shapeOf, WRAPPED, type Kind } from "./shape.ts";
import { isUnset, typeOf, V3, type Field, type MessageType, type TypeTable } from "./table.ts";
import { wireTypeOf, writeWireScalar } from "./wire-scalars.ts";

type Given = Readonly<Record<string, unknown>>;

class BinaryEncoder {
  readonly #table: TypeTable;
  readonly #writer = new BinaryWriter();

  constructor(table: TypeTable) {
    this.#table = table;
  }

  finish(): Uint8Array {
    return this.#writer.finish();
  }

  message(type: MessageType, message: Given): void {
    for (const field of type.fields) {
      const value = message[field.name];
      if (value !== undefined && !isUnset(this.#table, field, value)) this.#field(field, value);
    }
  }

  #field(field: Field, value: unknown): void {
    if (field.mapKey !== undefined) return this.#map(field, value as Given, field.mapKey);
    if (!field.list) return this.#single(field, field.number, value);
    const list = value as readonly unknown[];
    if (!field.packed || wireTypeOf(field.kind) === WireType.LengthDelimited) for (const item of list) this.#single(field, field.number, item);
    else within(this.#writer, field.number, () => list.forEach((item) => writeWireScalar(this.#writer, field.kind, this.#bare(field, item))));
  }

  #map(field: Field, map: Given, keyKind: Kind): void {
    for (const key of Object.keys(map).sort()) {
      within(this.#writer, field.number, () => {
        const bare = keyKind === "string" ? key : keyKind === "bool" ? key === "true" : keyKind.endsWith("64") ? key : Number(key);
        this.#writer.tag(1, wireTypeOf(keyKind));
        writeWireScalar(this.#writer, keyKind, bare);
        this.#single(field, 2, map[key]);
      });
    }
  }

  /** An enum's name as its number. */
  #bare(field: Field, value: unknown): unknown {
    return field.kind === "enum" && typeof value === "string" ? (this.#table.enumeration(field.type ?? "")?.byName.get(value) ?? 0) : value;
  }

  #single(field: Field, number: number, value: unknown): void {
    if (field.kind === "message") return within(this.#writer, number, () => this.#body(field.type ?? "", value));
    this.#writer.tag(number, wireTypeOf(field.kind));
    writeWireScalar(this.#writer, field.kind, this.#bare(field, value));
  }

  #body(name: string, value: unknown): void {
    switch (shapeOf("message", name)) {
      case "any": return this.#any(value as Given);
      case "struct": return writeStructBytes(this.#writer, value as Struct);
      case "value": return writeValueBytes(this.#writer, value as Value);
      case "listvalue": return writeListBytes(this.#writer, value as ListValue);
      case "fieldmask": return this.message(this.#type(name), { paths: value });
      case "duration":
      case "timestamp": return this.message(this.#type(name), { ...(value as Duration) });
      case "wrapper": return this.#wrapper(WRAPPED.get(name) ?? "string", value);
      default: return this.message(this.#type(name), value as Given);
    }
  }

  #wrapper(kind: Kind, value: unknown): void {
    if (value === "" || value === 0 || value === false) return;
    this.#writer.tag(1, wireTypeOf(kind));
    writeWireScalar(this.#writer, kind, value);
  }

  #type(name: string): MessageType {
    const type = this.#table.message(name);
    if (type === undefined) throw new Error(`no message is named ${name}`);
    return type;
  }

  #any(any: Given): void {
    const url = String(any["@type"] ?? "");
    if (url === "") return;
    this.#writer.tag(1, WireType.LengthDelimited).string(url);
    const type = this.#table.message(typeOf(url) ?? "");
    // a type that nobody knows cannot be written; its URL says at least what it was
    if (type === undefined) return;
    within(this.#writer, 2, () => (isWellKnown(type.name) ? this.#wellKnown(type.name, any["value"]) : this.message(type, any)));
  }

  #wellKnown(name: string, value: unknown): void {
    if (value !== undefined) this.#body(name, value);
  }
}

/** Returns the message's bytes; equal messages give equal bytes. */
export function encodeBinary<Name extends keyof Messages>(name: Name, message: Messages[Name], table?: TypeTable): Uint8Array;
export function encodeBinary(name: string, message: object, table?: TypeTable): Uint8Array;
export function encodeBinary(name: string, message: object, table: TypeTable = V3): Uint8Array {
  const type = table.message(name);
  if (type === undefined) throw new Error(`no message is named ${name}`);
  const encoder = new BinaryEncoder(table);
  encoder.message(type, message as Given);
  return encoder.finish();
}
