import type { Diagnostics, Finding } from "../diagnostics/finding.ts";
import type { Origins } from "../diagnostics/origins.ts";
import { newRawMap, type RawMap, textOfRaw } from "../diagnostics/raw.ts";
import type { UnknownFields } from "../schema/context.ts";
import { decodeMessage } from "../schema/decode.ts";
import { V3 } from "../schema/table.ts";
import type { Change } from "../schema/upgrade/change.ts";
import { upgradeDocument, type Upgraded } from "../schema/upgrade/upgrade.ts";
import { BOOTSTRAP, CONFIG_DUMP, DISCOVERY_RESPONSE } from "./kind.ts";
import { type Part, partsOf } from "./parts.ts";
import type { InputText } from "./input-text.ts";
import { recogniseAll, type RecogniseOptions, type Recognised } from "./recognise.ts";
import { staticOf } from "./static-dump.ts";

export type { InputText } from "./input-text.ts";

export interface LoadOptions extends RecogniseOptions {
  readonly unknownFields?: UnknownFields;
  /** A config dump stands for the static bootstrap that runs the same. */
  readonly asStatic?: boolean;
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

function decodeWhole(name: string, found: Recognised, given: LoadOptions): LoadedDocument | undefined {
  const { root, type, text, diagnostics } = given.asStatic === true && found.type === CONFIG_DUMP ? { ...found, type: BOOTSTRAP, root: staticOf(found.root, given.origins) } : found;
  const options = { ...given, diagnostics };
  if (V3.message(type) === undefined) return decodeOld(name, type, root, options);
  const first = new Withheld(OLD_NAMES.test(text));
  const messages = decodeAll(type, root, { ...options, diagnostics: first });
  const upgraded = first.suspicious ? upgradeDocument(type, root, options.origins) : undefined;
  if (upgraded?.mixed === false) return decodeUpgraded(name, upgraded, options);
  first.release(upgraded === undefined ? diagnostics : withFixes(upgraded.changes, options));
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

/** What is wrong in a file of v3 because it is of v2 gets the words of the upgrade for its fix; what is below it is no fault of its own. */
function withFixes(changes: readonly Change[], { origins, diagnostics }: LoadOptions): Diagnostics {
  const pathOf = (at: object, key: string | number | undefined): string => origins.find(at, key)?.path ?? "";
  const fixes = new Map(changes.map(({ at, key, fix }) => [pathOf(at, key), fix]));
  const isBelow = (path: string): boolean => {
    for (let end = path.length; end > 0; end = Math.max(path.lastIndexOf(".", end - 1), path.lastIndexOf("[", end - 1))) if (fixes.has(path.slice(0, end))) return true;
    return false;
  };
  return {
    report(finding) {
      const path = OLD_API.has(finding.code) ? pathOf(finding.at, finding.key) : "";
      const fix = fixes.get(path);
      if (fix !== undefined) diagnostics.report({ ...finding, fix: `${fix}.` });
      else if (!isBelow(path)) diagnostics.report(finding);
    },
  };
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
