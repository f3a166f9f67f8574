import { existsSync, readFileSync } from "node:fs";
import { FieldDescriptorProto_Label, type DescriptorProto, type EnumDescriptorProto, type FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { embeddedDescriptors } from "../../scripts/schema/binary.ts";
import { V3 } from "../../src/schema/table.ts";
import { v2 } from "../../src/schema/v2.ts";

const V2 = v2();

const binary = process.env["LEGATE_ENVOY"];
const present = binary !== undefined && existsSync(binary);
if (!present) console.warn("SKIPPED: completeness against Envoy's binary (set LEGATE_ENVOY to an Envoy 1.40.0 executable)");

/** Files that Envoy carries but no configuration can name. */
const FOREIGN = /^(source|src|common|cpp2sky|language-agent|tcmalloc)\/|^zipkin\.proto$|^google\/(api\/httpbody|rpc\/error_details|protobuf\/(cpp_features|source_context|type))\.proto$/;

/** What the tables (v2's answers for v3 too) lack of a message, as one line each. */
function lacking(name: string, message: DescriptorProto): string[] {
  if (message.options?.mapEntry === true) return [];
  const known = V2.message(name);
  const nested = [...message.nestedType.flatMap((m) => lacking(`${name}.${m.name}`, m)), ...message.enumType.flatMap((e) => lackingValues(`${name}.${e.name}`, e))];
  if (known === undefined) return [name, ...nested];
  const fields = message.field.filter((f) => {
    const field = known.byName.get(f.name);
    const list = field !== undefined && (field.list || field.mapKey !== undefined);
    return field?.number !== f.number || list !== (f.label === FieldDescriptorProto_Label.REPEATED);
  });
  return [...fields.map((f) => `${name}.${f.name}`), ...nested];
}

function lackingValues(name: string, type: EnumDescriptorProto): string[] {
  return type.value.filter((v) => V2.enumeration(name)?.byName.get(v.name) !== v.number).map((v) => `${name}.${v.name}`);
}

function lackingOf(file: FileDescriptorProto): string[] {
  const prefix = file.package === "" ? "" : `${file.package}.`;
  return [...file.messageType.flatMap((m) => lacking(prefix + m.name, m)), ...file.enumType.flatMap((e) => lackingValues(prefix + e.name, e))];
}

test.skipIf(!present)("the table has every message, field and enum value that Envoy's binary has", () => {
  const files = embeddedDescriptors(readFileSync(binary ?? ""));
  expect(files.size).toBeGreaterThan(500);
  expect([...files.values()].filter((f) => !FOREIGN.test(f.name)).flatMap(lackingOf)).toEqual([]);
});

test.skipIf(!present)("a file is marked as linked exactly if the binary has it", () => {
  const files = embeddedDescriptors(readFileSync(binary ?? ""));
  const wrong = [...V3.names()].map((name) => V3.message(name)).filter((type) => type !== undefined && type.file.linked !== files.has(type.file.name));
  expect([...new Set(wrong.map((type) => type?.file.name))]).toEqual([]);
});
