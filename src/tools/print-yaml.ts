import { isRawMap, type RawList, type RawMap, type RawValue } from "../diagnostics/raw.ts";
import type { Key, Origins } from "../diagnostics/origins.ts";
import { Comments } from "./comments.ts";
import { flowText, isBlock, keyText, scalarText } from "./yaml-text.ts";

/** What was written in brackets on one line stays so, up to this many columns. */
const WIDTH = 110;

/** A raw tree as YAML, with the comments of the text that it came from. */
export function printYaml(root: RawMap, origins: Origins): string {
  const printer = new Printer(origins);
  return printer.document(root);
}

class Printer {
  readonly #origins: Origins;
  readonly #comments: Comments;
  readonly #lines: string[] = [];

  constructor(origins: Origins) {
    this.#origins = origins;
    this.#comments = new Comments(origins);
  }

  document(root: RawMap): string {
    this.#map(root, "", "");
    this.#lines.push(...this.#comments.atEnd(root));
    return `${this.#lines.join("\n")}\n`;
  }

  /** The entries of a map; `first` stands before the first of them instead of the indentation. */
  #map(map: RawMap, indent: string, first: string): void {
    let lead = first;
    for (const [key, value] of Object.entries(map)) {
      if (lead === indent) this.#above(map, key, indent);
      this.#entry(`${lead}${keyText(key)}:`, map, key, value, indent);
      lead = indent;
    }
  }

  #above(at: RawMap | RawList, key: Key, indent: string): void {
    for (const comment of this.#comments.above(at, key)) this.#lines.push(`${indent}${comment}`);
  }

  /** One entry or item: what stands before its value, the value, and the comment behind it. */
  #entry(before: string, at: RawMap | RawList, key: Key, value: RawValue, indent: string): void {
    const behind = this.#comments.behind(at, key);
    if (isBlock(value)) return this.#block(`${before} `, value, indent, behind);
    if (typeof value !== "object" || value === null || isEmpty(value)) {
      this.#lines.push(`${before} ${typeof value === "object" ? flowText(value) : scalarText(value)}${behind}`);
      return;
    }
    const flow = this.#inBrackets(at, key) ? flowText(value) : undefined;
    if (flow !== undefined && before.length + flow.length < WIDTH) this.#lines.push(`${before} ${flow}${behind}`);
    else if (Array.isArray(value)) {
      this.#lines.push(`${before}${behind}`);
      this.#list(value, indent);
    } else {
      this.#lines.push(`${before}${behind}`);
      this.#map(value, `${indent}  `, `${indent}  `);
    }
  }

  #list(list: RawList, indent: string): void {
    list.forEach((item, index) => {
      this.#above(list, index, indent);
      const flow = typeof item === "object" && item !== null && (isEmpty(item) || this.#inBrackets(list, index)) ? flowText(item) : undefined;
      if (isRawMap(item) && !isEmpty(item) && (flow === undefined || indent.length + flow.length + 2 >= WIDTH)) this.#map(item, `${indent}  `, `${indent}- `);
      else if (Array.isArray(item) && !isEmpty(item)) this.#lines.push(`${indent}- ${flowText(item)}`);
      else if (flow !== undefined) this.#lines.push(`${indent}- ${flow}${this.#comments.behind(list, index)}`);
      else this.#entry(`${indent}-`, list, index, item, indent);
    });
  }

  #block(before: string, text: string, indent: string, behind: string): void {
    const chomp = text.endsWith("\n\n") ? "+" : text.endsWith("\n") ? "" : "-";
    this.#lines.push(`${before}|${chomp}${behind}`);
    const body = text.endsWith("\n") ? text.slice(0, -1) : text;
    for (const line of body.split("\n")) this.#lines.push(line === "" ? "" : `${indent}  ${line}`);
  }

  /** Was the value written in brackets, on one line? */
  #inBrackets(at: RawMap | RawList, key: Key): boolean {
    const span = this.#origins.find(at, key, "value")?.span;
    if (span === undefined || span.source.syntax !== "yaml") return false;
    return /^[{[][^\n]*$/.test(span.source.text.slice(span.start, Math.max(span.end, span.start)));
  }
}

function isEmpty(value: RawValue): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
