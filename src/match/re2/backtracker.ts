/**
 * Finds the same as a capture search, one way through the program after the other, the preferred ones first. No instruction is tried twice
 * at one place, so the time stays linear; what has been tried takes a bit for each instruction and place, which bounds it to short texts.
 */
import type { SearchBounds } from "./capture-search.ts";
import { holds } from "./conditions.ts";
import { ALT, ALT_MATCH, BYTES, CAPTURE, CONDITION, MATCH, NOP, type Program, takesByte } from "./program.ts";

/** Instructions times places. */
const MOST_BITS = 1 << 18;
const VALUES = 256;

export class Backtracker {
  private readonly program: Program;
  private tried = new Int32Array(32);
  private registers: number[] = [];
  /** Ways left aside: an instruction and its place; or the complement of a register and what it held. */
  private readonly left: number[] = [];
  /** Bytes that a match may begin with; undefined: it may be empty. */
  private readonly first: Uint8Array | undefined;
  private readonly count: number;

  constructor(program: Program, groups: number) {
    this.program = program;
    this.count = 2 + 2 * groups;
    this.first = firstBytes(program);
  }

  /** Whether a text of this length is short enough. */
  takes(length: number): boolean {
    return (length + 1) * this.program.op.length <= MOST_BITS;
  }

  find(text: string, { from, atStart, atEnd }: SearchBounds): readonly number[] | undefined {
    const { anchoredAtStart, anchoredAtEnd } = this.program;
    if (anchoredAtStart && from > 0) return undefined;
    const { first } = this;
    const last = atStart || anchoredAtStart ? from : text.length;
    let cleared = false;
    for (let at = from; at <= last; at++) {
      if (first !== undefined && (at === text.length || first[text.charCodeAt(at) & 0xff] === 0)) continue;
      if (!cleared) this.clear(text.length - from + 1);
      cleared = true;
      if (this.run(text, at, from, atEnd || anchoredAtEnd)) return this.registers;
    }
    return undefined;
  }

  private clear(places: number): void {
    const words = ((places * this.program.op.length) >> 5) + 1;
    if (this.tried.length < words) this.tried = new Int32Array(words * 2);
    else this.tried.fill(0, 0, words);
  }

  /** True the first time an instruction is tried at a place. */
  private enter(bit: number): boolean {
    const word = this.tried[bit >> 5] as number;
    const mask = 1 << (bit & 31);
    this.tried[bit >> 5] = word | mask;
    return (word & mask) === 0;
  }

  private run(text: string, start: number, from: number, toEnd: boolean): boolean {
    const { op, out, arg } = this.program;
    const { left } = this;
    const registers = (this.registers = Array.from({ length: this.count }, () => -1));
    left.length = 0;
    let id = this.program.start;
    let at = start;
    for (;;) {
      const kind = id !== 0 && this.enter((at - from) * op.length + id) ? op[id] : -1;
      if (kind === BYTES && at < text.length && takesByte(arg[id] as number, text.charCodeAt(at))) {
        id = out[id] as number;
        at++;
      } else if (kind === ALT || kind === ALT_MATCH) {
        left.push(arg[id] as number, at);
        id = out[id] as number;
      } else if (kind === CAPTURE) {
        const register = arg[id] as number;
        left.push(~register, registers[register] as number);
        registers[register] = at;
        id = out[id] as number;
      } else if (kind === NOP || (kind === CONDITION && holds(arg[id] as number, text, at))) id = out[id] as number;
      else if (kind === MATCH && (!toEnd || at === text.length)) {
        registers[0] = start;
        registers[1] = at;
        return true;
      } else {
        id = this.back();
        if (id < 0) return false;
        at = this.left.pop() as number;
      }
    }
  }

  /** Takes back what was captured since the last way left aside; its instruction, its place is on top. -1: there is none. */
  private back(): number {
    const { left, registers } = this;
    while (left.length > 0) {
      const value = left.pop() as number;
      const id = left.pop() as number;
      if (id >= 0) {
        left.push(value);
        return id;
      }
      registers[~id] = value;
    }
    return -1;
  }
}

/** What a match may begin with, conditions taken as true. */
function firstBytes({ op, out, arg, start }: Program): Uint8Array | undefined {
  const first = new Uint8Array(VALUES);
  const reached = new Set([start]);
  for (const id of reached) {
    const kind = op[id];
    if (kind === MATCH) return undefined;
    if (kind === BYTES) for (let byte = 0; byte < VALUES; byte++) first[byte] = (first[byte] as number) | Number(takesByte(arg[id] as number, byte));
    if (kind === ALT || kind === ALT_MATCH) reached.add(arg[id] as number);
    if (id !== 0 && kind !== BYTES) reached.add(out[id] as number);
  }
  return first;
}
