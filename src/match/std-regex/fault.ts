/**
 * Which patterns the C++ library's own regular expressions (std::regex, ECMAScript's grammar, in libc++) take: Envoy uses them for
 * the tags of statistics. The words are the library's.
 */
import { Cursor } from "../re2/cursor.ts";
import { toWire } from "../../base/wire-text.ts";
import { readBrackets } from "./brackets.ts";
import { isClassEscape, readEscape } from "./escape.ts";
import { StdRegexFault } from "./words.ts";

const BOUND = 2_147_483_647 / 10;
const DIGIT = /^[0-9]$/;

class Reader {
  private readonly cursor: Cursor;
  /** What has been opened and not closed: a look ahead, or a group. */
  private readonly open: ("ahead" | "group")[] = [];
  private groups = 0;

  constructor(pattern: string) {
    this.cursor = new Cursor(pattern);
  }

  read(): void {
    while (this.cursor.left > 0) this.piece(this.cursor.peek());
    if (this.open.length > 0) throw new StdRegexFault("paren");
  }

  private piece(c: string): void {
    if (c === "(") this.opening();
    else if (c === ")") this.closing();
    else if (c === "]" || c === "}") throw new StdRegexFault(this.open.length > 0 ? "paren" : "rest");
    else if (c === "*" || c === "+" || c === "?" || c === "{") throw new StdRegexFault("repeat");
    else if (c === "|" || c === "^" || c === "$") this.cursor.skip(1);
    else if (c === "\\" && /^b$/i.test(this.cursor.peek(1))) this.cursor.skip(2);
    else this.atom(c);
  }

  private opening(): void {
    const { cursor } = this;
    const ahead = cursor.startsWith("(?=") || cursor.startsWith("(?!");
    const silent = ahead || cursor.startsWith("(?:");
    cursor.skip(silent ? 3 : 1);
    if (!silent) this.groups++;
    this.open.push(ahead ? "ahead" : "group");
  }

  private closing(): void {
    const closed = this.open.pop();
    if (closed === undefined) throw new StdRegexFault("rest");
    this.cursor.skip(1);
    if (closed === "group") this.repetition();
  }

  private atom(c: string): void {
    if (c === "[") readBrackets(this.cursor);
    else if (c === "\\") this.escape();
    else this.cursor.skip(1);
    this.repetition();
  }

  private escape(): void {
    const { cursor } = this;
    const letter = cursor.peek(1);
    if (/^[1-9]$/.test(letter)) this.backReference();
    else if (isClassEscape(letter)) cursor.skip(2);
    else readEscape(cursor);
  }

  /** Only to groups that have been opened before. */
  private backReference(): void {
    const { cursor } = this;
    let group = 0;
    for (cursor.skip(1); DIGIT.test(cursor.peek()); ) group = group * 10 + Number(cursor.take());
    if (group > this.groups) throw new StdRegexFault("reference");
  }

  private repetition(): void {
    const { cursor } = this;
    const c = cursor.peek();
    if (c === "{") this.bounds();
    else if (c === "*" || c === "+" || c === "?") cursor.skip(1);
    else return;
    if (cursor.peek() === "?") cursor.skip(1);
  }

  private bounds(): void {
    const { cursor } = this;
    cursor.skip(1);
    const least = this.count();
    if (least === undefined) throw new StdRegexFault("bounds");
    if (cursor.left === 0) throw new StdRegexFault("brace");
    if (cursor.peek() === ",") {
      cursor.skip(1);
      if (cursor.left === 0) throw new StdRegexFault("bounds");
      const most = this.count();
      if (cursor.peek() !== "}") throw new StdRegexFault("brace");
      if (most !== undefined && most < least) throw new StdRegexFault("bounds");
    }
    if (cursor.take() !== "}") throw new StdRegexFault("bounds");
  }

  private count(): number | undefined {
    if (!DIGIT.test(this.cursor.peek())) return undefined;
    let value = 0;
    while (DIGIT.test(this.cursor.peek())) {
      if (value >= Math.floor(BOUND)) throw new StdRegexFault("bounds");
      value = value * 10 + Number(this.cursor.take());
    }
    return value;
  }
}

/** Why std::regex refuses a pattern; undefined if it takes it. */
export function stdRegexFault(pattern: string): string | undefined {
  try {
    new Reader(toWire(pattern)).read();
    return undefined;
  } catch (error) {
    if (error instanceof StdRegexFault) return error.message;
    throw error;
  }
}
