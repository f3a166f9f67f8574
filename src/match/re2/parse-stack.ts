/**
 * The pieces of a pattern read so far. A group or a `|` leaves a mark on the stack; at its end what stands above the mark becomes one node.
 */
import { asciiLower } from "../../base/wire-text.ts";
import type { ByteSet } from "./byte-set.ts";
import { factored } from "./factor.ts";
import { DOT_NEWLINE, FOLD_CASE, NON_GREEDY, ONE_LINE, WAS_DOLLAR } from "./flags.ts";
import { PatternFault } from "./pattern-fault.ts";
import { captureNode, classNode, composite, type Condition, isCharacter, isRepetition, joined, literalNode, type Repetition, repeatNode, simpleNode, type SyntaxNode } from "./syntax-tree.ts";
import { fold, MOST_VISITS } from "./walk.ts";

const MOST_REPEATS = 1000;
const [UPPER_A, UPPER_Z, TO_LOWER] = [65, 90, 32] as const;

/** The beginning of a group (`group` 0: one that captures nothing), with the flags from before it. */
interface OpenGroup {
  readonly mark: "group";
  readonly flags: number;
  readonly group: number;
  readonly name: string;
}

type Item = SyntaxNode | OpenGroup | "bar";

const isNode = (item: Item | undefined): item is SyntaxNode => typeof item === "object" && "op" in item;

export class ParseStack {
  flags: number;
  private readonly items: Item[] = [];
  private groups = 0;
  private readonly pattern: string;

  constructor(pattern: string, flags: number) {
    this.pattern = pattern;
    this.flags = flags;
  }

  character(code: number): void {
    this.text(String.fromCharCode(code));
  }

  /** Characters as they are. The last of them stays apart, for it may be repeated. */
  text(written: string): void {
    const text = (this.flags & FOLD_CASE) === 0 ? written : asciiLower(written);
    if (text.length > 1) this.push(literalNode(text.slice(0, -1), this.flags));
    this.push(literalNode(text.slice(-1), this.flags));
  }

  /** A class; one that holds a single character, or one letter in both cases, is that character. */
  byteClass(set: ByteSet): void {
    this.push(characterOf(set, this.flags) ?? classNode(set, this.flags));
  }

  dot(withoutNewline: ByteSet): void {
    if ((this.flags & DOT_NEWLINE) !== 0) this.push(simpleNode("any-char", this.flags));
    else this.byteClass(withoutNewline);
  }

  simple(op: "any-byte" | Condition): void {
    this.push(simpleNode(op, this.flags));
  }

  caret(): void {
    this.simple((this.flags & ONE_LINE) === 0 ? "begin-line" : "begin-text");
  }

  dollar(): void {
    this.push((this.flags & ONE_LINE) === 0 ? simpleNode("end-line", this.flags) : simpleNode("end-text", this.flags | WAS_DOLLAR));
  }

  /** Repeats the last piece; `written` is the operator as the pattern has it. */
  repetition(op: Repetition, written: string, lazy: boolean): void {
    const sub = this.argument(written);
    const flags = lazy ? this.flags ^ NON_GREEDY : this.flags;
    this.items.pop();
    if (isRepetition(sub.op) && sub.flags === flags) this.items.push(op === sub.op ? sub : composite("star", sub.subs, flags));
    else this.items.push(composite(op, [sub], flags));
  }

  /** Repeats the last piece `least` to `most` times (-1: any number). */
  counted(least: number, most: number, written: string, lazy: boolean): void {
    if ((most !== -1 && most < least) || least > MOST_REPEATS || most > MOST_REPEATS) throw new PatternFault("invalid repetition size", written);
    const node = repeatNode(this.argument(written), lazy ? this.flags ^ NON_GREEDY : this.flags, least, most);
    this.items.pop();
    this.items.push(node);
    if ((least >= 2 || most >= 2) && copies(node) > MOST_REPEATS) throw new PatternFault("invalid repetition size", written);
  }

  /** Begins a group: one that captures, with a name or `""`, or one that does not (`undefined`). */
  open(name: string | undefined): void {
    this.join();
    this.items.push({ mark: "group", flags: this.flags, group: name === undefined ? 0 : ++this.groups, name: name ?? "" });
  }

  bar(): void {
    this.join();
    this.concatenate();
    const last = this.items.pop() as SyntaxNode;
    if (this.items.at(-1) !== "bar") {
      this.items.push(last, "bar");
      return;
    }
    const before = this.items.at(-2) as SyntaxNode;
    this.items.length -= 2;
    if (before.op === "any-char" && isSubsumed(last)) this.items.push(before, "bar");
    else if (last.op === "any-char" && isSubsumed(before)) this.items.push(last, "bar");
    else this.items.push(before, last, "bar");
  }

  close(): void {
    const sub = this.alternate();
    const open = this.items.at(-1);
    if (typeof open !== "object" || isNode(open)) throw new PatternFault("unexpected )", this.pattern);
    this.items.pop();
    this.flags = open.flags;
    this.push(open.group === 0 ? sub : captureNode(sub, open.flags, open.group, open.name));
  }

  /** The whole pattern's tree. */
  finish(): SyntaxNode {
    const whole = this.alternate();
    if (this.items.length > 0) throw new PatternFault("missing )", this.pattern);
    return whole;
  }

  private argument(written: string): SyntaxNode {
    const sub = this.items.at(-1);
    if (!isNode(sub)) throw new PatternFault("no argument for repetition operator", written);
    return sub;
  }

  private push(node: SyntaxNode): void {
    this.join();
    this.items.push(node);
  }

  /** Makes one text of the last two pieces, if both are; the last one stays apart until then, for it may be repeated. */
  private join(): void {
    const [before, last] = [this.items.at(-2), this.items.at(-1)];
    if (!isNode(before) || !isNode(last) || before.op !== "literal" || last.op !== "literal" || ((before.flags ^ last.flags) & FOLD_CASE) !== 0) return;
    this.items.length -= 2;
    this.items.push(literalNode(before.text + last.text, before.flags));
  }

  private concatenate(): void {
    if (!isNode(this.items.at(-1))) this.push(simpleNode("empty", this.flags));
    this.collapse("concat");
  }

  private alternate(): SyntaxNode {
    this.bar();
    this.items.pop();
    this.collapse("alternate");
    return this.items.pop() as SyntaxNode;
  }

  /** What stands above the last mark becomes one node. */
  private collapse(op: "concat" | "alternate"): void {
    let from = this.items.length;
    while (isNode(this.items[from - 1])) from--;
    if (from === this.items.length - 1) return;
    const nodes = this.items.splice(from) as SyntaxNode[];
    const parts = nodes.flatMap((node) => (node.op === op ? [...node.subs] : [node]));
    this.items.push(joined(op, op === "alternate" ? factored(parts, this.flags) : parts, this.flags));
  }
}

/** What `.` that takes newlines makes superfluous beside it. */
function isSubsumed(node: SyntaxNode): boolean {
  return isCharacter(node) || node.op === "class" || node.op === "any-char";
}

function characterOf(set: ByteSet, flags: number): SyntaxNode | undefined {
  const [first, second, third] = set.ranges();
  if (first === undefined || third !== undefined || first[0] !== first[1]) return undefined;
  const [code] = first;
  if (second === undefined) return literalNode(String.fromCharCode(code), flags);
  const isLetter = code >= UPPER_A && code <= UPPER_Z && second[0] === code + TO_LOWER && second[1] === second[0];
  return isLetter ? literalNode(String.fromCharCode(second[0]), flags | FOLD_CASE) : undefined;
}

/** How often the innermost piece of a repetition may stand in the text; Infinity if the tree is too large to tell. */
function copies(node: SyntaxNode): number {
  return fold<number>(node, MOST_VISITS, true, ({ op, least, most }, inner) => (op === "repeat" ? Math.max(most < 0 ? least : most, 1) : 1) * inner.reduce((a, b) => Math.max(a, b), 1)) ?? Infinity;
}
