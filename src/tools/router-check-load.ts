/** Reads test files of router_check_tool: YAML, JSON, or text protobuf (`.pb_text`). */
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Origins } from "../diagnostics/origins.ts";
import { isRawMap, type RawMap } from "../diagnostics/raw.ts";
import { readMap } from "../diagnostics/read-document.ts";
import { Source } from "../diagnostics/source.ts";
import { TextError } from "../diagnostics/text-error.ts";
import { readTextProto } from "../diagnostics/text-proto-reader.ts";
import type { InputText } from "../resources/load.ts";
import { decodeMessage } from "../schema/decode.ts";
import { CHECK_TABLE, VALIDATION, type CheckItem, type Validation } from "./router-check-schema.ts";

export interface CheckSinks {
  readonly origins: Origins;
  readonly diagnostics: Diagnostics;
}

/** The file's tests; those that cannot be run are reported and left out. Undefined: nothing could be read. */
export function loadCheckTests(input: InputText, sinks: CheckSinks): readonly CheckItem[] | undefined {
  if ("problem" in input) {
    sinks.diagnostics.report({ code: "LGT0001", at: sinks.origins.mark(new Source(input.name, "", "yaml"), 0, 0), message: `${input.name} ${input.problem}.` });
    return undefined;
  }
  const root = /\.pb_text$/i.test(input.name) ? readText(input.name, input.bytes, sinks) : readMap(input.name === "<stdin>" ? "-" : input.name, input.bytes, sinks)?.root;
  return root === undefined ? undefined : decodeCheckTests(root, sinks);
}

/** The tests of a document that was read already. */
export function decodeCheckTests(root: RawMap, { origins, diagnostics }: CheckSinks): readonly CheckItem[] {
  const decoded = decodeMessage(VALIDATION, root, { origins, diagnostics, table: CHECK_TABLE }) as Partial<Validation>;
  return (decoded.tests ?? []).filter((test: Partial<CheckItem>) => test.input !== undefined && test.validate !== undefined);
}

function readText(name: string, bytes: Uint8Array, { origins, diagnostics }: CheckSinks): RawMap | undefined {
  const source = new Source(name, new TextDecoder().decode(bytes), "json");
  try {
    const root = readTextProto(source, origins);
    listed(VALIDATION, root, origins);
    return root;
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    diagnostics.report({ code: error.code, at: origins.mark(source, error.start, error.end), message: error.message });
    return undefined;
  }
}

/** In text format a list of one looks like its item, and wrappers are messages. */
function listed(type: string, map: RawMap, origins: Origins): void {
  for (const field of CHECK_TABLE.message(type)?.fields ?? []) {
    const value = map[field.name];
    if (value === undefined) continue;
    if (field.list && !Array.isArray(value)) {
      const list = [value];
      origins.deriveEntry(list, map, field.name);
      map[field.name] = list;
    }
    for (const item of [map[field.name]].flat() as unknown[]) {
      if (!isRawMap(item) || field.type === undefined) continue;
      if (WRAPPER.test(field.type)) map[field.name] = item["value"] ?? (field.type.endsWith("StringValue") ? "" : 0);
      else listed(field.type, item, origins);
    }
  }
}

/** Written out in text format, and bare in JSON. */
const WRAPPER = /^google\.protobuf\.(String|UInt32|UInt64|Bool|Double|Int32|Int64)Value$/;
