import { codeEntry } from "./codes.ts";
import type { ResolvedFinding } from "./finding.ts";
import { placeText } from "./report.ts";
import type { Report } from "./report.ts";

/** Workflow commands of GitHub Actions: each finding becomes an annotation at its line. */
export function renderGithub({ findings }: Report): string {
  return findings.map((finding) => `${command(finding)}\n`).join("");
}

const COMMANDS = { error: "error", warning: "warning", note: "notice" } as const;

function command(finding: ResolvedFinding): string {
  const { code, severity, file, line, column, endLine, endColumn } = finding;
  const isOneLine = line !== undefined && line === endLine;
  const properties: (readonly [string, string | number | undefined])[] = [
    ["file", file === "-" ? undefined : file],
    ["line", line], ["endLine", endLine],
    // GitHub takes columns only for places within one line
    ["col", isOneLine ? column : undefined], ["endColumn", isOneLine ? endColumn : undefined],
    ["title", `${code} ${codeEntry(code).title}`],
  ];
  const given = properties.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}=${property(String(value))}`);
  return `::${COMMANDS[severity]} ${given.join(",")}::${data(body(finding))}`;
}

function body({ message, path, why, fix, related }: ResolvedFinding): string {
  const lines = [message];
  if (path !== undefined) lines.push(`at ${path}`);
  for (const place of related ?? []) lines.push(["see", placeText(place), place.message].filter((part) => part !== "").join(" "));
  if (why !== undefined) lines.push(`why: ${why}`);
  if (fix !== undefined) lines.push(`fix: ${fix}`);
  return lines.join("\n");
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
