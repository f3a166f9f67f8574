/** protobuf's text format, as `TextFormat::PrintToString` writes a message: one field a line, fields by number. */
import { Buffer } from "node:buffer";
import { shapeOf, WRAPPED } from "../schema/shape.ts";
import { isUnset, typeOf, V3, type Field } from "../schema/table.ts";

type Given = Readonly<Record<string, unknown>>;

/** A decoded message of the API as text; each line ends with a line feed. */
export function textFormat(type: string, message: object): string {
  return linesOf(type, message as Given, "").map((line) => `${line}\n`).join("");
}

function linesOf(type: string, message: Given, indent: string): string[] {
  const fields = [...(V3.message(type)?.fields ?? [])].sort((a, b) => a.number - b.number);
  return fields.flatMap((field) => {
    const value = message[field.name];
    if (value === undefined || isUnset(V3, field, value)) return [];
    if (field.mapKey !== undefined) return mapLines(field, value as Given, indent);
    return (field.list ? (value as readonly unknown[]) : [value]).flatMap((item) => fieldLines(field, field.name, item, indent));
  });
}

function mapLines(field: Field, map: Given, indent: string): string[] {
  return Object.entries(map).flatMap(([key, value]) => {
    const shownKey = field.mapKey === "string" ? quoted(key) : key;
    return [`${indent}${field.name} {`, `${indent}  key: ${shownKey}`, ...fieldLines(field, "value", value, `${indent}  `), `${indent}}`];
  });
}

function fieldLines(field: Field, name: string, value: unknown, indent: string): string[] {
  if (field.shape === "enum") return [`${indent}${name}: ${String(value)}`];
  if (field.kind !== "message") return [`${indent}${name}: ${scalar(field.shape, value)}`];
  const body = bodyLines(field.type ?? "", value, `${indent}  `);
  return [`${indent}${name} {`, ...body, `${indent}}`];
}

function bodyLines(type: string, value: unknown, indent: string): string[] {
  switch (shapeOf("message", type)) {
    case "wrapper": {
      const isDefault = value === "" || value === 0 || value === false;
      return isDefault ? [] : [`${indent}value: ${scalar(shapeOf(WRAPPED.get(type) ?? "string", undefined), value)}`];
    }
    case "duration":
    case "timestamp": return numberLines(value as Given, ["seconds", "nanos"], indent);
    case "struct": return structLines(value as Given, indent);
    case "value": return valueLines(value, indent);
    case "listvalue": return (value as readonly unknown[]).flatMap((item) => [`${indent}values {`, ...valueLines(item, `${indent}  `), `${indent}}`]);
    case "fieldmask": return (value as readonly string[]).map((path) => `${indent}paths: ${quoted(path)}`);
    case "any": return anyLines(value as Given, indent);
    default: return linesOf(type, value as Given, indent);
  }
}

function numberLines(value: Given, names: readonly string[], indent: string): string[] {
  return names.filter((name) => value[name] !== undefined && value[name] !== 0).map((name) => `${indent}${name}: ${String(value[name])}`);
}

function anyLines(any: Given, indent: string): string[] {
  const url = String(any["@type"] ?? "");
  return [`${indent}[${url}] {`, ...linesOf(typeOf(url) ?? "", any, `${indent}  `), `${indent}}`];
}

function structLines(struct: Given, indent: string): string[] {
  return Object.entries(struct).flatMap(([key, value]) => [
    `${indent}fields {`, `${indent}  key: ${quoted(key)}`, `${indent}  value {`, ...valueLines(value, `${indent}    `), `${indent}  }`, `${indent}}`,
  ]);
}

function valueLines(value: unknown, indent: string): string[] {
  if (value === null) return [`${indent}null_value: NULL_VALUE`];
  if (typeof value === "string") return [`${indent}string_value: ${quoted(value)}`];
  if (typeof value === "number") return [`${indent}number_value: ${value}`];
  if (typeof value === "boolean") return [`${indent}bool_value: ${value}`];
  if (Array.isArray(value)) return [`${indent}list_value {`, ...bodyLines("google.protobuf.ListValue", value, `${indent}  `), `${indent}}`];
  return [`${indent}struct_value {`, ...structLines(value as Given, `${indent}  `), `${indent}}`];
}

function scalar(shape: string, value: unknown): string {
  if (shape === "bytes") return quotedBytes(Buffer.from(String(value), "base64"));
  return shape === "string" ? quoted(String(value)) : String(value);
}

function quoted(text: string): string {
  return quotedBytes(Buffer.from(text, "utf8"));
}

const ESCAPES: Readonly<Record<number, string>> = { 10: "\\n", 13: "\\r", 9: "\\t", 34: '\\"', 39: "\\'", 92: "\\\\" };

/** C escapes; what is not printable ASCII in three octal digits. */
function quotedBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    text += ESCAPES[byte] ?? (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`);
  }
  return `"${text}"`;
}
