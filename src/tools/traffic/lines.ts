/** Texts of one request a line. */
import type { Source } from "../../diagnostics/source.ts";

/** Visits every line that is not blank; `start` is its place in the text. A carriage return at the end is cut off. */
export function* linesOf({ text }: Source): Iterable<{ readonly line: string; readonly start: number }> {
  for (let start = 0; start < text.length;) {
    const feed = text.indexOf("\n", start);
    const end = feed < 0 ? text.length : feed;
    const line = text.slice(start, end > start && text.charCodeAt(end - 1) === 0x0d ? end - 1 : end);
    if (line.trim() !== "") yield { line, start };
    start = end + 1;
  }
}
