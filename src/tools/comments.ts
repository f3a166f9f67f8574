import { isRawMap, type RawMap, type RawValue } from "../diagnostics/raw.ts";
import type { Key, Origins } from "../diagnostics/origins.ts";
import type { Source } from "../diagnostics/source.ts";

/** Comments of the text that values came from, each given once: those above an entry, and the one behind it. */
export class Comments {
  readonly #origins: Origins;
  readonly #given = new Set<number>();

  constructor(origins: Origins) {
    this.#origins = origins;
  }

  /** Lines of comment that stand above an entry, or above the first entry of an item, without their indentation. */
  above(at: RawMap | readonly RawValue[], key: Key): string[] {
    const found = this.#place(at, key);
    if (found === undefined) return [];
    const { source, line, column } = found;
    const lines: string[] = [];
    for (let above = line - 1; above >= source.lines.firstLine; above--) {
      const text = source.lines.textOf(above);
      if (text.trim() === "") continue;
      // what stands further right belongs to a block scalar before it
      if (this.#given.has(above) || !/^\s*#/.test(text) || text.search(/\S/) > column - 1) break;
      this.#given.add(above);
      lines.unshift(text.trim());
    }
    return lines;
  }

  /** The comment behind an entry, with the space before it; "" for none. */
  behind(at: RawMap | readonly RawValue[], key: Key): string {
    const found = this.#place(at, key);
    const value = this.#origins.find(at as object, key, "value")?.span;
    if (found === undefined || value === undefined || this.#given.has(-found.line)) return "";
    const { source, line, end } = found;
    // a block below its key has its comment behind the key
    const from = source.lines.lineAt(value.start) === line ? value.end : end;
    if (source.lines.lineAt(from) !== line) return "";
    const comment = /^:?[ \t]*[\]},]*(\s#.*)$/.exec(source.text.slice(from, source.lines.endOf(line)))?.[1];
    if (comment === undefined) return "";
    this.#given.add(-line);
    return `  ${comment.trim()}`;
  }

  /** The comments that end the text. */
  atEnd(root: RawMap): string[] {
    const source = this.#origins.sourceOf(root);
    if (source?.syntax !== "yaml") return [];
    const lines: string[] = [];
    for (let line = source.lines.lastLine; line >= source.lines.firstLine; line--) {
      const text = source.lines.textOf(line);
      if (text.trim() !== "" && (!text.startsWith("#") || this.#given.has(line))) break;
      if (text.trim() !== "") lines.unshift(text);
    }
    return lines;
  }

  #place(at: RawMap | readonly RawValue[], key: Key): { source: Source; line: number; column: number; end: number } | undefined {
    const item = Array.isArray(at) ? (at as readonly RawValue[])[Number(key)] : undefined;
    if (isRawMap(item)) {
      const first = Object.keys(item).find((name) => name !== "@type") ?? Object.keys(item)[0];
      if (first !== undefined) return this.#place(item, first);
    }
    const span = this.#origins.find(at as object, key, "key")?.span;
    if (span?.source.syntax !== "yaml") return undefined;
    const { line, column } = span.source.lines.locate(span.start);
    return { source: span.source, line, column, end: span.end };
  }
}
