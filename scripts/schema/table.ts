/**
 * Writes the API table: one line a file (`@name TAB flags`), then one a type (`TYPE TAB json`). What the letters mean
 * is said once, in src/schema/table.ts, which reads it.
 */
import { getExtension, hasExtension, ScalarType, type DescEnum, type DescField, type DescFile, type DescMessage, type DescOneof, type FileRegistry } from "@bufbuild/protobuf";
import { rulesOf } from "./rules.ts";

type Json = Record<string, unknown>;

/** Reads a custom option by its name; undefined if it is not set. */
function option(registry: FileRegistry, options: Parameters<typeof hasExtension>[0] | undefined, name: string): unknown {
  const extension = registry.getExtension(name);
  if (extension === undefined || options === undefined || options.$typeName !== extension.extendee.typeName) return undefined;
  return hasExtension(options, extension) ? getExtension(options, extension) : undefined;
}

function isWip(value: unknown): boolean {
  return (value as { workInProgress?: boolean } | undefined)?.workInProgress === true;
}

/** The version that deprecated it ("3.4"), 1 if no version is given, undefined if it is not deprecated. */
function deprecation(registry: FileRegistry, deprecated: boolean, options: Parameters<typeof option>[1], name: string): unknown {
  return deprecated ? (option(registry, options, name) ?? 1) : undefined;
}

function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function kindOf(field: DescField): Json {
  if (field.fieldKind === "list") return { ...elementOf(field.listKind, field), l: 1 };
  if (field.fieldKind === "map") return { ...elementOf(field.mapKind, field), m: ScalarType[field.mapKey].toLowerCase() };
  return elementOf(field.fieldKind, field);
}

function elementOf(kind: "scalar" | "enum" | "message", field: DescField): Json {
  if (kind === "scalar") return { k: ScalarType[field.scalar ?? ScalarType.STRING].toLowerCase() };
  return kind === "enum" ? { k: "enum", t: field.enum?.typeName } : { k: "message", t: field.message?.typeName };
}

/** True for a repeated number that is written as one entry each (proto2's default). */
function isUnpacked(field: DescField): boolean {
  if (field.fieldKind !== "list" || field.listKind === "message" || field.packed) return false;
  return field.listKind === "enum" || (field.scalar !== ScalarType.STRING && field.scalar !== ScalarType.BYTES);
}

function fieldLine(registry: FileRegistry, field: DescField): Json {
  const options = field.proto.options;
  return {
    n: field.name,
    i: field.number,
    ...kindOf(field),
    j: field.jsonName === camel(field.name) ? undefined : field.jsonName,
    o: field.oneof?.name,
    u: isUnpacked(field) ? 1 : undefined,
    r: rulesOf(field, registry),
    d: deprecation(registry, field.deprecated, options, "envoy.annotations.deprecated_at_minor_version"),
    x: option(registry, options, "envoy.annotations.disallowed_by_default") === true ? 1 : undefined,
    w: isWip(option(registry, options, "xds.annotations.v3.field_status")) ? 1 : undefined,
    s: option(registry, options, "udpa.annotations.sensitive") === true ? 1 : undefined,
  };
}

function oneofs(registry: FileRegistry, list: readonly DescOneof[]): Json | undefined {
  const entries = list.map((o) => [o.name, option(registry, o.proto.options, "validate.required") === true ? 1 : 0] as const);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function messageLine(registry: FileRegistry, message: DescMessage): string {
  const options = message.proto.options;
  return JSON.stringify({
    f: message.fields.map((field) => fieldLine(registry, field)),
    o: oneofs(registry, message.oneofs),
    d: message.deprecated ? 1 : undefined,
    w: isWip(option(registry, options, "xds.annotations.v3.message_status")) ? 1 : undefined,
    p: (option(registry, options, "udpa.annotations.versioning") as { previousMessageType?: string } | undefined)?.previousMessageType,
  });
}

function enumLine(registry: FileRegistry, type: DescEnum): string {
  const marks = (pick: (value: DescEnum["values"][number]) => unknown): Json | undefined => {
    const entries = type.values.map((v) => [v.name, pick(v)] as const).filter((e) => e[1] !== undefined);
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  };
  return JSON.stringify({
    v: Object.fromEntries(type.values.map((v) => [v.name, v.number])),
    d: marks((v) => deprecation(registry, v.deprecated, v.proto.options, "envoy.annotations.deprecated_at_minor_version_enum")),
    x: marks((v) => (option(registry, v.proto.options, "envoy.annotations.disallowed_by_default_enum") === true ? 1 : undefined)),
  });
}

function typesOf(file: DescFile): (DescMessage | DescEnum)[] {
  const below = (message: DescMessage): (DescMessage | DescEnum)[] => [message, ...message.nestedEnums, ...message.nestedMessages.flatMap(below)];
  return [...file.enums, ...file.messages.flatMap(below)].filter((t) => t.kind === "enum" || t.proto.options?.mapEntry !== true);
}

function fileFlags(registry: FileRegistry, file: DescFile, linked: ReadonlySet<string>): Json {
  const status = option(registry, file.proto.options, "xds.annotations.v3.file_status") ?? option(registry, file.proto.options, "udpa.annotations.file_status");
  const move = option(registry, file.proto.options, "udpa.annotations.file_migrate") as { moveToPackage?: string } | undefined;
  return { l: linked.has(`${file.name}.proto`) ? 1 : 0, w: isWip(status) ? 1 : undefined, g: move?.moveToPackage };
}

/** Returns the table's text for the files that `wanted` picks; `linked` names the files that Envoy's binary knows. */
export function tableText(registry: FileRegistry, wanted: (name: string) => boolean, linked: ReadonlySet<string>): string {
  const files = [...registry.files].filter((f) => wanted(`${f.name}.proto`)).sort((a, b) => (a.name < b.name ? -1 : 1));
  return files.map((file) => {
    const lines = typesOf(file).map((t) => `${t.typeName}\t${t.kind === "enum" ? enumLine(registry, t) : messageLine(registry, t)}`);
    return [`@${file.name}.proto\t${JSON.stringify(fileFlags(registry, file, linked))}`, ...lines].join("\n");
  }).join("\n");
}

/** Returns a module whose one export is the text: a template literal loads in Bun, Deno and Node alike, without a file. */
export function textModule(name: string, what: string, text: string): string {
  // oxlint-disable-next-line no-template-curly-in-string
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${");
  const foreign = /[^\n\t\x20-\x7e]/.exec(escaped);
  if (foreign !== null) throw new Error(`the table is not plain ASCII: ${escaped.slice(foreign.index - 40, foreign.index + 10)}`);
  return `// Generated by scripts/schema/generate; do not edit.\n/** ${what} */\nexport const ${name} = \`\n${escaped}\n\`;\n`;
}
