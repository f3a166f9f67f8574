import { Findings } from "../../src/diagnostics/findings.ts";
import type { ResolvedFinding } from "../../src/diagnostics/finding.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import type { RawValue } from "../../src/diagnostics/raw.ts";
import { readValue } from "../../src/diagnostics/read-document.ts";
import type { Source } from "../../src/diagnostics/source.ts";

export interface ReadText {
  readonly root: RawValue | undefined;
  readonly source: Source | undefined;
  readonly origins: Origins;
  readonly findings: Findings;
  /** `code line:column-endLine:endColumn message`, one a finding. */
  readonly lines: string[];
  /** The value as ordinary objects (bigint as `123n`), for comparison. */
  readonly plain: unknown;
}

/** Reads a text as a file of that name would be read. */
export function readText(name: string, input: string | Uint8Array, options: { readonly maxAliasNodes?: number } = {}): ReadText {
  const origins = new Origins();
  const findings = new Findings(origins);
  const document = readValue(name, input, { origins, diagnostics: findings, ...options });
  return {
    root: document?.root, source: document?.source, origins, findings,
    lines: findings.resolve().map(lineOf),
    plain: document === undefined ? undefined : plainOf(document.root),
  };
}

export function lineOf(f: ResolvedFinding): string {
  const place = f.line === undefined ? "-" : `${f.line}:${f.column}-${f.endLine}:${f.endColumn}`;
  return `${f.code} ${place} ${f.message}`;
}

export function plainOf(value: RawValue): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plainOf);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainOf(item)]));
}
