import type { Diagnostics, Finding } from "../diagnostics/finding.ts";
import type { Origins } from "../diagnostics/origins.ts";
import { newRawMap, type RawMap } from "../diagnostics/raw.ts";
import { readMap } from "../diagnostics/read-document.ts";
import { Source } from "../diagnostics/source.ts";
import type { UnknownFields } from "../schema/context.ts";
import { decodeMessage } from "../schema/decode.ts";
import { V3 } from "../schema/table.ts";
import type { Change } from "../schema/upgrade/change.ts";
import { upgradeDocument, type Upgraded } from "../schema/upgrade/upgrade.ts";
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
  const found = recognise(input, options);
  if (found === undefined) return undefined;
  const { root, type } = found;
  if (V3.message(type) === undefined) return decodeOld(input.name, type, root, options);
  const first = new Withheld(OLD_NAMES.test(found.text));
  const messages = decodeAll(type, root, { ...options, diagnostics: first });
  const upgraded = first.suspicious ? upgradeDocument(type, root, options.origins) : undefined;
  if (upgraded !== undefined) return decodeUpgraded(input.name, upgraded, options);
  first.release(options.diagnostics);
  return { name: input.name, type, messages };
}

/** A document whose kind is known, still raw. */
export interface Recognised {
  readonly root: RawMap;
  readonly type: string;
  readonly text: string;
}

/** What an input is, still raw; undefined, with a finding, where it cannot be read or is no configuration. */
export function recognise(input: InputText, options: LoadOptions): Recognised | undefined {
  const { origins, diagnostics } = options;
  if ("problem" in input) {
    diagnostics.report({ code: "LGT0001", at: origins.mark(new Source(input.name, "", "yaml"), 0, 0), message: `${input.name} ${input.problem}.` });
    return undefined;
  }
  const name = input.name === "<stdin>" ? "-" : input.name;
  const document = readMap(name, input.bytes, { origins, diagnostics });
  if (document === undefined) return undefined;
  const type = options.type ?? kindOf(document.root);
  if (type !== undefined) return { root: document.root, type, text: document.source.text };
  if (options.optional !== true) reportUnknownKind(document.root, diagnostics);
  return undefined;
}

/** A document that says itself that it is of v2. */
function decodeOld(name: string, type: string, root: RawMap, options: LoadOptions): LoadedDocument | undefined {
  const upgraded = upgradeDocument(type, root, options.origins);
  if (upgraded !== undefined) return decodeUpgraded(name, upgraded, options);
  options.diagnostics.report({ code: "LGT0007", at: root, key: "@type", message: `No message of the Envoy API is named ${type}.` });
  return undefined;
}

/** Decodes what an upgrade made, and says what it changed. */
export function decodeUpgraded(name: string, { type, root, changes }: Upgraded, options: LoadOptions): LoadedDocument {
  for (const change of changes) options.diagnostics.report(changeFinding(change));
  return { name, type, messages: decodeAll(type, root, options) };
}

/** A step of an upgrade as a finding. */
export function changeFinding({ at, key, message, fix, lost }: Change): Finding {
  return { code: lost === true ? "LGT1102" : "LGT1101", at, ...(key === undefined ? {} : { key }), message: `${message}.`, ...(fix === undefined ? {} : { fix: `${fix}.` }) };
}

function decodeAll(type: string, root: RawMap, options: LoadOptions): LoadedMessage[] {
  return partsOf(type, root, options.diagnostics).flatMap((part) => decodePart(part, options));
}

/** Keeps findings back until it is known whether the document is of an older API. */
class Withheld implements Diagnostics {
  readonly #findings: Finding[] = [];
  /** Is anything wrong that an older API would explain? */
  suspicious: boolean;

  constructor(suspicious: boolean) {
    this.suspicious = suspicious;
  }

  report(finding: Finding): void {
    this.#findings.push(finding);
    if (OLD_API.has(finding.code)) this.suspicious = true;
  }

  release(to: Diagnostics): void {
    for (const finding of this.#findings) to.report(finding);
  }
}

/** Names of v2 for filters that mostly stand without configuration, as v3 does not allow. */
const OLD_NAMES = /\benvoy\.(?:router|cors|grpc_web|grpc_http1_bridge|buffer|listener\.\w+|echo)\b/;

/** Unknown fields, unknown types, values of other kinds, v2 types, and unknown values of enums. */
const OLD_API: ReadonlySet<string> = new Set(["LGT0007", "LGT0201", "LGT0202", "LGT0204", "LGT0209", "LGT0211", "LGT0218"]);

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
