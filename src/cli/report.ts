import { fs } from "../platform/builtins.ts";
import type { ResolvedFinding } from "../diagnostics/finding.ts";
import type { Format } from "../diagnostics/render.ts";
import type { Args } from "./args.ts";
import { type Flag, InputError } from "./command.ts";
import type { Terminal } from "./terminal.ts";
import { VERSION } from "./version.ts";

/** Formats in which findings can be printed. (Written out here so that parsing and help load no renderer.) */
export const FINDING_FORMATS: readonly Format[] = ["pretty", "compact", "json", "jsonl", "github", "gitlab", "junit", "sarif"];

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
    fs().writeFileSync(file, text);
  } catch (error) {
    throw new InputError(`cannot write ${file}: ${(error as Error).message}`);
  }
}

/** The findings as text in the format asked for. Colour only where a person reads. `files`: what was checked, as the user named it. */
export async function renderFindings(findings: readonly ResolvedFinding[], files: readonly string[], args: Args, terminal: Terminal, format: string = args.text("format") ?? "pretty"): Promise<string> {
  const { renderReport } = await import("../diagnostics/render.ts");
  const colour = terminal.colorOut && !args.has("output-file");
  return renderReport(format as Format, { findings, files, version: VERSION }, { colour, ...(terminal.width === undefined ? {} : { width: terminal.width }) });
}
