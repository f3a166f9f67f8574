import { LineIndex } from "./line-index.ts";

export type Syntax = "yaml" | "json" | "pb_text";

/** One text that was read, a file or a part of one: its name as the user knows it, and the text without a byte order mark. */
export class Source {
  readonly name: string;
  readonly text: string;
  readonly syntax: Syntax;
  readonly #firstLine: number;
  #lines: LineIndex | undefined;

  /** `firstLine`: at which line of the file a part of it begins. */
  constructor(name: string, text: string, syntax: Syntax, firstLine = 1) {
    this.#firstLine = firstLine;
    this.name = name;
    this.text = text;
    this.syntax = syntax;
  }

  /** Made when first asked for: a configuration without findings never counts its lines. */
  get lines(): LineIndex {
    return (this.#lines ??= new LineIndex(this.text, this.#firstLine));
  }
}
