import type { Frame } from "./finding.ts";
import type { Span } from "./origins.ts";

const LINES_BEFORE = 2;
const LINES_AFTER = 1;
const MAX_LINES = 8;
/** Longer lines are cut, so that a finding in a one-line file of a megabyte stays small. UTF-16 units. */
const MAX_WIDTH = 300;
const WIDTH_BEFORE = 100;

/** The lines of the text around a span, two before and one after. */
export function frameOf({ source, start, end }: Span): Frame {
  const { lines } = source;
  const line = lines.lineAt(start);
  const first = Math.max(lines.firstLine, line - LINES_BEFORE);
  const last = Math.min(lines.lastLine, Math.max(line, lines.lineAt(end)) + LINES_AFTER, first + MAX_LINES - 1);
  const lineStart = lines.startOf(line);
  const isLong = lines.endOf(line) - lineStart > MAX_WIDTH;
  const cut = isLong ? lines.locate(wholeCharacter(source.text, Math.max(lineStart, start - WIDTH_BEFORE))).column - 1 : 0;
  const texts: string[] = [];
  for (let at = first; at <= last; at++) texts.push(windowOf(source.text, cut === 0 ? lines.startOf(at) : Math.min(lines.offsetOf(at, cut + 1), lines.endOf(at)), lines.endOf(at)));
  if (texts.at(-1) === "" && last > line) texts.pop();
  return { first, lines: texts, ...(cut === 0 ? {} : { cut }) };
}

/** At most `MAX_WIDTH` units of a line. */
function windowOf(text: string, from: number, end: number): string {
  return text.slice(from, end - from > MAX_WIDTH ? wholeCharacter(text, from + MAX_WIDTH) : end);
}

/** Steps back from the middle of a surrogate pair. */
function wholeCharacter(text: string, offset: number): number {
  const c = text.charCodeAt(offset);
  return c >= 0xdc00 && c <= 0xdfff ? offset - 1 : offset;
}
