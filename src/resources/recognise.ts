/** From an input's bytes to raw documents whose kinds are known. */
import type { Diagnostics, Finding } from "../diagnostics/finding.ts";
import { codeEntry } from "../diagnostics/codes.ts";
import type { Origins } from "../diagnostics/origins.ts";
import type { RawMap } from "../diagnostics/raw.ts";
import { type RawDocument, readMap, readPart } from "../diagnostics/read-document.ts";
import { Source } from "../diagnostics/source.ts";
import { jsonShape } from "../schema/text-proto-shape.ts";
import { laterDocuments } from "../diagnostics/yaml-documents.ts";
import { embeddedIn, isManifest } from "./config-maps.ts";
import type { InputText } from "./input-text.ts";
import { kindOf, reportUnknownKind } from "./kind.ts";
import { readBinary } from "./read-binary.ts";

export interface RecogniseOptions {
  readonly origins: Origins;
  readonly diagnostics: Diagnostics;
  /** The message's type, where the user gave it. */
  readonly type?: string;
  /** Nobody named this input: if it is no configuration, that is no finding. */
  readonly optional?: boolean;
}

/** A document whose kind is known, still raw. */
export interface Recognised {
  readonly root: RawMap;
  readonly type: string;
  /** Its text; "" where it has none. */
  readonly text: string;
  /** Where what is wrong with it goes. */
  readonly diagnostics: Diagnostics;
  /** Parts are missing, since they could not be read: what is not there says nothing. */
  readonly damaged?: true;
}

/**
 * The documents of an input: one, but for manifests of Kubernetes, which may hold several configurations. Everything wrong is
 * reported; none: the input cannot be read or is no configuration. `later`: also the further documents of a YAML file, which Envoy
 * does not read; what is wrong in them is a warning.
 */
export function recogniseAll(input: InputText, options: RecogniseOptions, later = false): Recognised[] {
  const { origins, diagnostics, type } = options;
  if ("problem" in input) {
    diagnostics.report({ code: "LGT0001", at: origins.mark(new Source(input.name, "", "yaml"), 0, 0), message: `${input.name} ${input.problem}.` });
    return [];
  }
  if (/\.pb$/i.test(input.name)) {
    const found = readBinary(input.name, input.bytes, type, origins, diagnostics);
    return found === undefined ? [] : [{ ...found, text: "", diagnostics }];
  }
  const document = readMap(input.name === "<stdin>" ? "-" : input.name, input.bytes, { origins, diagnostics, recover: later });
  if (document === undefined) return [];
  const rest = document.source.syntax === "yaml" ? laterDocuments(document.source) : [];
  if (isManifest(document.root)) return inManifests(document.root, rest, options);
  return [...asKind(document, options), ...beyond(rest, options, later)];
}

/** The document as its kind; none, with a finding, where no kind fits. */
function asKind({ root, source, damaged }: RawDocument<RawMap>, { origins, diagnostics, type, optional }: RecogniseOptions): Recognised[] {
  const kind = type ?? kindOf(root);
  if (kind !== undefined) return [{ root: source.syntax === "pb_text" ? jsonShape(kind, root, origins) : root, type: kind, text: source.text, diagnostics, ...(damaged === true ? { damaged } : {}) }];
  if (optional !== true && damaged !== true) reportUnknownKind(root, diagnostics);
  return [];
}

/** Documents that Envoy does not read: said once; of those that are configurations, what is wrong with them is said too. */
function beyond(rest: readonly Source[], options: RecogniseOptions, later: boolean): Recognised[] {
  const [next] = rest;
  if (next === undefined) return [];
  const { origins, diagnostics } = options;
  diagnostics.report({ code: "LGT0110", at: origins.mark(next, 0, 3), message: "Only the first YAML document of a file is read; what follows is ignored." });
  if (!later) return [];
  const quiet: Diagnostics = { report: (finding) => diagnostics.report(asWarning(finding)) };
  return rest.flatMap((source) => {
    const document = readPart(source, { origins, diagnostics: quiet, recover: true });
    return document === undefined ? [] : asKind(document, { origins, diagnostics: quiet, optional: true });
  });
}

function asWarning(finding: Finding): Finding {
  return (finding.severity ?? codeEntry(finding.code).severity) === "error" ? { ...finding, severity: "warning" } : finding;
}

/** The configurations that manifests hold. A manifest without any is no configuration. */
function inManifests(first: RawMap, rest: readonly Source[], options: RecogniseOptions): Recognised[] {
  const { origins, diagnostics } = options;
  const roots: RawMap[] = [first];
  for (const source of rest) {
    const root = readPart(source, { origins, diagnostics })?.root;
    if (root !== undefined && isManifest(root)) roots.push(root);
  }
  const found = roots.flatMap((root) => embeddedIn(root, origins)).map((source) => inEntry(source, options));
  if (found.every((entry) => entry?.length === 0) && options.optional !== true) {
    diagnostics.report({ code: "LGT0007", at: first, key: "kind", message: `This is a Kubernetes ${String(first["kind"])} that holds no Envoy configuration.` });
  }
  return found.flatMap((entry) => entry ?? []);
}

/** Words that an entry has which is meant to be a configuration, even if it cannot be read. */
const MEANT = /\b(?:static_resources|staticResources|filter_chains|filterChains|virtual_hosts|virtualHosts|load_assignment|type\.googleapis\.com)\b/;

/** Entries of other programs are nobody's fault. Undefined: a configuration that cannot be read. */
function inEntry(source: Source, options: RecogniseOptions): Recognised[] | undefined {
  const kept: Finding[] = [];
  const document = readPart(source, { origins: options.origins, diagnostics: { report: (finding) => void kept.push(finding) }, recover: true });
  const found = document === undefined ? [] : asKind(document, { ...options, optional: true });
  const unreadable = document === undefined && MEANT.test(source.text);
  if (found.length > 0 || unreadable) for (const finding of kept) options.diagnostics.report(finding);
  return unreadable ? undefined : found;
}
