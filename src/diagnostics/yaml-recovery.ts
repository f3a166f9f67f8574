/**
 * Reading on behind a syntax error: the block that holds it is blanked out, so that the rest of the document can be read and every
 * offset stays. The smallest block is tried first, an entry with what is indented below it, then the one around it.
 */

/** A stretch of whole lines. */
interface Block {
  readonly start: number;
  readonly end: number;
}

/** Blocks around an offset, from the smallest to one that stands at the left edge. */
export function blocksAround(text: string, offset: number): Block[] {
  const blocks: Block[] = [];
  let start = lineStart(text, Math.min(offset, text.length));
  while (start > 0 && /^[ \t]*(?:#[^\n]*)?$/.test(lineAt(text, start))) start = lineStart(text, start - 1);
  for (let indent = indentAt(text, start); ; ) {
    blocks.push({ start, end: blockEnd(text, start, indent) });
    if (indent === 0) return blocks;
    const above = lineAbove(text, start, indent);
    if (above === undefined) return blocks;
    start = above;
    indent = indentAt(text, start);
  }
}

/** The text with a block replaced by spaces; line breaks stay. */
export function withoutBlock(text: string, { start, end }: Block): string {
  return `${text.slice(0, start)}${text.slice(start, end).replace(/[^\r\n]/g, " ")}${text.slice(end)}`;
}

function lineStart(text: string, offset: number): number {
  return offset <= 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1; // (from a place before the text, lastIndexOf would look at its first character)
}

function lineAt(text: string, start: number): string {
  const end = text.indexOf("\n", start);
  return text.slice(start, end < 0 ? text.length : end).replace(/\r$/, "");
}

/** Columns before the first character that is no space. */
function indentAt(text: string, start: number): number {
  return Math.max(lineAt(text, start).search(/\S/), 0);
}

/** The next line above that is indented less. */
function lineAbove(text: string, start: number, indent: number): number | undefined {
  for (let at = start; at > 0; ) {
    at = lineStart(text, at - 1);
    const line = lineAt(text, at);
    if (/^\s*[^#\s]/.test(line) && line.search(/\S/) < indent) return at;
  }
  return undefined;
}

/** Where the lines end that are indented deeper than the first. */
function blockEnd(text: string, start: number, indent: number): number {
  for (let at = start; ; ) {
    const next = text.indexOf("\n", at) + 1;
    if (next === 0) return text.length;
    const line = lineAt(text, next);
    if (/\S/.test(line) && line.search(/\S/) <= indent) return next;
    at = next;
  }
}
