import type { Diagnostics, ResolvedFinding } from "../diagnostics/finding.ts";
import { Findings } from "../diagnostics/findings.ts";
import { Origins } from "../diagnostics/origins.ts";
import type { UnknownFields } from "../schema/context.ts";
import { type InputText, loadDocuments, type LoadedDocument, type LoadedMessage } from "../resources/load.ts";
import { type Reference, referencesOf } from "../resources/references.ts";

/** What looks at decoded messages beyond their fields: references, extensions, route tables. */
export type Check = (messages: readonly LoadedMessage[], diagnostics: Diagnostics, origins: Origins) => void;

export interface ValidateOptions {
  readonly type?: string;
  readonly unknownFields?: UnknownFields;
  readonly disabled?: ReadonlySet<string>;
  /** What Envoy knows and legate does not do is an error. */
  readonly forLegate?: boolean;
  readonly optional?: boolean;
  readonly check?: Check;
  /** Says what is wrong with a file that the configuration names, or undefined; absent: such files are not looked at. */
  readonly fileProblem?: (reference: Reference) => string | undefined;
}

export interface Validated {
  /** The input's name. */
  readonly name: string;
  /** Undefined: nothing could be decoded. */
  readonly document: LoadedDocument | undefined;
  readonly findings: readonly ResolvedFinding[];
  /** Files of configuration that the document names. */
  readonly follows: readonly string[];
}

/** Checks one document and everything in it; never stops at the first error. */
export function validate(input: InputText, options: ValidateOptions): Validated {
  const origins = new Origins();
  const diagnostics = new Findings(origins, { disabled: options.disabled ?? new Set() });
  const { type, unknownFields, optional } = options;
  const documents = loadDocuments(input, {
    origins, diagnostics,
    ...(type === undefined ? {} : { type }), ...(unknownFields === undefined ? {} : { unknownFields }), ...(optional === undefined ? {} : { optional }),
  });
  const references = documents.flatMap(({ messages }) => messages).flatMap((part) => referencesOf(part.type, part.message));
  for (const { messages, diagnostics: own } of documents) options.check?.(messages, own, origins);
  if (options.fileProblem !== undefined) checkFiles(references, options.fileProblem, diagnostics);
  const findings = diagnostics.resolve().map((finding) => (options.forLegate === true ? forLegate(finding) : finding));
  return { name: input.name, document: documents[0], findings, follows: [...new Set(references.filter((r) => r.kind === "config").map((r) => r.path))] };
}

function checkFiles(references: readonly Reference[], fileProblem: (reference: Reference) => string | undefined, diagnostics: Diagnostics): void {
  for (const reference of references) {
    const problem = fileProblem(reference);
    if (problem === undefined) continue;
    const { at, key, path } = reference;
    diagnostics.report({ code: "LGT0802", at, key, message: `${path} ${problem}.` });
  }
}

function forLegate(finding: ResolvedFinding): ResolvedFinding {
  return finding.code.startsWith("LGT09") ? { ...finding, severity: "error" } : finding;
}

/** True for findings that mean the input could not be read or parsed at all, rather than that it is a bad configuration. */
export function isUnreadable({ code, severity }: ResolvedFinding): boolean {
  return severity === "error" && (code.startsWith("LGT00") || code.startsWith("LGT01"));
}
