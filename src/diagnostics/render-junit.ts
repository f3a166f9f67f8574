import type { ResolvedFinding } from "./finding.ts";
import { placeText } from "./report.ts";
import type { Report } from "./report.ts";

/** JUnit XML: a suite a file; an error is a failed case, warnings and notes are passed cases that say something, a clean file is one passed case. */
export function renderJunit({ findings, files }: Report): string {
  const names = [...new Set([...files, ...findings.map(({ file }) => file ?? "")])];
  const suites = names.map((name) => suite(name, findings.filter(({ file }) => (file ?? "") === name)));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="legate" ${counts(findings, Math.max(names.length, 1))}>\n${suites.join("")}</testsuites>\n`;
}

function suite(name: string, findings: readonly ResolvedFinding[]): string {
  const cases = findings.length === 0
    ? `    <testcase classname="${escape(name)}" name="no findings"/>\n`
    : findings.map((finding) => testcase(name, finding)).join("");
  return `  <testsuite name="${escape(name)}" ${counts(findings, 1)}>\n${cases}  </testsuite>\n`;
}

function counts(findings: readonly ResolvedFinding[], atLeast: number): string {
  return `tests="${Math.max(findings.length, atLeast)}" failures="${findings.filter(({ severity }) => severity === "error").length}" errors="0"`;
}

function testcase(file: string, finding: ResolvedFinding): string {
  const { code, severity, message, path, line } = finding;
  const name = [code, path, line === undefined ? undefined : `line ${line}`].filter((part) => part !== undefined).join(" ");
  const head = `    <testcase classname="${escape(file)}" name="${escape(name)}">\n`;
  const inner = severity === "error"
    ? `      <failure type="${code}" message="${escape(message)}">${escape(body(finding))}</failure>\n`
    : `      <system-out>${escape(body(finding))}</system-out>\n`;
  return `${head}${inner}    </testcase>\n`;
}

function body(finding: ResolvedFinding): string {
  const { code, severity, message, why, fix } = finding;
  const lines = [`${placeText(finding)}: ${severity} ${code}: ${message}`];
  if (why !== undefined) lines.push(`why: ${why}`);
  if (fix !== undefined) lines.push(`fix: ${fix}`);
  return lines.join("\n");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;" };

/** XML 1.0 has no way to write most control characters. */
function escape(text: string): string {
  return text.replace(/[\x00-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]|\p{Cs}/gu, "\uFFFD").replace(/[&<>"\n]/g, (c) => ENTITIES[c] ?? c);
}
