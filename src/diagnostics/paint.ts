import type { Severity } from "./severity.ts";

/** Puts a text into a style, or leaves it as it is. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  severity(severity: Severity, text: string): string;
  fix(text: string): string;
}

const CODES: Readonly<Record<Severity, string>> = { error: "31", warning: "33", note: "36" };

const sgr = (codes: string, text: string): string => `\u001b[${codes}m${text}\u001b[0m`;

const ANSI: Paint = {
  bold: (text) => sgr("1", text),
  dim: (text) => sgr("2", text),
  severity: (severity, text) => sgr(`1;${CODES[severity]}`, text),
  fix: (text) => sgr("32", text),
};

const plain = (text: string): string => text;
const PLAIN: Paint = { bold: plain, dim: plain, severity: (_, text) => text, fix: plain };

/** Styles by ANSI escapes, or none at all. */
export function newPaint(colour: boolean): Paint {
  return colour ? ANSI : PLAIN;
}
