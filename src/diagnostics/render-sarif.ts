import { codeEntry } from "./codes.ts";
import type { Code } from "./codes.ts";
import { fingerprints } from "./fingerprint.ts";
import type { ResolvedFinding, ResolvedPlace } from "./finding.ts";
import type { Report } from "./report.ts";

/** SARIF 2.1.0 (OASIS), with the rules that were met, partial fingerprints, and field paths as logical locations. */
export function renderSarif(report: Report): string {
  const rules = [...new Set(report.findings.map(({ code }) => code))].sort();
  const marks = fingerprints(report.findings);
  const log = {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [{
      tool: { driver: { name: "legate", version: report.version, rules: rules.map(ruleOf) } },
      columnKind: "unicodeCodePoints",
      artifacts: report.files.map((file) => ({ location: { uri: uriOf(file) } })),
      results: report.findings.map((finding, index) => resultOf(finding, rules, marks[index] ?? "")),
    }],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function ruleOf(code: Code): object {
  const { severity, title, why, fix } = codeEntry(code);
  return { id: code, shortDescription: { text: title }, fullDescription: { text: why }, help: { text: fix }, defaultConfiguration: { level: severity } };
}

function resultOf(finding: ResolvedFinding, rules: readonly Code[], mark: string): object {
  const { code, severity, message, fix, related } = finding;
  const locations = locationOf(finding);
  return {
    ruleId: code,
    ruleIndex: rules.indexOf(code),
    level: severity,
    message: { text: fix === undefined ? message : `${message} ${fix}` },
    ...(locations === undefined ? {} : { locations: [locations] }),
    ...(related === undefined ? {} : { relatedLocations: related.map((place, id) => ({ id, message: { text: place.message }, ...locationOf({ ...placeOf(finding), ...place }) })) }),
    partialFingerprints: { "legateFinding/v1": mark },
  };
}

/** The physical place alone: viewers want one for every related location, also for another use of the same text. */
function placeOf({ file, line, column, endLine, endColumn }: ResolvedFinding): ResolvedPlace {
  return { ...(file === undefined ? {} : { file }), ...(line === undefined ? {} : { line, column: column ?? 1, endLine: endLine ?? line, endColumn: endColumn ?? 1 }) };
}

function locationOf({ file, line, column, endLine, endColumn, path }: ResolvedPlace): object | undefined {
  if (file === undefined && path === undefined) return undefined;
  const region = line === undefined ? {} : { region: { startLine: line, startColumn: column, endLine, endColumn } };
  const physical = file === undefined ? {} : { physicalLocation: { artifactLocation: { uri: uriOf(file) }, ...region } };
  return { ...physical, ...(path === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: path }] }) };
}

/** A relative reference for a relative path, a file URI for an absolute one. */
function uriOf(file: string): string {
  const path = file.replaceAll("\\", "/").replace(/^\.\//, "").split("/").map(encodeURIComponent).join("/").replace(/^([A-Za-z])%3A\//, "/$1:/");
  return path.startsWith("/") ? `file://${path}` : path;
}
