/** Walks over trees of any depth: patterns nest as deep as their text is long, the runtime's stack does not. */
import type { SyntaxNode } from "./syntax-tree.ts";

interface Visit<T> {
  readonly node: SyntaxNode;
  readonly results: T[];
}

const NONE: readonly never[] = [];

/** As many nodes as RE2 looks at when it rewrites a tree. */
export const MOST_VISITS = 1_000_000;

/**
 * What `leave` makes of a tree, from the leaves up. `undefined` if there are more nodes than `most`. With `shares`, a part that stands
 * next to itself is looked at once.
 */
export function fold<T>(root: SyntaxNode, most: number, shares: boolean, leave: (node: SyntaxNode, results: readonly T[]) => T): T | undefined {
  const stack: Visit<T>[] = [{ node: root, results: [] }];
  let visits = 1;
  for (;;) {
    if (visits > most) return undefined;
    const { node, results } = stack.at(-1) as Visit<T>;
    const next = results.length;
    const sub = node.subs[next];
    if (sub !== undefined) {
      if (shares && next > 0 && sub === node.subs[next - 1]) results.push(results[next - 1] as T);
      else {
        visits++;
        if (sub.subs.length === 0 && visits <= most) results.push(leave(sub, NONE));
        else stack.push({ node: sub, results: [] });
      }
      continue;
    }
    const result = leave(node, results);
    stack.pop();
    const above = stack.at(-1);
    if (above === undefined) return result;
    above.results.push(result);
  }
}
