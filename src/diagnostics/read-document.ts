import type { Diagnostics } from "./finding.ts";
import { readJson } from "./json-reader.ts";
import type { Origins } from "./origins.ts";
import type { ReaderSinks } from "./reader-sinks.ts";
import { isRawMap } from "./raw.ts";
import type { RawMap, RawValue } from "./raw.ts";
import { Source } from "./source.ts";
import type { Syntax } from "./source.ts";
import { textOfBytes, textOfString } from "./text-bytes.ts";
import type { TextBytes } from "./text-bytes.ts";
import { TextError } from "./text-error.ts";
import { readTextProto } from "./text-proto-reader.ts";
import { readYaml } from "./yaml-reader.ts";

export interface ReadOptions {
  readonly origins: Origins;
  readonly diagnostics: Diagnostics;
  /** Overrules the file's name. */
  readonly syntax?: Syntax;
  /** How many values a document's aliases may expand to; 1,000,000 by default. */
  readonly maxAliasNodes?: number;
  /** Read on behind syntax errors, so that what is wrong in the rest is found too. */
  readonly recover?: boolean;
}

export interface RawDocument<Root extends RawValue = RawValue> {
  readonly source: Source;
  readonly root: Root;
  /** Parts are missing, since they could not be read. */
  readonly damaged?: true;
}

/**
 * Reads one document as Envoy would. `.yaml` and `.yml` are YAML, `.json` is JSON, `.pb_text` is text protobuf; for other names and `-` the text
 * decides (Envoy takes them for JSON; a YAML text in such a file is reported). Whatever is wrong becomes a finding;
 * undefined means that there is no value at all.
 */
export function readValue(name: string, input: string | Uint8Array, options: ReadOptions): RawDocument | undefined {
  const { origins, diagnostics } = options;
  if (/\.pb$/i.test(name) && options.syntax === undefined) {
    diagnostics.report({ code: "LGT0006", at: origins.mark(new Source(name, "", "yaml"), 0, 0), message: "Files of this name hold binary protobuf; a text is expected here." });
    return undefined;
  }
  const content = typeof input === "string" ? textOfString(input) : textOfBytes(input);
  const byName = syntaxOfName(name);
  const syntax = options.syntax ?? byName ?? detectSyntax(content.text);
  const source = new Source(name, content.text, syntax);
  if ("problem" in content) return reportUnreadable(content, source, options);
  if (content.text.trim() === "") {
    diagnostics.report({ code: "LGT0002", at: origins.mark(source, 0, 0), message: "The file is empty." });
    return undefined;
  }
  if (syntax === "json" && content.hadMark) reportMark(source, options);
  if (syntax === "yaml" && options.syntax === undefined && byName === undefined && name !== "-") reportName(source, options);
  return readSource(source, options);
}

/** The same for documents whose root must be a map, as every configuration's is. */
export function readMap(name: string, input: string | Uint8Array, options: ReadOptions): RawDocument<RawMap> | undefined {
  const document = readValue(name, input, options);
  if (document === undefined) return undefined;
  const root = mapOf(document, options);
  return root === undefined ? undefined : { ...document, root };
}

function mapOf({ source, root, damaged }: RawDocument, options: ReadOptions): RawMap | undefined {
  if (isRawMap(root)) return root;
  if (damaged === true) return undefined;
  const what = Array.isArray(root) ? "a list" : root === null ? "empty" : `the single value ${JSON.stringify(String(root)).slice(0, 60)}`;
  const at = typeof root === "object" && root !== null ? root : options.origins.mark(source, firstInk(source.text), firstInk(source.text) + 1);
  options.diagnostics.report({ code: "LGT0103", at, message: `The document is ${what}, not a map of keys and values.` });
  return undefined;
}

/** The syntax that a file's name stands for; undefined where the text must decide. */
export function syntaxOfName(name: string): Syntax | undefined {
  if (/\.ya?ml$/i.test(name)) return "yaml";
  if (/\.pb_text$/i.test(name)) return "pb_text";
  return /\.json$/i.test(name) ? "json" : undefined;
}

/** One more document of a file, or a part of one that holds a document: read as YAML or JSON, a map or nothing. */
export function readPart(source: Source, options: ReadOptions): RawDocument<RawMap> | undefined {
  const document = readSource(source, options);
  const root = document === undefined ? undefined : mapOf(document, options);
  return document === undefined || root === undefined ? undefined : { ...document, root };
}

function detectSyntax(text: string): Syntax {
  return /^\s*[{[]/.test(text) ? "json" : "yaml";
}

function readSource(source: Source, options: ReadOptions): RawDocument | undefined {
  const { origins, diagnostics } = options;
  let errors = 0;
  const report = ({ code, message, why, fix, start, end }: TextError): void => {
    diagnostics.report({ code, at: origins.mark(source, start, end), message, ...(why === undefined ? {} : { why }), ...(fix === undefined ? {} : { fix }) });
  };
  const recover = (error: TextError): boolean => {
    if (errors >= MAX_ERRORS || errors * source.text.length > MAX_WORK) return false;
    report(error);
    errors++;
    return true;
  };
  const sinks = { origins, diagnostics, maxAliasNodes: options.maxAliasNodes ?? MAX_ALIAS_NODES, ...(options.recover === true ? { recover } : {}) };
  try {
    const root = READERS[source.syntax](source, sinks);
    return { source, root, ...(errors === 0 ? {} : { damaged: true as const }) };
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    if (options.recover !== true || errors === 0) report(error);
    return undefined;
  }
}

/** Beyond so many syntax errors the text is something else. */
const MAX_ERRORS = 20;
/** Characters that may be read again because of errors before. */
const MAX_WORK = 20_000_000;

const READERS: Readonly<Record<Syntax, (source: Source, sinks: ReaderSinks) => RawValue>> = { json: readJson, yaml: readYaml, pb_text: (source, { origins }) => readTextProto(source, origins) };

const MAX_ALIAS_NODES = 1_000_000;

function reportUnreadable(content: Extract<TextBytes, { problem: string }>, source: Source, { origins, diagnostics }: ReadOptions): undefined {
  const at = origins.mark(source, content.offset, content.offset);
  if (content.problem === "binary") diagnostics.report({ code: "LGT0004", at, message: "The file holds binary data (a NUL byte), not text." });
  else diagnostics.report({ code: "LGT0003", at, message: "The file is not valid UTF-8: the character after this place cannot be read." });
  return undefined;
}

function reportMark(source: Source, { origins, diagnostics }: ReadOptions): void {
  diagnostics.report({ code: "LGT0112", at: origins.mark(source, 0, 1), message: "The file begins with a byte order mark, which Envoy does not take in JSON." });
}

function reportName(source: Source, { origins, diagnostics }: ReadOptions): void {
  const at = firstInk(source.text);
  diagnostics.report({ code: "LGT0005", at: origins.mark(source, at, at + 1), message: "The file is YAML, but Envoy goes by the name and would read it as JSON." });
}

function firstInk(text: string): number {
  return Math.max(text.search(/\S/), 0);
}
