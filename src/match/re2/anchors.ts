/** Anchors at the ends of a pattern, which a program need not ask. */
import { literalNode, joined, type SyntaxNode } from "./syntax-tree.ts";

/** Anchors within so many captures and concatenations are found. */
const DEPTH = 4;

export function withoutAnchors(root: SyntaxNode): { tree: SyntaxNode; atStart: boolean; atEnd: boolean } {
  const rest = withoutAnchor(root, "begin-text", 0);
  const body = withoutAnchor(rest ?? root, "end-text", 0);
  return { tree: body ?? rest ?? root, atStart: rest !== undefined, atEnd: body !== undefined };
}

function withoutAnchor(node: SyntaxNode, op: "begin-text" | "end-text", depth: number): SyntaxNode | undefined {
  if (depth >= DEPTH) return undefined;
  if (node.op === op) return literalNode("", node.flags);
  if (node.op !== "concat" && node.op !== "capture") return undefined;
  const place = op === "begin-text" ? 0 : node.subs.length - 1;
  const rest = withoutAnchor(node.subs[place] as SyntaxNode, op, depth + 1);
  if (rest === undefined) return undefined;
  const subs = node.subs.with(place, rest);
  return node.op === "capture" ? { ...node, subs } : joined("concat", subs, node.flags);
}

/** A text that every match begins with, bound to the beginning of the text, and what comes behind it. */
export function withoutPrefix(root: SyntaxNode): SyntaxNode | undefined {
  if (root.op !== "concat") return undefined;
  const anchors = root.subs.findIndex(({ op }) => op !== "begin-text");
  if (anchors < 1 || root.subs[anchors]?.op !== "literal") return undefined;
  return joined("concat", root.subs.slice(anchors + 1), root.flags);
}
