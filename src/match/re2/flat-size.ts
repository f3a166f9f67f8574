/**
 * How many instructions a program has when RE2 has written it as lists: every target of an instruction that takes a byte, captures or
 * asks a condition begins one, and so does what can be reached from two lists. Alternatives within a list need no instruction; a jump into
 * another list needs one.
 */
import { ALT, ALT_MATCH, FAIL, MATCH, NOP, type Program } from "./program.ts";

/** Marks of a walk, taken back all at once. */
class Marks {
  private readonly round: Int32Array;
  private now = 0;
  readonly list: number[] = [];

  constructor(size: number) {
    this.round = new Int32Array(size);
  }

  clear(): void {
    this.now++;
    this.list.length = 0;
  }

  has(id: number): boolean {
    return this.round[id] === this.now;
  }

  add(id: number): void {
    this.round[id] = this.now;
    this.list.push(id);
  }
}

class Flattener {
  private readonly program: Program;
  private readonly roots: number[] = [];
  private readonly isRoot: Uint8Array;
  private readonly reached: Marks;
  /** The alternatives that lead to an instruction: a list for each, threaded through `before` and `nextBefore`; 0 ends it. */
  private readonly firstBefore: Int32Array;
  private readonly before: number[] = [0];
  private readonly nextBefore: number[] = [0];

  constructor(program: Program) {
    this.program = program;
    this.isRoot = new Uint8Array(program.op.length);
    this.firstBefore = new Int32Array(program.op.length);
    this.reached = new Marks(program.op.length);
  }

  size(): number {
    const { start, search } = this.program;
    for (const root of [0, search, start]) this.markRoot(root);
    this.markSuccessors();
    const descending = this.roots.filter((id) => id !== 0 && id !== search && id !== start).sort((a, b) => b - a);
    for (const root of descending) this.markDominators(root);
    return this.roots.reduce((sum, root) => sum + this.listSize(root), 0);
  }

  private markRoot(id: number): void {
    if (this.isRoot[id] === 1) return;
    this.isRoot[id] = 1;
    this.roots.push(id);
  }

  private markSuccessors(): void {
    const { op, out, arg, search } = this.program;
    this.reached.clear();
    const stack = [search];
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      if (this.reached.has(id)) continue;
      this.reached.add(id);
      const kind = op[id];
      if (kind === MATCH || kind === FAIL) continue;
      const next = out[id] ?? 0;
      if (kind === ALT || kind === ALT_MATCH) {
        const other = arg[id] ?? 0;
        this.addBefore(next, id);
        this.addBefore(other, id);
        stack.push(other);
      } else if (kind !== NOP) this.markRoot(next);
      stack.push(next);
    }
  }

  private addBefore(id: number, predecessor: number): void {
    this.before.push(predecessor);
    this.nextBefore.push(this.firstBefore[id] as number);
    this.firstBefore[id] = this.before.length - 1;
  }

  /** Marks what a list reaches without taking anything: its instructions and the roots it jumps to. */
  private reach(root: number): void {
    const { op, out, arg } = this.program;
    this.reached.clear();
    const stack = [root];
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      if (this.reached.has(id)) continue;
      this.reached.add(id);
      if (id !== root && this.isRoot[id] === 1) continue;
      const kind = op[id];
      if (kind === ALT || kind === ALT_MATCH) stack.push(arg[id] ?? 0, out[id] ?? 0);
      else if (kind === NOP) stack.push(out[id] ?? 0);
    }
  }

  private markDominators(root: number): void {
    this.reach(root);
    for (const id of this.reached.list) {
      for (let link = this.firstBefore[id] as number; link !== 0; link = this.nextBefore[link] as number) {
        if (!this.reached.has(this.before[link] as number)) this.markRoot(id);
      }
    }
  }

  private listSize(root: number): number {
    const { op } = this.program;
    this.reach(root);
    let size = 0;
    for (const id of this.reached.list) {
      if (id !== root && this.isRoot[id] === 1) size++;
      else if (op[id] !== ALT && op[id] !== NOP) size++;
    }
    return size;
  }
}

/** What RE2 tells as the size of a program. */
export function flatSize(program: Program): number {
  return program.start === 0 && program.search === 0 ? 1 : new Flattener(program).size();
}
