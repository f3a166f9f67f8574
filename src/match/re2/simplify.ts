/** A tree without counted repetitions, which is what can be compiled. */
import { coalesced } from "./coalesce.ts";
import { composite, isCondition, isRepetition, joined, type Repetition, simpleNode, type SyntaxNode } from "./syntax-tree.ts";
import { fold, MOST_VISITS } from "./walk.ts";

/** `undefined`: there are more nodes than RE2 looks at. */
export function simplified(root: SyntaxNode): SyntaxNode | undefined {
  const shorter = fold(root, MOST_VISITS, true, coalesced);
  return shorter === undefined ? undefined : fold(shorter, MOST_VISITS, true, simplifiedNode);
}

/** The node with these parts; itself if they are its own. */
export function withSubs(node: SyntaxNode, subs: readonly SyntaxNode[]): SyntaxNode {
  return subs.every((sub, i) => sub === node.subs[i]) ? node : { ...node, subs };
}

function simplifiedNode(node: SyntaxNode, subs: readonly SyntaxNode[]): SyntaxNode {
  const [sub] = subs;
  if (node.op === "class") return node.set.ranges().length === 0 ? simpleNode("no-match", node.flags) : node;
  if (sub === undefined || node.op === "concat" || node.op === "alternate" || node.op === "capture") return withSubs(node, subs);
  if (sub.op === "empty") return sub;
  if (node.op === "repeat") return expanded(sub, node.least, node.most, node.flags);
  return sub !== node.subs[0] && sub.op === node.op && sub.flags === node.flags ? sub : withSubs(node, subs);
}

/** A repetition without bounds; one of another is one, whatever the two are. */
function repeated(op: Repetition, sub: SyntaxNode, flags: number): SyntaxNode {
  if (!isRepetition(sub.op) || sub.flags !== flags) return composite(op, [sub], flags);
  return op === sub.op || sub.op === "star" ? sub : composite("star", sub.subs, flags);
}

/** Conditions hold or do not, however often they are asked. */
function isOnlyConditions({ op, subs }: SyntaxNode): boolean {
  return isCondition(op) || ((op === "concat" || op === "alternate") && subs.every((sub) => isCondition(sub.op)));
}

/** `x{2,}` is `xx+`, and `x{2,5}` is `xx(x(x(x)?)?)?`. */
function expanded(sub: SyntaxNode, leastAsked: number, mostAsked: number, flags: number): SyntaxNode {
  const once = isOnlyConditions(sub);
  const least = once ? Math.min(leastAsked, 1) : leastAsked;
  const most = once ? Math.min(mostAsked, 1) : mostAsked;
  if (most === -1) return least === 0 ? repeated("star", sub, flags) : joined("concat", [...times(sub, least - 1), repeated("plus", sub, flags)], flags);
  if (most === 0) return simpleNode("empty", flags);
  if (most === least) return joined("concat", times(sub, least), flags);
  let rest = repeated("quest", sub, flags);
  for (let i = least + 1; i < most; i++) rest = repeated("quest", composite("concat", [sub, rest], flags), flags);
  return least === 0 ? rest : composite("concat", [joined("concat", times(sub, least), flags), rest], flags);
}

function times(sub: SyntaxNode, count: number): SyntaxNode[] {
  return Array.from({ length: count }, () => sub);
}
