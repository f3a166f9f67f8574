/** What a pattern says, as a tree. Nodes never change; a node may stand in a tree several times. */
import { ByteSet } from "./byte-set.ts";
import { FOLD_CASE, NON_GREEDY, WAS_DOLLAR } from "./flags.ts";

export type Condition = "begin-line" | "end-line" | "begin-text" | "end-text" | "word-boundary" | "no-word-boundary";
export type Repetition = "star" | "plus" | "quest";

export interface SyntaxNode {
  readonly op: "no-match" | "empty" | "literal" | "any-char" | "any-byte" | "class" | "concat" | "alternate" | "repeat" | "capture" | Repetition | Condition;
  readonly flags: number;
  readonly subs: readonly SyntaxNode[];
  /** A literal's characters, at least one. */
  readonly text: string;
  /** A class's bytes. */
  readonly set: ByteSet;
  /** A repeat's bounds; `most` -1: none. */
  readonly least: number;
  readonly most: number;
  /** A capture's number, and its name if it has one. */
  readonly group: number;
  readonly name: string;
}

/** As many parts as RE2 keeps in one node; more make a second level. */
const MOST_PARTS = 65_535;
const NO_SUBS: readonly SyntaxNode[] = [];
const NO_BYTES = new ByteSet();

/** Every node has the same fields in the same order: the runtime then treats them alike. */
function node(op: SyntaxNode["op"], flags: number, subs: readonly SyntaxNode[], text = "", set = NO_BYTES, least = 0, most = 0, group = 0, name = ""): SyntaxNode {
  return { op, flags, subs, text, set, least, most, group, name };
}

export function simpleNode(op: "no-match" | "empty" | "any-char" | "any-byte" | Condition, flags: number): SyntaxNode {
  return node(op, flags, NO_SUBS);
}

/** The node of a text, which may be empty. */
export function literalNode(text: string, flags: number): SyntaxNode {
  return text === "" ? simpleNode("empty", flags) : node("literal", flags, NO_SUBS, text);
}

export function classNode(set: ByteSet, flags: number): SyntaxNode {
  return node("class", flags & ~FOLD_CASE, NO_SUBS, "", set);
}

export function captureNode(sub: SyntaxNode, flags: number, group: number, name: string): SyntaxNode {
  return node("capture", flags, [sub], "", NO_BYTES, 0, 0, group, name);
}

export function repeatNode(sub: SyntaxNode, flags: number, least: number, most: number): SyntaxNode {
  return node("repeat", flags, [sub], "", NO_BYTES, least, most);
}

/** A node with one part or several, as it is said: nothing is simplified. */
export function composite(op: "concat" | "alternate" | Repetition, subs: readonly SyntaxNode[], flags: number): SyntaxNode {
  return node(op, flags, subs);
}

/** Parts one after the other, or one of them. */
export function joined(op: "concat" | "alternate", subs: readonly SyntaxNode[], flags: number): SyntaxNode {
  const [first] = subs;
  if (first === undefined) return simpleNode(op === "concat" ? "empty" : "no-match", flags);
  if (subs.length === 1) return first;
  if (subs.length <= MOST_PARTS) return composite(op, subs, flags);
  const groups = Array.from({ length: Math.ceil(subs.length / MOST_PARTS) }, (_, i) => joined(op, subs.slice(i * MOST_PARTS, (i + 1) * MOST_PARTS), flags));
  return composite(op, groups, flags);
}

export function isRepetition(op: SyntaxNode["op"]): op is Repetition {
  return op === "star" || op === "plus" || op === "quest";
}

export function isCondition(op: SyntaxNode["op"]): op is Condition {
  return op === "begin-line" || op === "end-line" || op === "begin-text" || op === "end-text" || op === "word-boundary" || op === "no-word-boundary";
}

/** A single literal character. */
export function isCharacter({ op, text }: SyntaxNode): boolean {
  return op === "literal" && text.length === 1;
}

/** What always takes one byte: a character, a class, any character or byte. */
export function isSingle(node: SyntaxNode): boolean {
  return isCharacter(node) || node.op === "class" || node.op === "any-char" || node.op === "any-byte";
}

/** True if two nodes are the same, their parts left aside. */
function sameHead(a: SyntaxNode, b: SyntaxNode): boolean {
  if (a.op !== b.op || a.subs.length !== b.subs.length) return false;
  const differs = a.flags ^ b.flags;
  if (a.op === "literal") return a.text === b.text && (differs & FOLD_CASE) === 0;
  if (a.op === "class") return a.set.equals(b.set);
  if (a.op === "end-text") return (differs & WAS_DOLLAR) === 0;
  if (a.op === "capture") return a.group === b.group && a.name === b.name;
  if (a.op === "repeat") return (differs & NON_GREEDY) === 0 && a.least === b.least && a.most === b.most;
  return !isRepetition(a.op) || (differs & NON_GREEDY) === 0;
}

/** True if two trees say the same. */
export function sameTree(a: SyntaxNode, b: SyntaxNode): boolean {
  const pairs: (readonly [SyntaxNode, SyntaxNode])[] = [[a, b]];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [left, right] = pair;
    if (left === right) continue;
    if (!sameHead(left, right)) return false;
    for (const [i, sub] of left.subs.entries()) pairs.push([sub, right.subs[i] as SyntaxNode]);
  }
  return true;
}
