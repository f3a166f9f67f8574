import { didYouMean } from "../diagnostics/did-you-mean.ts";
import type { Diagnostics, ResolvedFinding } from "../diagnostics/finding.ts";
import { Findings } from "../diagnostics/findings.ts";
import { Origins } from "../diagnostics/origins.ts";
import type { UnknownFields } from "../schema/context.ts";
import { type InputText, loadDocument, loadDocuments, type LoadedDocument, type LoadedMessage } from "../resources/load.ts";
import { type Reference, referencesOf } from "../resources/references.ts";
import { wantedBy } from "../resources/wanted.ts";

/** What looks at decoded messages beyond their fields: references, extensions, route tables. */
export type Check = (messages: readonly LoadedMessage[], diagnostics: Diagnostics, origins: Origins) => void;

export interface ValidateOptions {
  readonly type?: string;
  readonly unknownFields?: UnknownFields;
  readonly disabled?: ReadonlySet<string>;
  /** A config dump is checked as the static bootstrap that runs the same. */
  readonly asStatic?: boolean;
  /** What Envoy knows and legate does not do is an error. */
  readonly forLegate?: boolean;
  readonly optional?: boolean;
  readonly check?: Check;
  /** Says what is wrong with a file that the configuration names, or undefined; absent: such files are not looked at. */
  readonly fileProblem?: (reference: Reference) => string | undefined;
  /** Reads a file that the configuration subscribes to, to see whether it holds what is wanted from it; absent: such files are not looked at. */
  readonly read?: (path: string) => InputText;
  /** Told what is about to be done: "reading", "checking", "sorting what was found". */
  readonly progress?: (step: string) => void;
}

export interface Validated {
  /** The input's name. */
  readonly name: string;
  /** Undefined: nothing could be decoded. */
  readonly document: LoadedDocument | undefined;
  readonly findings: readonly ResolvedFinding[];
  /** Files of configuration that the document names; none unless files are looked at. */
  readonly follows: readonly string[];
}

/** Checks one document and everything in it; never stops at the first error. */
export function validate(input: InputText, options: ValidateOptions): Validated {
  const origins = new Origins();
  const diagnostics = new Findings(origins, { disabled: options.disabled ?? new Set() });
  const { type, unknownFields, optional, asStatic = false } = options;
  options.progress?.("reading");
  const documents = loadDocuments(input, {
    origins, diagnostics, asStatic,
    ...(type === undefined ? {} : { type }), ...(unknownFields === undefined ? {} : { unknownFields }), ...(optional === undefined ? {} : { optional }),
  });
  const wantsFiles = options.fileProblem !== undefined || options.read !== undefined;
  const references = wantsFiles ? documents.flatMap(({ messages }) => messages).flatMap((part) => referencesOf(part.type, part.message)) : [];
  options.progress?.("checking");
  for (const { messages, damaged, diagnostics: own } of documents) if (damaged !== true) options.check?.(messages, own, origins);
  if (options.read !== undefined) checkWanted(documents.flatMap(({ messages }) => messages), options.read, diagnostics);
  if (options.fileProblem !== undefined) checkFiles(references, options.fileProblem, diagnostics);
  options.progress?.("sorting what was found");
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

/** Files must hold the resources that are wanted from them. What else is wrong with a file is said when it is validated itself. */
function checkWanted(messages: readonly LoadedMessage[], read: (path: string) => InputText, diagnostics: Diagnostics): void {
  const held = new Map<string, readonly LoadedMessage[]>();
  for (const { file, type, name, at, key } of messages.flatMap((part) => wantedBy(part.type, part.message))) {
    const there = held.get(file) ?? heldBy(read(file));
    held.set(file, there);
    if (there.length === 0) continue;
    const word = type.slice(type.lastIndexOf(".") + 1);
    const ofType = there.filter((resource) => resource.type === type);
    if (ofType.length === 0) diagnostics.report({ code: "LGT0801", at, key, severity: "warning", message: `${file} holds no ${word}.` });
    else if (name !== undefined && !ofType.some(({ message }) => nameOf(message) === name)) {
      const meant = didYouMean(name, ofType.map(({ message }) => nameOf(message)));
      diagnostics.report({ code: "LGT0801", at, key, severity: "warning", message: `${file} holds no ${word} named '${name}'.`, ...(meant === undefined ? {} : { fix: `Did you mean ${meant}?` }) });
    }
  }
}

/** Nothing where the file cannot be read, or holds nothing. */
function heldBy(input: InputText): readonly LoadedMessage[] {
  return loadDocument(input, { origins: new Origins(), diagnostics: { report: () => undefined } })?.messages ?? [];
}

function nameOf(message: object): string {
  const { name, cluster_name: cluster } = message as { readonly name?: string; readonly cluster_name?: string };
  return name ?? cluster ?? "";
}

function forLegate(finding: ResolvedFinding): ResolvedFinding {
  return finding.code.startsWith("LGT09") ? { ...finding, severity: "error" } : finding;
}

/** True for findings that mean the input could not be read or parsed at all, rather than that it is a bad configuration. */
export function isUnreadable({ code, severity }: ResolvedFinding): boolean {
  return severity === "error" && (code.startsWith("LGT00") || code.startsWith("LGT01"));
}
