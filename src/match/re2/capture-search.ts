/**
 * Finds where a program matches a text and where its groups stand: all ways through the program at once, one byte after the other, the
 * preferred ones first. Linear in the text whatever the pattern.
 */
import { ALT, ALT_MATCH, BYTES, CAPTURE, CONDITION, MATCH, NOP, type Program, takesByte } from "./program.ts";
import { holds } from "./conditions.ts";

/** Where a search begins and what it must reach. */
export interface SearchBounds {
  readonly from: number;
  /** The match begins at `from`. */
  readonly atStart: boolean;
  /** The match ends where the text ends. */
  readonly atEnd: boolean;
}

/** Ways through the program that have come to the same place of the text, in order of preference. */
class Threads {
  readonly ids: number[] = [];
  /** What each has captured so far. */
  readonly registers: (readonly number[])[] = [];
  private readonly round: Int32Array;
  private now = 0;

  constructor(size: number) {
    this.round = new Int32Array(size);
  }

  clear(): void {
    this.ids.length = 0;
    this.registers.length = 0;
    this.now++;
  }

  /** True the first time a way comes by an instruction. */
  enter(id: number): boolean {
    if (this.round[id] === this.now) return false;
    this.round[id] = this.now;
    return true;
  }
}

export class CaptureSearch {
  private readonly program: Program;
  private readonly none: readonly number[];
  private current: Threads;
  private next: Threads;
  private readonly waiting: number[] = [];
  private readonly waitingRegisters: (readonly number[])[] = [];

  /** `groups`: how many groups the pattern has. */
  constructor(program: Program, groups: number) {
    this.program = program;
    this.none = Array.from({ length: 2 + 2 * groups }, () => -1);
    this.current = new Threads(program.op.length);
    this.next = new Threads(program.op.length);
  }

  /** Where the first match and its groups begin and end, two numbers each, -1 for a group that took no part. */
  find(text: string, { from, atStart, atEnd }: SearchBounds): readonly number[] | undefined {
    const onlyThere = atStart || this.program.anchoredAtStart;
    if (this.program.anchoredAtStart && from > 0) return undefined;
    const toEnd = atEnd || this.program.anchoredAtEnd;
    let found: readonly number[] | undefined;
    this.current.clear();
    for (let at = from; at <= text.length; at++) {
      if (found === undefined && (!onlyThere || at === from)) this.follow(this.current, this.program.start, this.none.with(0, at), text, at);
      if (this.current.ids.length === 0 && (found !== undefined || onlyThere)) break;
      found = this.step(text, at, toEnd) ?? found;
      [this.current, this.next] = [this.next, this.current];
    }
    return found;
  }

  /** Takes the next byte; the registers of the way that has matched here, if one has: ways less preferred are given up. */
  private step(text: string, at: number, toEnd: boolean): readonly number[] | undefined {
    const { current, next } = this;
    const { op, out, arg } = this.program;
    const byte = text.charCodeAt(at);
    next.clear();
    for (let i = 0; i < current.ids.length; i++) {
      const id = current.ids[i] as number;
      const registers = current.registers[i] as readonly number[];
      if (op[id] === MATCH) {
        if (!toEnd || at === text.length) return registers.with(1, at);
      } else if (takesByte(arg[id] as number, byte)) this.follow(next, out[id] as number, registers, text, at + 1);
    }
    return undefined;
  }

  /** Adds what can be reached from an instruction without taking a byte. */
  private follow(threads: Threads, from: number, registers: readonly number[], text: string, at: number): void {
    const { op, out, arg } = this.program;
    const { waiting, waitingRegisters } = this;
    let id = from;
    let own = registers;
    for (;;) {
      let next = 0;
      if (id !== 0 && threads.enter(id)) {
        const kind = op[id];
        if (kind === BYTES || kind === MATCH) {
          threads.ids.push(id);
          threads.registers.push(own);
        } else if (kind === ALT || kind === ALT_MATCH) {
          waiting.push(arg[id] as number);
          waitingRegisters.push(own);
          next = out[id] as number;
        } else if (kind === CAPTURE) {
          own = own.with(arg[id] as number, at);
          next = out[id] as number;
        } else if (kind === NOP || (kind === CONDITION && holds(arg[id] as number, text, at))) next = out[id] as number;
      }
      if (next === 0) {
        if (waiting.length === 0) return;
        next = waiting.pop() as number;
        own = waitingRegisters.pop() as readonly number[];
      }
      id = next;
    }
  }
}
