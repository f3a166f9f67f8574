import { displayText, displayWidth, skipFor, windowOf } from "./display.ts";
import type { Frame, ResolvedFinding } from "./finding.ts";
import { newPaint } from "./paint.ts";
import type { Paint } from "./paint.ts";
import { placeText } from "./report.ts";
import type { Report } from "./report.ts";

export interface PrettyOptions {
  readonly colour: boolean;
  /** Columns of the terminal; 100 by default. */
  readonly width?: number;
}

const DEFAULT_WIDTH = 100;
const MIN_WIDTH = 40;

/** For people: place, message, the lines around it with a caret, why, and what to do. A blank line follows each finding. */
export function renderPretty(report: Report, options: PrettyOptions): string {
  const paint = newPaint(options.colour);
  const width = Math.max(options.width ?? DEFAULT_WIDTH, MIN_WIDTH);
  return report.findings.map((finding) => `${prettyFinding(finding, paint, width)}\n\n`).join("");
}

function prettyFinding(finding: ResolvedFinding, paint: Paint, width: number): string {
  const lines = [header(finding, paint)];
  if (finding.path !== undefined) lines.push(`  ${paint.dim(displayText(finding.path))}`);
  if (finding.frame !== undefined && finding.line !== undefined) lines.push("", ...frameLines(finding, finding.frame, paint, width), "");
  for (const related of finding.related ?? []) {
    const place = placeText(related);
    lines.push(`  ${paint.bold("see:")} ${place === "" ? "" : `${displayText(place)} `}${block(related.message)}`);
  }
  if (finding.why !== undefined) lines.push(`  ${paint.bold("why:")} ${block(finding.why)}`);
  if (finding.fix !== undefined) lines.push(`  ${paint.bold("fix:")} ${paint.fix(block(finding.fix))}`);
  return lines.join("\n");
}

function header({ severity, code, message, ...place }: ResolvedFinding, paint: Paint): string {
  const where = placeText(place);
  return `${where === "" ? "" : `${paint.bold(displayText(where))} `}${paint.severity(severity, severity)} ${paint.dim(code)} ${paint.bold(block(message))}`;
}

/** A text of several lines, all but the first indented under it. */
function block(text: string): string {
  return text.split("\n").map(displayText).join("\n       ");
}

function frameLines(finding: ResolvedFinding, frame: Frame, paint: Paint, width: number): string[] {
  const { severity, line = frame.first, column = 1, endLine = line, endColumn = column } = finding;
  const cut = frame.cut ?? 0;
  const digits = String(frame.first + frame.lines.length - 1).length;
  const room = width - digits - GUTTER;
  const marked = frame.lines[line - frame.first] ?? "";
  const start = column - 1 - cut;
  const skip = skipFor(marked, start, room);
  // of short lines beside a long one nothing may be left to see
  return frame.lines.flatMap((text, index) => {
    const number = frame.first + index;
    const isMarked = number === line;
    const end = endLine > line ? Array.from(text).length : endColumn - 1 - cut;
    const window = windowOf(text, start, Math.max(end, start + 1), skip, room);
    const shown = `${isMarked ? paint.severity(severity, ">") : " "} ${paint.dim(`${String(number).padStart(digits)} |`)} ${window.text}`.trimEnd();
    if (!isMarked) return skip + cut > 0 && window.text === "" ? [] : [`  ${shown}`];
    const carets = "^".repeat(Math.max(1, Math.min(window.marked, displayWidth(window.text) - window.before)));
    return [`  ${shown}`, `    ${" ".repeat(digits)} ${paint.dim("|")} ${" ".repeat(window.before)}${paint.severity(severity, carets)}`];
  });
}

/** What stands around the line numbers. */
const GUTTER = 9;
