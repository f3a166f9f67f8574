/** Neighbours that repeat the same thing become one repetition: `a*aab` is read as `a{2,}b`. */
import { FOLD_CASE, NON_GREEDY } from "./flags.ts";
import { isRepetition, isSingle, literalNode, repeatNode, sameTree, simpleNode, type SyntaxNode } from "./syntax-tree.ts";

interface Bounds {
  readonly least: number;
  readonly most: number;
}

const ONCE: Bounds = { least: 1, most: 1 };
const BOUNDS = { star: { least: 0, most: -1 }, plus: { least: 1, most: -1 }, quest: { least: 0, most: 1 } } as const;

/** What becomes of a node whose parts have become `parts`. */
export function coalesced(node: SyntaxNode, parts: readonly SyntaxNode[]): SyntaxNode {
  if (parts.length === 0) return node;
  const same = parts.every((part, i) => part === node.subs[i]);
  const kept = same ? node : { ...node, subs: parts };
  if (node.op !== "concat" || !parts.some((part, i) => canJoin(part, parts[i + 1]))) return kept;
  const subs = [...parts];
  for (const i of parts.keys()) {
    const [left, right] = [subs[i] as SyntaxNode, subs[i + 1]];
    if (right !== undefined && canJoin(left, right)) [subs[i], subs[i + 1]] = join(left, right);
  }
  return { ...node, subs: subs.filter(({ op }) => op !== "empty") };
}

function repeatsSingle({ op, subs }: SyntaxNode): boolean {
  return (op === "repeat" || isRepetition(op)) && isSingle(subs[0] as SyntaxNode);
}

/** Whether the left one repeats what the right one is, repeats or begins with. */
function canJoin(left: SyntaxNode, right: SyntaxNode | undefined): boolean {
  if (right === undefined || !repeatsSingle(left)) return false;
  const single = left.subs[0] as SyntaxNode;
  if (right.op === "repeat" || isRepetition(right.op)) return ((left.flags ^ right.flags) & NON_GREEDY) === 0 && sameTree(single, right.subs[0] as SyntaxNode);
  if (right.op === "literal" && single.op === "literal") return right.text.startsWith(single.text) && ((single.flags ^ right.flags) & FOLD_CASE) === 0;
  return sameTree(single, right);
}

function boundsOf(node: SyntaxNode): Bounds {
  return isRepetition(node.op) ? BOUNDS[node.op] : node.op === "repeat" ? node : ONCE;
}

/** Nothing and the joined repetition; or that and what is left of a text. */
function join(left: SyntaxNode, right: SyntaxNode): [SyntaxNode, SyntaxNode] {
  const single = left.subs[0] as SyntaxNode;
  let taken = 0;
  while (right.op === "literal" && right.text[taken] === single.text) taken++;
  const [a, b] = [boundsOf(left), taken === 0 ? boundsOf(right) : { least: taken, most: taken }];
  const whole = repeatNode(single, left.flags, a.least + b.least, a.most < 0 || b.most < 0 ? -1 : a.most + b.most);
  return taken > 0 && taken < right.text.length ? [whole, literalNode(right.text.slice(taken), right.flags)] : [simpleNode("empty", 0), whole];
}
