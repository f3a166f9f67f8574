/** Scalars on the wire, in the forms that decoded messages have. */
import { Buffer } from "node:buffer";
import { WireType, type BinaryReader, type BinaryWriter } from "@bufbuild/protobuf/wire";
import { modelInteger } from "./numbers.ts";
import type { Kind } from "./shape.ts";

export function wireTypeOf(kind: Kind): WireType {
  switch (kind) {
    case "string":
    case "bytes":
    case "message": return WireType.LengthDelimited;
    case "double":
    case "fixed64":
    case "sfixed64": return WireType.Bit64;
    case "float":
    case "fixed32":
    case "sfixed32": return WireType.Bit32;
    default: return WireType.Varint;
  }
}

function number(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** The shortest number that means this float, so that 0.1 comes back as 0.1. */
function shortFloat(value: number): number | string {
  if (!Number.isFinite(value)) return String(value);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

export function readWireScalar(reader: BinaryReader, kind: Kind): unknown {
  switch (kind) {
    case "string": return reader.string();
    case "bytes": return Buffer.from(reader.bytes()).toString("base64");
    case "bool": return reader.bool();
    case "double": return number(reader.double());
    case "float": return shortFloat(reader.float());
    case "int64": return modelInteger(BigInt(reader.int64()));
    case "uint64": return modelInteger(BigInt(reader.uint64()));
    case "sint64": return modelInteger(BigInt(reader.sint64()));
    case "fixed64": return modelInteger(BigInt(reader.fixed64()));
    case "sfixed64": return modelInteger(BigInt(reader.sfixed64()));
    case "message": throw new Error("a message is no scalar");
    default: return reader[kind === "enum" ? "int32" : kind]();
  }
}

export function writeWireScalar(writer: BinaryWriter, kind: Kind, value: unknown): void {
  switch (kind) {
    case "string": writer.string(value as string); break;
    case "bytes": writer.bytes(Buffer.from(value as string, "base64")); break;
    case "bool": writer.bool(value as boolean); break;
    case "double":
    case "float": writer[kind](Number(value)); break;
    case "int64":
    case "uint64":
    case "sint64":
    case "fixed64":
    case "sfixed64": writer[kind](BigInt(value as string | number)); break;
    case "message": throw new Error("a message is no scalar");
    default: writer[kind === "enum" ? "int32" : kind](value as number);
  }
}
