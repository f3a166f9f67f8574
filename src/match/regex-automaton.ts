/**
 * A regex as an automaton over bytes whose states are made when they are first met: one look-up in a table for each byte of the text. A
 * state is a set of instructions of RE2's program; which path through the pattern comes first does not matter for a full match.
 *
 * Assertions other than those of the text's beginning and end need the bytes around them: such patterns have no automaton.
 */

import { ALT, ALT_MATCH, BEGIN_TEXT, BYTES, CAPTURE, CONDITION, END_TEXT, FAIL, MATCH, NOP, type Program, takesByte } from "./re2/program.ts";

const VALUES = 256;
/** Beyond so many states all are forgotten: memory stays small, and a text never costs more than the simulation of the program would. */
const MOST_STATES = 512;
const [UNKNOWN, DEAD, START] = [-1, 0, 1] as const;

export class RegexAutomaton {
  private readonly program: Program;
  /** Bytes that no instruction tells apart have one class. */
  private readonly classOf = new Uint8Array(VALUES);
  private classes = 1;
  /** What an instruction with this argument says of each class. */
  private readonly members = new Map<number, Uint8Array>();
  private sets: (readonly number[])[] = [];
  private accepting: boolean[] = [];
  private ids = new Map<string, number>();
  private table = new Int32Array(0);

  private constructor(program: Program) {
    this.program = program;
    this.classify();
    this.forget();
  }

  /** The automaton of a program, `undefined` if it has none. */
  static of(program: Program): RegexAutomaton | undefined {
    const odd = program.op.some((op, id) => op === CONDITION && program.arg[id] !== BEGIN_TEXT && program.arg[id] !== END_TEXT);
    return odd ? undefined : new RegexAutomaton(program);
  }

  /** Whether the program matches the whole text (wire form: one byte a character). */
  fullMatch(text: string): boolean {
    const { classOf, classes } = this;
    let state: number = START;
    for (let i = 0; i < text.length; i++) {
      const kind = classOf[text.charCodeAt(i) & 0xff] as number;
      let next = this.table[state * classes + kind] as number;
      if (next === UNKNOWN) next = this.step(state, kind);
      if (next === DEAD) return false;
      state = next;
    }
    return this.accepting[state] === true;
  }

  private classify(): void {
    const consuming = new Set(this.program.arg.filter((_, id) => this.program.op[id] === BYTES));
    for (const arg of consuming) {
      const renumbered = new Map<number, number>();
      for (let byte = 0; byte < VALUES; byte++) {
        const key = (this.classOf[byte] as number) * 2 + (takesByte(arg, byte) ? 1 : 0);
        if (!renumbered.has(key)) renumbered.set(key, renumbered.size);
        this.classOf[byte] = renumbered.get(key) ?? 0;
      }
      this.classes = renumbered.size;
    }
    for (const arg of consuming) {
      const row = new Uint8Array(this.classes);
      for (let byte = 0; byte < VALUES; byte++) if (takesByte(arg, byte)) row[this.classOf[byte] as number] = 1;
      this.members.set(arg, row);
    }
  }

  /** Back to the state that leads nowhere and the one at the beginning. */
  private forget(): void {
    this.sets = [];
    this.accepting = [];
    this.ids = new Map();
    this.table = new Int32Array(8 * this.classes).fill(UNKNOWN);
    this.add([], false);
    this.ids.set("", DEAD);
    const first = this.closure([this.program.start], BEGIN_TEXT);
    this.add(first, this.closure(first, BEGIN_TEXT | END_TEXT).some((id) => this.program.op[id] === MATCH));
  }

  private add(set: readonly number[], accepts: boolean): number {
    const id = this.sets.length;
    this.sets.push(set);
    this.accepting.push(accepts);
    if ((id + 1) * this.classes > this.table.length) {
      const grown = new Int32Array(this.table.length * 2).fill(UNKNOWN);
      grown.set(this.table);
      this.table = grown;
    }
    return id;
  }

  private step(state: number, kind: number): number {
    const targets: number[] = [];
    const { op, out, arg } = this.program;
    for (const id of this.sets[state] ?? []) if (op[id] === BYTES && this.members.get(arg[id] ?? 0)?.[kind] === 1) targets.push(out[id] ?? 0);
    const set = this.closure(targets, 0);
    const key = set.join();
    const known = this.ids.get(key);
    if (known !== undefined) return (this.table[state * this.classes + kind] = known);
    const full = this.sets.length >= MOST_STATES;
    if (full) this.forget();
    const id = this.add(set, this.closure(set, END_TEXT).some((one) => this.program.op[one] === MATCH));
    this.ids.set(key, id);
    if (!full) this.table[state * this.classes + kind] = id;
    return id;
  }

  /** What is reached without consuming anything; `holds`: which assertions do. What waits for the end of the text stays in the set. */
  private closure(from: readonly number[], holds: number): number[] {
    const seen = new Set<number>();
    const kept: number[] = [];
    const stack = [...from];
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      const op = this.program.op[id];
      const [out, arg] = [this.program.out[id] ?? 0, this.program.arg[id] ?? 0];
      if (op === ALT || op === ALT_MATCH) stack.push(arg, out);
      else if (op === CAPTURE || op === NOP) stack.push(out);
      else if (op === CONDITION && (arg & holds) !== 0) stack.push(out);
      else if (op === CONDITION ? arg === END_TEXT : op !== FAIL) kept.push(id);
    }
    return kept.sort((a, b) => a - b);
  }
}
