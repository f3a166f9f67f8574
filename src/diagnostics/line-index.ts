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
  /** Without characters beyond U+FFFF a column is a subtraction. */
  readonly #isNarrow: boolean;

  /** The line at which the text begins. */
  readonly firstLine: number;

  constructor(text: string, firstLine = 1) {
    this.#text = text;
    this.firstLine = firstLine;
    this.#isNarrow = !/[\uD800-\uDBFF]/.test(text);
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
    if (this.#isNarrow) return { line, column: at - start + 1 };
    let column = 1;
    for (let i = start; i < at; column++) i += (this.#text.codePointAt(i) ?? 0) > 0xffff ? 2 : 1;
    return { line, column };
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
