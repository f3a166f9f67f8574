/** A pattern made ready to be matched. */
import { toWire } from "../../base/wire-text.ts";
import { Backtracker } from "./backtracker.ts";
import { CaptureSearch, type SearchBounds } from "./capture-search.ts";
import { compileTree } from "./compile.ts";
import { parsePattern } from "./parse.ts";
import type { Program } from "./program.ts";
import type { SyntaxNode } from "./syntax-tree.ts";

export class Matcher {
  readonly program: Program;
  /** How many groups there are. */
  readonly groups: number;
  /** Numbers of the groups that have a name; the first of those of the same name. */
  readonly names: ReadonlyMap<string, number>;
  private readonly short: Backtracker;
  /** For texts that are too long for it; made when the first comes. */
  private long: CaptureSearch | undefined;

  constructor(program: Program, { groups, names }: { readonly groups: number; readonly names: ReadonlyMap<string, number> }) {
    this.program = program;
    this.groups = groups;
    this.names = names;
    this.short = new Backtracker(program, groups);
  }

  /** Where the first match and its groups begin and end, two numbers each, -1 for a group that took no part. */
  find(text: string, bounds: SearchBounds): readonly number[] | undefined {
    if (this.short.takes(text.length - bounds.from)) return this.short.find(text, bounds);
    return (this.long ??= new CaptureSearch(this.program, this.groups)).find(text, bounds);
  }
}

/** The matcher of a pattern that is known to be valid. */
export function matcherOf(pattern: string): Matcher {
  const tree = parsePattern(toWire(pattern), pattern);
  const program = compileTree(tree, Infinity);
  if (program === undefined) throw new Error("a pattern whose size was found has a program");
  return new Matcher(program, groupsOf(tree));
}

function groupsOf(root: SyntaxNode): { groups: number; names: ReadonlyMap<string, number> } {
  const named: (readonly [number, string])[] = [];
  const stack = [root];
  let groups = 0;
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.op === "capture") {
      groups++;
      if (node.name !== "") named.push([node.group, node.name]);
    }
    for (const sub of node.subs) stack.push(sub);
  }
  named.sort(([a], [b]) => b - a);
  return { groups, names: new Map(named.map(([group, name]) => [name, group])) };
}
