/** Kinds of fields as descriptors name them. */
export type Kind =
  | "string" | "bytes" | "bool" | "int32" | "uint32" | "sint32" | "fixed32" | "sfixed32"
  | "int64" | "uint64" | "sint64" | "fixed64" | "sfixed64" | "float" | "double" | "enum" | "message";

/**
 * How a single value looks in a decoded message. A wrapper has the shape `wrapper` and holds the bare value of
 * `WRAPPED`; messages with a JSON form of their own have a shape of their own.
 */
export type Shape = "string" | "bytes" | "bool" | "integer" | "float" | "enum" | "message" | "wrapper" | "duration" | "timestamp" | "struct" | "value" | "listvalue" | "any" | "fieldmask";

/** Kind of the one field `value` of each wrapper message. */
export const WRAPPED: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["google.protobuf.DoubleValue", "double"],
  ["google.protobuf.FloatValue", "float"],
  ["google.protobuf.Int64Value", "int64"],
  ["google.protobuf.UInt64Value", "uint64"],
  ["google.protobuf.Int32Value", "int32"],
  ["google.protobuf.UInt32Value", "uint32"],
  ["google.protobuf.BoolValue", "bool"],
  ["google.protobuf.StringValue", "string"],
  ["google.protobuf.BytesValue", "bytes"],
]);

const WELL_KNOWN: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ["google.protobuf.Any", "any"],
  ["google.protobuf.Duration", "duration"],
  ["google.protobuf.Timestamp", "timestamp"],
  ["google.protobuf.Struct", "struct"],
  ["google.protobuf.Value", "value"],
  ["google.protobuf.ListValue", "listvalue"],
  ["google.protobuf.FieldMask", "fieldmask"],
  ...[...WRAPPED.keys()].map((name) => [name, "wrapper"] as const),
]);

/** The shape of a field's values. */
export function shapeOf(kind: Kind, type: string | undefined): Shape {
  switch (kind) {
    case "string":
    case "bytes":
    case "bool":
    case "enum": return kind;
    case "float":
    case "double": return "float";
    case "message": return WELL_KNOWN.get(type ?? "") ?? "message";
    default: return "integer";
  }
}

/** True for the messages that stand under `value` when they are inside an Any. Empty is not one of them. */
export function isWellKnown(type: string): boolean {
  return WELL_KNOWN.has(type);
}
