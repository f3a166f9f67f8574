import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Origins } from "../diagnostics/origins.ts";
import { newRawMap, type RawMap } from "../diagnostics/raw.ts";
import { readMap } from "../diagnostics/read-document.ts";
import { Source } from "../diagnostics/source.ts";
import type { UnknownFields } from "../schema/context.ts";
import { decodeMessage } from "../schema/decode.ts";
import { V3 } from "../schema/table.ts";
import { kindOf, reportUnknownKind } from "./kind.ts";
import { type Part, partsOf } from "./parts.ts";

/** One input as its reader found it: its bytes, or the reason why there are none. */
export type InputText = { readonly name: string; readonly bytes: Uint8Array } | { readonly name: string; readonly problem: string };

export interface LoadOptions {
  readonly origins: Origins;
  readonly diagnostics: Diagnostics;
  /** The message's type, where the user gave it. */
  readonly type?: string;
  readonly unknownFields?: UnknownFields;
  /** Nobody named this input: if it is no configuration, that is no finding. */
  readonly optional?: boolean;
}

/** One decoded message of a document. */
export interface LoadedMessage {
  readonly type: string;
  readonly message: object;
}

/** A document that was recognised, and the messages it holds. */
export interface LoadedDocument {
  readonly name: string;
  readonly type: string;
  readonly messages: readonly LoadedMessage[];
}

/** Reads, recognises and decodes one input. Everything wrong is reported; undefined means that nothing could be decoded. */
export function loadDocument(input: InputText, options: LoadOptions): LoadedDocument | undefined {
  const { origins, diagnostics } = options;
  if ("problem" in input) {
    diagnostics.report({ code: "LGT0001", at: origins.mark(new Source(input.name, "", "yaml"), 0, 0), message: `${input.name} ${input.problem}.` });
    return undefined;
  }
  const name = input.name === "<stdin>" ? "-" : input.name;
  const document = readMap(name, input.bytes, { origins, diagnostics });
  if (document === undefined) return undefined;
  const type = options.type ?? kindOf(document.root);
  if (type === undefined) {
    if (options.optional !== true) reportUnknownKind(document.root, diagnostics);
    return undefined;
  }
  const messages = partsOf(type, document.root, diagnostics).flatMap((part) => decodePart(part, options));
  return { name: input.name, type, messages };
}

function decodePart({ type, raw }: Part, options: LoadOptions): LoadedMessage[] {
  const { origins, diagnostics } = options;
  if (V3.message(type) === undefined) {
    diagnostics.report({ code: "LGT0007", at: raw, key: "@type", message: `No message of the Envoy API is named ${type}.` });
    return [];
  }
  return [{ type, message: decodeMessage(type, withoutType(raw, origins), { diagnostics, origins, unknown_fields: options.unknownFields ?? "error" }) }];
}

/** A resource names its type; the message itself has no such field. */
function withoutType(raw: RawMap, origins: Origins): RawMap {
  if (raw["@type"] === undefined) return raw;
  const fields = Object.assign(newRawMap(), raw);
  delete fields["@type"];
  origins.derive(fields, raw);
  return fields;
}
