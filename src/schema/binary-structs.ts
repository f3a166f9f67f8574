/** google.protobuf.Struct, Value and ListValue on the wire. */
import { WireType, type BinaryReader, type BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Struct, Value } from "./generated/google/protobuf.ts";
import { setEntry } from "./structs.ts";

/** Value's fields: null_value, number_value, string_value, bool_value, struct_value, list_value. */
const [NULL, NUMBER, STRING, BOOL, STRUCT, LIST] = [1, 2, 3, 4, 5, 6] as const;

/** Reads a Value that ends at `end`. */
export function readValueBytes(reader: BinaryReader, end: number): Value {
  let value: Value = null;
  while (reader.pos < end) {
    const [number, wire] = reader.tag();
    switch (number) {
      case NULL: reader.int32(); value = null; break;
      case NUMBER: value = jsonNumber(reader.double()); break;
      case STRING: value = reader.string(); break;
      case BOOL: value = reader.bool(); break;
      case STRUCT: value = readStructBytes(reader, reader.uint32() + reader.pos); break;
      case LIST: value = readListBytes(reader, reader.uint32() + reader.pos); break;
      default: reader.skip(wire, number);
    }
  }
  return value;
}

/** A number that JSON has no form for becomes its name, as elsewhere. */
function jsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

export function readListBytes(reader: BinaryReader, end: number): Value[] {
  const list: Value[] = [];
  while (reader.pos < end) {
    const [number, wire] = reader.tag();
    if (number === 1) list.push(readValueBytes(reader, reader.uint32() + reader.pos));
    else reader.skip(wire, number);
  }
  return list;
}

export function readStructBytes(reader: BinaryReader, end: number): Struct {
  const struct: Record<string, Value> = {};
  while (reader.pos < end) {
    const [number, wire] = reader.tag();
    if (number === 1) readEntry(reader, reader.uint32() + reader.pos, struct);
    else reader.skip(wire, number);
  }
  return struct;
}

function readEntry(reader: BinaryReader, end: number, struct: Record<string, Value>): void {
  let key = "";
  let value: Value = null;
  while (reader.pos < end) {
    const [number, wire] = reader.tag();
    if (number === 1) key = reader.string();
    else if (number === 2) value = readValueBytes(reader, reader.uint32() + reader.pos);
    else reader.skip(wire, number);
  }
  setEntry(struct, key, value);
}

export function writeValueBytes(writer: BinaryWriter, value: Value): void {
  if (value === null) writer.tag(NULL, WireType.Varint).int32(0);
  else if (typeof value === "number") writer.tag(NUMBER, WireType.Bit64).double(value);
  else if (typeof value === "string") writer.tag(STRING, WireType.LengthDelimited).string(value);
  else if (typeof value === "boolean") writer.tag(BOOL, WireType.Varint).bool(value);
  else if (Array.isArray(value)) within(writer, LIST, () => writeListBytes(writer, value as readonly Value[]));
  else within(writer, STRUCT, () => writeStructBytes(writer, value as Struct));
}

export function writeListBytes(writer: BinaryWriter, list: readonly Value[]): void {
  for (const item of list) within(writer, 1, () => writeValueBytes(writer, item));
}

export function writeStructBytes(writer: BinaryWriter, struct: Struct): void {
  for (const key of Object.keys(struct).sort()) {
    within(writer, 1, () => {
      writer.tag(1, WireType.LengthDelimited).string(key);
      within(writer, 2, () => writeValueBytes(writer, struct[key] ?? null));
    });
  }
}

/** Writes a length-delimited field whose content `write` gives. */
export function within(writer: BinaryWriter, number: number, write: () => void): void {
  writer.tag(number, WireType.LengthDelimited).fork();
  write();
  writer.join();
}
