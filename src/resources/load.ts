import type { Diagnostics, Finding } from "../diagnostics/finding.ts";
import type { Origins } from "../diagnostics/origins.ts";
import { newRawMap, type RawMap, textOfRaw } from "../diagnostics/raw.ts";
import type { UnknownFields } from "../schema/context.ts";
import { decodeMessage } from "../schema/decode.ts";
import { V3 } from "../schema/table.ts";
import type { Change } from "../schema/upgrade/change.ts";
import { upgradeDocument, type Upgraded } from "../schema/upgrade/upgrade.ts";
import { DISCOVERY_RESPONSE } from "./kind.ts";
import { type Part, partsOf } from "./parts.ts";
import type { InputText } from "./input-text.ts";
import { recogniseAll, type RecogniseOptions, type Recognised } from "./recognise.ts";

export type { InputText } from "./input-text.ts";

export interface LoadOptions extends RecogniseOptions {
  readonly unknownFields?: UnknownFields;
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
  /** Where what is wrong with it goes. */
  readonly diagnostics: Diagnostics;
  /** Parts are missing, since they could not be read: what is not there says nothing. */
  readonly damaged?: true;
  /** `version_info`, of a DiscoveryResponse. */
  readonly version?: string;
}

/** Reads, recognises and decodes one input. Everything wrong is reported; undefined means that nothing could be decoded. */
export function loadDocument(input: InputText, options: LoadOptions): LoadedDocument | undefined {
  const [found] = recogniseAll(input, options);
  const document = found === undefined ? undefined : decodeDocument(input.name, found, options);
  return document === undefined || found?.type !== DISCOVERY_RESPONSE ? document : { ...document, version: textOfRaw(found.root["version_info"]) };
}

/** The same for every document of the input, those included that Envoy does not read. */
export function loadDocuments(input: InputText, options: LoadOptions): LoadedDocument[] {
  return recogniseAll(input, options, true).flatMap((found) => decodeDocument(input.name, found, options) ?? []);
}

function decodeDocument(name: string, found: Recognised, options: LoadOptions): LoadedDocument | undefined {
  if (found.damaged !== true) return decodeWhole(name, found, options);
  const document = decodeWhole(name, { ...found, diagnostics: forDamaged(found.diagnostics) }, options);
  return document === undefined ? undefined : { ...document, damaged: true };
}

/** What is missing is not said of a document of which parts are missing. */
function forDamaged(diagnostics: Diagnostics): Diagnostics {
  return { report: (finding) => (MISSING.has(finding.code) ? undefined : diagnostics.report(finding)) };
}

/** A required field or oneof, too few items. */
const MISSING: ReadonlySet<string> = new Set(["LGT0301", "LGT0302", "LGT0305", "LGT0303", "LGT0210"]);

function decodeWhole(name: string, { root, type, text, diagnostics }: Recognised, given: LoadOptions): LoadedDocument | undefined {
  const options = { ...given, diagnostics };
  if (V3.message(type) === undefined) return decodeOld(name, type, root, options);
  const first = new Withheld(OLD_NAMES.test(text));
  const messages = decodeAll(type, root, { ...options, diagnostics: first });
  const upgraded = first.suspicious ? upgradeDocument(type, root, options.origins) : undefined;
  if (upgraded !== undefined) return decodeUpgraded(name, upgraded, options);
  first.release(diagnostics);
  return { name, type, messages, diagnostics };
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
  return { name, type, messages: decodeAll(type, root, options), diagnostics: options.diagnostics };
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
