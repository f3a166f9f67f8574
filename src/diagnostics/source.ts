import { LineIndex } from "./line-index.ts";

export type Syntax = "yaml" | "json";

/** One text that was read: its name as the user knows it, and the text without a byte order mark. */
export class Source {
  readonly name: string;
  readonly text: string;
  readonly syntax: Syntax;
  #lines: LineIndex | undefined;

  constructor(name: string, text: string, syntax: Syntax) {
    this.name = name;
    this.text = text;
    this.syntax = syntax;
  }

  /** Made when first asked for: a configuration without findings never counts its lines. */
  get lines(): LineIndex {
    return (this.#lines ??= new LineIndex(this.text));
  }
}
