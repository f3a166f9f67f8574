/** From a pattern's tree to a program over bytes, instruction for instruction as RE2 makes it. */
import { withoutAnchors } from "./anchors.ts";
import { Assembler, type Fragment, NOTHING, TooLarge } from "./assembler.ts";
import { LARGEST_BYTE } from "./byte-set.ts";
import { FOLD_CASE, NON_GREEDY } from "./flags.ts";
import { withoutNops } from "./optimize.ts";
import { BEGIN_LINE, BEGIN_TEXT, END_LINE, END_TEXT, NO_WORD_BOUNDARY, type Program, WORD_BOUNDARY } from "./program.ts";
import { simplified } from "./simplify.ts";
import { isCondition, type SyntaxNode } from "./syntax-tree.ts";
import { fold } from "./walk.ts";

/** What two thirds of RE2's memory (8 MiB) hold, at 8 bytes an instruction. */
export const MOST_INSTRUCTIONS = 698_996;
const CONDITIONS = { "begin-line": BEGIN_LINE, "end-line": END_LINE, "begin-text": BEGIN_TEXT, "end-text": END_TEXT, "word-boundary": WORD_BOUNDARY, "no-word-boundary": NO_WORD_BOUNDARY } as const;
const [UPPER_A, UPPER_Z, LOWER_A, LOWER_Z] = [65, 90, 97, 122] as const;

/** The program of a tree; `undefined` if it would be too large. */
export function compileTree(root: SyntaxNode, most: number = MOST_INSTRUCTIONS): Program | undefined {
  const simple = simplified(root);
  if (simple === undefined) return undefined;
  try {
    return assembled(simple, new Assembler(most), most);
  } catch (error) {
    if (error instanceof TooLarge) return undefined;
    throw error;
  }
}

function assembled(root: SyntaxNode, assembler: Assembler, most: number): Program | undefined {
  const { tree, atStart, atEnd } = withoutAnchors(root);
  const body = fold<Fragment>(tree, 2 * most, false, (node, parts) => fragmentOf(assembler, node, parts));
  if (body === undefined) return undefined;
  const all = assembler.sequence(body, assembler.match());
  const search = atStart ? all : assembler.sequence(assembler.star(assembler.bytes(0, LARGEST_BYTE, false), true), all);
  const { op, out, arg } = assembler;
  withoutNops(op, out, arg, all.begin);
  return { op, out, arg, start: all.begin, search: search.begin, anchoredAtStart: atStart, anchoredAtEnd: atEnd };
}

function fragmentOf(assembler: Assembler, node: SyntaxNode, parts: readonly Fragment[]): Fragment {
  const first = parts[0] ?? NOTHING;
  const lazy = (node.flags & NON_GREEDY) !== 0;
  if (node.op === "literal") return literal(assembler, node);
  if (isCondition(node.op)) return assembler.condition(CONDITIONS[node.op]);
  if (node.op === "concat") return parts.reduce((a, b) => assembler.sequence(a, b));
  if (node.op === "alternate") return parts.reduce((a, b) => assembler.either(a, b));
  if (node.op === "star") return assembler.star(first, lazy);
  if (node.op === "plus") return assembler.plus(first, lazy);
  if (node.op === "quest") return assembler.quest(first, lazy);
  if (node.op === "capture") return assembler.capture(first, node.group);
  if (node.op === "class") return byteClass(assembler, node);
  if (node.op === "empty") return assembler.nop();
  return node.op === "no-match" ? NOTHING : assembler.bytes(0, LARGEST_BYTE, false);
}

function literal(assembler: Assembler, { text, flags }: SyntaxNode): Fragment {
  const folds = (flags & FOLD_CASE) !== 0;
  let all: Fragment | undefined;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const one = assembler.bytes(code, code, folds);
    all = all === undefined ? one : assembler.sequence(all, one);
  }
  return all ?? assembler.nop();
}

/** One range after the other. Where case does not count, ranges of capitals need no instruction. */
function byteClass(assembler: Assembler, { set }: SyntaxNode): Fragment {
  const folds = set.foldsAscii();
  let all = NOTHING;
  for (const [low, high] of set.ranges()) {
    if (folds && low >= UPPER_A && high <= UPPER_Z) continue;
    const needless = (low <= UPPER_A && high >= LOWER_Z) || high < UPPER_A || low > LOWER_Z || (low > UPPER_Z && high < LOWER_A);
    all = assembler.either(all, assembler.bytes(low, high, folds && !needless));
  }
  return all;
}
