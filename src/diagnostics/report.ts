import type { ResolvedFinding } from "./finding.ts";

/** What a renderer prints: the findings of one run, sorted. */
export interface Report {
  readonly findings: readonly ResolvedFinding[];
  /** The files that were checked, those without findings too. */
  readonly files: readonly string[];
  /** legate's version. */
  readonly version: string;
}

/** `envoy.yaml:12:5`, as far as it is known. */
export function placeText(place: { readonly file?: string; readonly line?: number; readonly column?: number }): string {
  const { file, line, column } = place;
  const name = file === "-" ? "<stdin>" : file ?? "";
  if (line === undefined) return name;
  return column === undefined ? `${name}:${line}` : `${name}:${line}:${column}`;
}
