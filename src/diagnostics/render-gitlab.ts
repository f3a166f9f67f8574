import { fingerprints } from "./fingerprint.ts";
import type { Report } from "./report.ts";

const SEVERITIES = { error: "major", warning: "minor", note: "info" } as const;

/** GitLab's code quality report (a subset of the Code Climate format): a list with paths relative to the repository. */
export function renderGitlab({ findings }: Report): string {
  const marks = fingerprints(findings);
  const issues = findings.map(({ code, severity, message, path, file, line, endLine }, index) => ({
    type: "issue",
    check_name: code,
    description: path === undefined ? message : `${message} (${path})`,
    severity: SEVERITIES[severity],
    fingerprint: marks[index],
    location: { path: (file ?? "-").replace(/^\.\//, ""), lines: { begin: line ?? 1, end: endLine ?? line ?? 1 } },
  }));
  return `${JSON.stringify(issues, null, 2)}\n`;
}
