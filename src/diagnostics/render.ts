import { renderCompact } from "./render-compact.ts";
import { renderGithub } from "./render-github.ts";
import { renderGitlab } from "./render-gitlab.ts";
import { renderJson, renderJsonLines } from "./render-json.ts";
import { renderJunit } from "./render-junit.ts";
import { renderPretty } from "./render-pretty.ts";
import type { PrettyOptions } from "./render-pretty.ts";
import { renderSarif } from "./render-sarif.ts";
import type { Report } from "./report.ts";

/** The values of `--format`. */
export const FORMATS = ["pretty", "compact", "json", "jsonl", "github", "gitlab", "junit", "sarif"] as const;
export type Format = (typeof FORMATS)[number];

const RENDERERS: Readonly<Record<Format, (report: Report, options: PrettyOptions) => string>> = {
  pretty: renderPretty,
  compact: renderCompact,
  json: renderJson,
  jsonl: renderJsonLines,
  github: renderGithub,
  gitlab: renderGitlab,
  junit: renderJunit,
  sarif: renderSarif,
};

/** The findings as text, ready to be written; `options` matter to `pretty` only. */
export function renderReport(format: Format, report: Report, options: PrettyOptions): string {
  return RENDERERS[format](report, options);
}

/** `2 errors, 1 warning`, or `no findings`. */
export function summaryText(counts: Readonly<Record<"error" | "warning" | "note", number>>): string {
  const parts = (["error", "warning", "note"] as const)
    .filter((severity) => counts[severity] > 0)
    .map((severity) => `${counts[severity]} ${severity}${counts[severity] === 1 ? "" : "s"}`);
  return parts.length === 0 ? "no findings" : parts.join(", ");
}
