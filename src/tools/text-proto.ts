import { V3, type Field } from "../schema/table.ts";

/** A message on one line of protobuf's text format, as its ShortDebugString prints it: `name: "x" string_match { exact: "y" }`. */
export function textProto(type: string, message: object): string {
  const fields = V3.message(type)?.fields ?? [];
  return [...fields].sort((a, b) => a.number - b.number).flatMap((field) => fieldTexts(field, (message as Readonly<Record<string, unknown>>)[field.name])).join(" ");
}

function fieldTexts(field: Field, value: unknown): string[] {
  if (value === undefined) return [];
  if (field.list) return (value as readonly unknown[]).map((item) => entryText(field, item));
  if (field.mapKey === undefined) return [entryText(field, value)];
  return Object.entries(value as object).map(([key, item]) => `${field.name} { key: ${JSON.stringify(key)} ${entryText({ ...field, name: "value" }, item)} }`);
}

function entryText(field: Field, value: unknown): string {
  switch (field.shape) {
    case "message": return block(field.name, textProto(field.type ?? "", value as object));
    case "wrapper": return block(field.name, `value: ${scalarText(value)}`);
    case "duration":
    case "timestamp": return block(field.name, durationText(value as { seconds: number; nanos: number }));
    case "any": return block(field.name, "");
    case "enum": return `${field.name}: ${String(value)}`;
    default: return `${field.name}: ${scalarText(value)}`;
  }
}

function block(name: string, text: string): string {
  return text === "" ? `${name} { }` : `${name} { ${text} }`;
}

function durationText({ seconds, nanos }: { readonly seconds: number; readonly nanos: number }): string {
  return [...(seconds === 0 ? [] : [`seconds: ${seconds}`]), ...(nanos === 0 ? [] : [`nanos: ${nanos}`])].join(" ");
}

function scalarText(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
