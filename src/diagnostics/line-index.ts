/** A place as people count: both from 1; the column counts code points. */
export interface LineColumn {
  readonly line: number;
  readonly column: number;
}

/**
 * Turns offsets (UTF-16 units) of one text into lines and columns. `\n`, `\r\n` and a lone `\r` end a line. A text that is a part
 * of a file may begin at a later line of it: all lines are the file's.
 */
export class LineIndex {
  readonly #text: string;
  readonly #starts: number[] = [0];
  /** Where characters beyond U+FFFF stand, which are two units wide; made when first asked for. */
  #wide: readonly number[] | undefined;

  /** The line at which the text begins. */
  readonly firstLine: number;

  constructor(text: string, firstLine = 1) {
    this.#text = text;
    this.firstLine = firstLine;
    for (let i = text.search(/[\r\n]/); i >= 0 && i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (c === 10 || (c === 13 && text.charCodeAt(i + 1) !== 10)) this.#starts.push(i + 1);
    }
  }

  get lastLine(): number {
    return this.firstLine + this.#starts.length - 1;
  }

  /** The line that holds the offset; offsets outside the text count as its ends. */
  lineAt(offset: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + this.firstLine;
  }

  locate(offset: number): LineColumn {
    const at = Math.min(Math.max(offset, 0), this.#text.length);
    const line = this.lineAt(at);
    const start = this.startOf(line);
    return { line, column: at - start + 1 - this.#wideBetween(start, at) };
  }

  /** The offset of a column of a line, or the text's end. */
  offsetOf(line: number, column: number): number {
    const start = this.startOf(line);
    let at = start + column - 1;
    for (let wide = this.#wideBetween(start, at); at < start + column - 1 + wide; wide = this.#wideBetween(start, at)) at = start + column - 1 + wide;
    return Math.min(at, this.#text.length);
  }

  /** How many wide characters begin within a stretch, its last unit left out. */
  #wideBetween(from: number, to: number): number {
    const wide = (this.#wide ??= wideIn(this.#text));
    return wide.length === 0 ? 0 : before(wide, to) - before(wide, from);
  }

  /** The offset at which a line begins. */
  startOf(line: number): number {
    return this.#starts[line - this.firstLine] ?? this.#text.length;
  }

  /** The offset of a line's end, its line break left out. */
  endOf(line: number): number {
    const next = this.#starts[line - this.firstLine + 1];
    if (next === undefined) return this.#text.length;
    return this.#text.charCodeAt(next - 1) === 10 && this.#text.charCodeAt(next - 2) === 13 ? next - 2 : next - 1;
  }

  textOf(line: number): string {
    return this.#text.slice(this.startOf(line), this.endOf(line));
  }
}

const WIDE = /[\uD800-\uDBFF](?=[\uDC00-\uDFFF])/g;

function wideIn(text: string): readonly number[] {
  return /[\uD800-\uDBFF]/.test(text) ? [...text.matchAll(WIDE)].map(({ index }) => index) : [];
}

/** How many of the ascending offsets come before one. */
function before(offsets: readonly number[], offset: number): number {
  let [low, high] = [0, offsets.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((offsets[middle] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
