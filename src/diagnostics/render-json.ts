import { codeEntry } from "./codes.ts";
import type { ResolvedFinding, ResolvedPlace } from "./finding.ts";
import { countFindings } from "./findings.ts";
import type { Report } from "./report.ts";

/** Raised when a key changes its meaning or goes away; new keys may come without notice. */
const FORMAT_VERSION = 1;

/** `{ format_version, findings, files, summary: { errors, warnings, notes } }`; lines and columns from 1, columns in code points, ends exclusive. */
export function renderJson(report: Report): string {
  const document = {
    format_version: FORMAT_VERSION, tool: "legate", version: report.version,
    summary: summaryOf(report), files: report.files, findings: report.findings.map(findingJson),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** One object a line: `{ type: "finding", ... }` each, and a `{ type: "summary", ... }` at the end. */
export function renderJsonLines(report: Report): string {
  const lines = [
    ...report.findings.map((finding) => ({ type: "finding", ...findingJson(finding) })),
    { type: "summary", format_version: FORMAT_VERSION, version: report.version, ...summaryOf(report), files: report.files },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

function summaryOf({ findings }: Report): { errors: number; warnings: number; notes: number } {
  const { error, warning, note } = countFindings(findings);
  return { errors: error, warnings: warning, notes: note };
}

function findingJson(finding: ResolvedFinding): object {
  const { code, severity, message, why, fix, related } = finding;
  return {
    code, severity, title: codeEntry(code).title, message, why, fix, ...placeJson(finding),
    ...(related === undefined ? {} : { related: related.map((place) => ({ message: place.message, ...placeJson(place) })) }),
  };
}

function placeJson({ file, line, column, endLine, endColumn, path }: ResolvedPlace): object {
  return { file, line, column, end_line: endLine, end_column: endColumn, path };
}
