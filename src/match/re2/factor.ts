/** Takes out what neighbouring alternatives have in common at their beginnings: `abc|abd|xy` is read as `ab[cd]|xy`. */
import { ByteSet } from "./byte-set.ts";
import { FOLD_CASE } from "./flags.ts";
import { classNode, composite, isCharacter, isCondition, isSingle, joined, literalNode, sameTree, simpleNode, type SyntaxNode } from "./syntax-tree.ts";

/** Stands where alternatives have been taken out of a list: lists of all levels are there at once, the nodes need not be. */
const TAKEN = simpleNode("empty", 0);

/** The alternatives, factored; one if they are one. The list is used up. */
export function factored(subs: SyntaxNode[], flags: number): readonly SyntaxNode[] {
  return mergedSingles(withCommonPieces(withCommonTexts(subs, flags), flags), flags);
}

/** What `cut` leaves of some alternatives, which are taken out of their list. */
function taken(subs: SyntaxNode[], start: number, end: number, cut: (node: SyntaxNode) => SyntaxNode): SyntaxNode[] {
  const rests = subs.slice(start, end);
  subs.fill(TAKEN, start, end);
  for (const [i, rest] of rests.entries()) rests[i] = cut(rest);
  return rests;
}

/** Something common to neighbours, and what is left of each. */
function prefixed(prefix: SyntaxNode, rests: SyntaxNode[], flags: number): SyntaxNode {
  return joined("concat", [prefix, joined("alternate", factored(rests, flags), flags)], flags);
}

function withCommonTexts(subs: SyntaxNode[], flags: number): SyntaxNode[] {
  const out: SyntaxNode[] = [];
  for (let start = 0, end = 0; start < subs.length; start = end) {
    const first = subs[start] as SyntaxNode;
    const lead = leadingLiteral(first);
    let { text } = lead;
    for (end = start + 1; end < subs.length; end++) {
      const next = leadingLiteral(subs[end] as SyntaxNode);
      const same = (next.flags ^ lead.flags) & FOLD_CASE ? 0 : commonLength(text, next.text);
      if (same === 0) break;
      text = text.slice(0, same);
    }
    const { length } = text;
    out.push(end === start + 1 ? first : prefixed(literalNode(text, lead.flags & FOLD_CASE), taken(subs, start, end, (sub) => withoutText(sub, length)), flags));
  }
  return out;
}

function commonLength(a: string, b: string): number {
  let same = 0;
  while (same < a.length && same < b.length && a.charCodeAt(same) === b.charCodeAt(same)) same++;
  return same;
}

/** The node whose text, possibly none, a tree begins with. */
function leadingLiteral(node: SyntaxNode): SyntaxNode {
  let lead = node;
  while (lead.op === "concat") lead = lead.subs[0] as SyntaxNode;
  return lead;
}

function withoutText(node: SyntaxNode, length: number): SyntaxNode {
  if (node.op !== "concat") return literalNode(node.text.slice(length), node.flags);
  const rest = withoutText(node.subs[0] as SyntaxNode, length);
  return rest.op === "empty" ? withoutFirst(node) : { ...node, subs: [rest, ...node.subs.slice(1)] };
}

/** A concatenation of two or more without its first part. */
function withoutFirst(node: SyntaxNode): SyntaxNode {
  return node.subs.length === 2 ? (node.subs[1] as SyntaxNode) : composite("concat", node.subs.slice(1), node.flags);
}

function withCommonPieces(subs: SyntaxNode[], flags: number): SyntaxNode[] {
  const out: SyntaxNode[] = [];
  for (let start = 0, end = 0; start < subs.length; start = end) {
    const first = subs[start] as SyntaxNode;
    const piece = leadingPiece(first);
    end = start + 1;
    while (piece !== undefined && end < subs.length && isFactorable(piece) && beginsWith(subs[end] as SyntaxNode, piece)) end++;
    out.push(piece === undefined || end === start + 1 ? first : prefixed(piece, taken(subs, start, end, withoutPiece), flags));
  }
  return out;
}

function beginsWith(node: SyntaxNode, piece: SyntaxNode): boolean {
  const own = leadingPiece(node);
  return own !== undefined && sameTree(own, piece);
}

/** What a concatenation begins with, or the whole of anything else. */
function leadingPiece(node: SyntaxNode): SyntaxNode | undefined {
  const piece = node.op === "concat" ? node.subs[0] : node;
  return piece?.op === "empty" ? undefined : piece;
}

function withoutPiece(node: SyntaxNode): SyntaxNode {
  return node.op === "concat" ? withoutFirst(node) : simpleNode("empty", node.flags);
}

/** Only where no path through the program gets lost: conditions, single bytes other than a character, counted ones that repeat exactly. */
function isFactorable({ op, least, most, subs }: SyntaxNode): boolean {
  if (isCondition(op) || op === "class" || op === "any-char" || op === "any-byte") return true;
  return op === "repeat" && least === most && isSingle(subs[0] as SyntaxNode);
}

/** Neighbouring characters and classes become one class. */
function mergedSingles(subs: readonly SyntaxNode[], flags: number): SyntaxNode[] {
  const merges = (node: SyntaxNode | undefined): node is SyntaxNode => node !== undefined && (isCharacter(node) || node.op === "class");
  const out: SyntaxNode[] = [];
  for (let start = 0, end = 0; start < subs.length; start = end) {
    end = start + 1;
    while (merges(subs[start]) && merges(subs[end])) end++;
    out.push(end === start + 1 ? (subs[start] as SyntaxNode) : classNode(unionOf(subs.slice(start, end)), flags));
  }
  return out;
}

function unionOf(nodes: readonly SyntaxNode[]): ByteSet {
  const set = new ByteSet();
  for (const { op, text, set: own, flags } of nodes) {
    if (op === "class") set.addAll(own);
    else set.addFolded(text.charCodeAt(0), text.charCodeAt(0), (flags & FOLD_CASE) !== 0);
  }
  return set;
}
