/**
 * The size of the program that C++ RE2 compiles a pattern to (re2/prog.cc Flatten, bytes as Latin-1), which Envoy limits. It is made from
 * re2js's program, whose graph is the same but for character classes: RE2 has one instruction a byte range.
 *
 * Flattening turns the graph into lists: every target of a consuming instruction begins one, so does everything that two lists can reach;
 * alternatives within a list cost nothing, a jump into another list costs one.
 */
import { RE2JS } from "re2js";
import { toWire } from "../base/wire-text.ts";
import { forRe2Port } from "./re2-text.ts";
import type { Instruction, Program } from "./regex-automaton.ts";
import { programOf } from "./regex.ts";
import { hasTopLevelAlternative, literalRun, topLevelAlternatives } from "./pattern-text.ts";

const [ALT, ALT_MATCH, FAIL, MATCH, NOP, RUNE, ANY, ANY_NOT_NL] = [1, 2, 5, 6, 7, 8, 10, 11] as const;
/** The fail instruction, and the `.*?` loop in front of a pattern that is not anchored. */
const FAIL_SIZE = 1;
const LOOP_SIZE = 2;
const LETTERS = { upper: [65, 90], lower: 32 } as const;

/** The number of byte ranges of a class; upper-case ranges are free in a class that ignores case. */
function rangesOf({ op, runes }: Instruction): number {
  if (op === ANY_NOT_NL) return 2;
  if (op !== RUNE || runes.length < 2) return 1;
  const ranges: [number, number][] = [];
  for (let i = 0; i + 1 < runes.length; i += 2) {
    const low = runes[i] ?? 0;
    if (low <= 0xff) ranges.push([low, Math.min(runes[i + 1] ?? 0, 0xff)]);
  }
  const has = (code: number): boolean => ranges.some(([low, high]) => low <= code && code <= high);
  let folds = true;
  for (let code: number = LETTERS.upper[0]; code <= LETTERS.upper[1]; code++) folds &&= has(code) === has(code + LETTERS.lower);
  if (!folds) return ranges.length;
  return ranges.filter(([low, high]) => !(low >= LETTERS.upper[0] && high <= LETTERS.upper[1])).length;
}

const NOTHING: Instruction = { op: FAIL, out: 0, arg: 0, runes: [], matchRune: () => false };

/** A class of characters none of which is a byte. */
function matchesNothing({ op, runes }: Instruction): boolean {
  return op === RUNE && runes.length > 0 && (runes[0] ?? 0) > 0xff;
}

/** The instructions, without ways that lead nowhere: RE2 never makes them. */
function withoutDead({ inst, start }: Program): Instruction[] {
  if (!inst.some(matchesNothing)) return [...inst];
  const alive = new Set<number>();
  for (let grown = true; grown;) {
    grown = false;
    for (const [id, { op, out, arg }] of inst.entries()) {
      const lives = op === MATCH || (op !== FAIL && !matchesNothing(inst[id] as Instruction) && (alive.has(out) || ((op === ALT || op === ALT_MATCH) && alive.has(arg))));
      if (!lives || alive.has(id)) continue;
      alive.add(id);
      grown = true;
    }
  }
  return inst.map((instruction, id) => {
    const { op, out, arg } = instruction;
    if (!alive.has(id)) return id === start || op !== FAIL ? { ...instruction, op: FAIL } : instruction;
    if ((op !== ALT && op !== ALT_MATCH) || (alive.has(out) && alive.has(arg))) return instruction;
    return { ...instruction, op: NOP, out: alive.has(out) ? out : arg };
  });
}

class Flattener {
  private readonly program: Program;
  private readonly roots: number[] = [];
  private readonly isRoot = new Set<number>();
  private readonly predecessors = new Map<number, number[]>();

  constructor(program: Program) {
    this.program = { ...program, inst: withoutDead(program) };
  }

  /** The instructions of all lists; 0 for a program that matches nothing. */
  size(): number {
    if (this.at(this.program.start).op === FAIL) return 0;
    this.mark(this.program.start);
    this.markSuccessors();
    for (const root of this.roots.slice(1).reverse()) this.markDominated(root);
    return this.roots.reduce((sum, root) => sum + this.listSize(root), 0);
  }

  private at(id: number): Instruction {
    return this.program.inst[id] ?? NOTHING;
  }

  private mark(id: number): void {
    if (this.isRoot.has(id)) return;
    this.isRoot.add(id);
    this.roots.push(id);
  }

  private markSuccessors(): void {
    const seen = new Set<number>();
    const stack = [this.program.start];
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      const { op, out, arg } = this.at(id);
      if (op === MATCH || op === FAIL) continue;
      if (op === ALT || op === ALT_MATCH) {
        for (const next of [out, arg]) this.predecessors.set(next, [...(this.predecessors.get(next) ?? []), id]);
        stack.push(arg, out);
      } else {
        if (op !== NOP) this.mark(out);
        stack.push(out);
      }
    }
  }

  /** The instructions that a list holds, and the roots it jumps to, without consuming anything. */
  private reach(root: number): Set<number> {
    const seen = new Set<number>();
    const stack = [root];
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      if (id !== root && this.isRoot.has(id)) continue;
      const { op, out, arg } = this.at(id);
      if (op === ALT || op === ALT_MATCH) stack.push(arg, out);
      else if (op === NOP) stack.push(out);
    }
    return seen;
  }

  private markDominated(root: number): void {
    const reached = this.reach(root);
    for (const id of reached) {
      if ((this.predecessors.get(id) ?? []).some((predecessor) => !reached.has(predecessor))) this.mark(id);
    }
  }

  private listSize(root: number): number {
    let size = 0;
    for (const id of this.reach(root)) {
      const instruction = this.at(id);
      if (id !== root && this.isRoot.has(id)) size += 1;
      else if (instruction.op === ALT || instruction.op === ALT_MATCH) size += this.swallowsRest(id) ? 1 : 0;
      else if (instruction.op !== NOP) size += rangesOf(instruction);
    }
    return size;
  }

  /** A loop over any byte with the match behind it, for which RE2 has an instruction. */
  private swallowsRest(id: number): boolean {
    const { out, arg } = this.at(id);
    const loop = (byte: number, end: number): boolean => this.at(byte).op === ANY && this.at(byte).out === id && this.isMatch(end);
    return loop(out, arg) || loop(arg, out);
  }

  private isMatch(id: number): boolean {
    const { op, out } = this.at(id);
    return op === MATCH || (op === NOP && this.isMatch(out));
  }
}

/** An anchor that is repeated stays in the program. */
const LEADING_ANCHOR = /^(?:\^|\\A)(?![*+?]|\{\d)/;
const TRAILING_ANCHOR = /(?<!\\)((?:\\\\)*)(?:\$|\\z)$/;

/** A condition without width, repeated by counts. */
const COUNTED_CONDITION = /(?<!\\)((?:\\\\)*)(\^|\$|\\[AzbB])\{(\d+)(?:(,)(\d*))?\}\??/g;

/** RE2 asks a condition without width once, however often it is to be repeated. */
function onceOnly(pattern: string): string {
  return pattern.replace(COUNTED_CONDITION, (_, before: string, condition: string, least: string, comma: string | undefined, most: string | undefined) => {
    const needed = Number(least) > 0;
    if (comma !== undefined && most === "") return `${before}${condition}${needed ? "+" : "*"}`;
    const allowed = Number(comma === undefined ? least : most) > 0;
    return `${before}${allowed ? `${condition}${needed ? "" : "?"}` : "(?:)"}`;
  });
}

/** RE2 takes an anchor that begins every alternative out of them. */
function anchorOnce(pattern: string): string {
  const parts = topLevelAlternatives(pattern);
  return parts.length > 1 && parts.every((part) => LEADING_ANCHOR.test(part)) ? `^(?:${parts.map((part) => part.replace(LEADING_ANCHOR, "")).join("|")})` : pattern;
}

/** The program size of a pattern that is known to be valid. */
export function programSize(pattern: string): number {
  const adapted = forRe2Port(toWire(pattern));
  let rest = anchorOnce(onceOnly(typeof adapted === "string" ? adapted : toWire(pattern)));
  let anchored = false;
  if (!hasTopLevelAlternative(rest)) {
    rest = rest.replace(TRAILING_ANCHOR, "$1");
    if (LEADING_ANCHOR.test(rest)) {
      rest = rest.replace(LEADING_ANCHOR, "");
      const literal = literalRun(rest);
      anchored = literal === 0;
      rest = rest.slice(literal);
    }
  }
  const size = new Flattener(programOf(RE2JS.compile(rest))).size();
  return size === 0 ? FAIL_SIZE : FAIL_SIZE + (anchored ? 0 : LOOP_SIZE) + size;
}
