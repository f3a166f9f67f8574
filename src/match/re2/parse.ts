/**
 * Reads a pattern of RE2's syntax as Envoy has it read: Perl's classes and groups, `^` and `$` the ends of the text, and byte by byte
 * ("Latin-1"): a character beyond ASCII is its UTF-8 bytes, one after the other.
 */
import { ByteSet } from "./byte-set.ts";
import { readBracketClass, readPerlClass, readUnicodeClass } from "./class-text.ts";
import { Cursor } from "./cursor.ts";
import { readEscape } from "./escape.ts";
import { DEFAULT_FLAGS, FOLD_CASE } from "./flags.ts";
import { ParseStack } from "./parse-stack.ts";
import { PatternFault } from "./pattern-fault.ts";
import { readGroupStart } from "./group-start.ts";
import type { SyntaxNode } from "./syntax-tree.ts";

const NO_NEWLINE = ByteSet.of(0, 9, 11, 0xff);
const SIGN = /[|)^$.]/;
const ORDINARY = /[^*+?{([\\|)^$.]+/y;
const BOUNDS = /^\{(0|[1-9]\d{0,8})(?:(,)(0|[1-9]\d{0,8})?)?\}/;
const REPETITIONS = { "*": "star", "+": "plus", "?": "quest" } as const;

class Parser {
  private readonly cursor: Cursor;
  private readonly stack: ParseStack;
  /** Where the repetition stands that ends here, -1 if none does. */
  private repeated = -1;

  constructor(pattern: string, shown: string) {
    this.cursor = new Cursor(pattern);
    this.stack = new ParseStack(shown, DEFAULT_FLAGS);
  }

  tree(): SyntaxNode {
    while (this.cursor.left > 0) {
      const start = this.cursor.at;
      this.repeated = this.piece() ? start : -1;
    }
    return this.stack.finish();
  }

  /** Reads one piece; true if it is a repetition. */
  private piece(): boolean {
    const { cursor, stack } = this;
    const c = cursor.peek();
    if (c === "*" || c === "+" || c === "?") return this.repetition(c);
    if (c === "{") return this.bounds();
    if (c === "(") readGroupStart(cursor, stack);
    else if (c === "[") stack.byteClass(readBracketClass(cursor, this.folds));
    else if (c === "\\") this.backslash();
    else if (SIGN.test(c)) this.sign(cursor.take());
    else this.text();
    return false;
  }

  private get folds(): boolean {
    return (this.stack.flags & FOLD_CASE) !== 0;
  }

  private sign(c: string): void {
    const { stack } = this;
    if (c === "|") stack.bar();
    else if (c === ")") stack.close();
    else if (c === "^") stack.caret();
    else if (c === "$") stack.dollar();
    else stack.dot(NO_NEWLINE);
  }

  /** Characters that mean themselves. */
  private text(): void {
    const { cursor } = this;
    ORDINARY.lastIndex = cursor.at;
    ORDINARY.test(cursor.text);
    const start = cursor.at;
    cursor.at = ORDINARY.lastIndex;
    this.stack.text(cursor.since(start));
  }

  private repetition(c: keyof typeof REPETITIONS): boolean {
    const start = this.cursor.at;
    this.cursor.skip(1);
    const lazy = this.lazy();
    this.stack.repetition(REPETITIONS[c], this.cursor.since(start), lazy);
    return true;
  }

  /** Whether a repetition is lazy; one behind another is refused. */
  private lazy(): boolean {
    const lazy = this.cursor.peek() === "?";
    if (lazy) this.cursor.skip(1);
    if (this.repeated >= 0) throw new PatternFault("bad repetition operator", this.cursor.since(this.repeated));
    return lazy;
  }

  /** `{2}`, `{2,}` or `{2,5}`; anything else in braces is text. */
  private bounds(): boolean {
    const { cursor, stack } = this;
    const start = cursor.at;
    const found = BOUNDS.exec(cursor.text.slice(start, start + 24));
    if (found === null) {
      stack.character(cursor.take().charCodeAt(0));
      return false;
    }
    const least = Number(found[1]);
    const most = found[2] === undefined ? least : found[3] === undefined ? -1 : Number(found[3]);
    cursor.skip(found[0].length);
    const lazy = this.lazy();
    stack.counted(least, most, cursor.since(start), lazy);
    return true;
  }

  private backslash(): void {
    const { cursor, stack } = this;
    const letter = cursor.peek(1);
    if (letter === "b" || letter === "B") this.simple(letter === "b" ? "word-boundary" : "no-word-boundary");
    else if (letter === "A" || letter === "z") this.simple(letter === "A" ? "begin-text" : "end-text");
    else if (letter === "C") this.simple("any-byte");
    else if (letter === "Q") this.quoted();
    else if (letter === "p" || letter === "P") this.classOf((set) => readUnicodeClass(cursor, set, this.folds));
    else if (!this.perlClass()) stack.character(readEscape(cursor));
  }

  private simple(op: Parameters<ParseStack["simple"]>[0]): void {
    this.cursor.skip(2);
    this.stack.simple(op);
  }

  private classOf(read: (set: ByteSet) => void): void {
    const set = new ByteSet();
    read(set);
    this.stack.byteClass(set);
  }

  private perlClass(): boolean {
    const set = new ByteSet();
    if (!readPerlClass(this.cursor, set, this.folds)) return false;
    this.stack.byteClass(set);
    return true;
  }

  /** `\Q` to `\E`, or to the end: text as it is. */
  private quoted(): void {
    const { cursor } = this;
    cursor.skip(2);
    const end = cursor.text.indexOf("\\E", cursor.at);
    const text = cursor.text.slice(cursor.at, end < 0 ? undefined : end);
    cursor.at = end < 0 ? cursor.text.length : end + 2;
    if (text !== "") this.stack.text(text);
  }
}

/** The tree of a pattern in wire form; throws PatternFault. `shown` is the pattern as faults that quote the whole of it show it. */
export function parsePattern(pattern: string, shown: string): SyntaxNode {
  return new Parser(pattern, shown).tree();
}
