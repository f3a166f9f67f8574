/**
 * Puts instructions together. A fragment has loose ends, to be tied to what comes next: a list threaded through the very fields that wait
 * for their target (an end is an instruction times two, plus one for `arg`; 0 ends the list).
 */
import { ALT, BYTES, CAPTURE, CONDITION, FAIL, MATCH, NOP } from "./program.ts";

export interface Fragment {
  /** 0: matches nothing. */
  readonly begin: number;
  readonly firstEnd: number;
  readonly lastEnd: number;
  readonly nullable: boolean;
}

export const NOTHING: Fragment = { begin: 0, firstEnd: 0, lastEnd: 0, nullable: false };

/** There are more instructions than the memory RE2 allows itself holds. */
export class TooLarge extends Error {}

export class Assembler {
  readonly op: number[] = [];
  readonly out: number[] = [];
  readonly arg: number[] = [];
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
    this.add(FAIL, 0);
  }

  bytes(low: number, high: number, folds: boolean): Fragment {
    return this.loose(this.add(BYTES, (low << 9) | (high << 1) | Number(folds)), false);
  }

  nop(): Fragment {
    return this.loose(this.add(NOP, 0), true);
  }

  condition(bit: number): Fragment {
    return this.loose(this.add(CONDITION, bit), true);
  }

  match(): Fragment {
    return { begin: this.add(MATCH, 0), firstEnd: 0, lastEnd: 0, nullable: false };
  }

  capture(inner: Fragment, group: number): Fragment {
    if (inner.begin === 0) return NOTHING;
    const open = this.add(CAPTURE, group * 2);
    const close = this.add(CAPTURE, group * 2 + 1);
    this.out[open] = inner.begin;
    this.tie(inner.firstEnd, close);
    return { begin: open, firstEnd: close * 2, lastEnd: close * 2, nullable: inner.nullable };
  }

  sequence(a: Fragment, b: Fragment): Fragment {
    if (a.begin === 0 || b.begin === 0) return NOTHING;
    const needless = this.op[a.begin] === NOP && a.firstEnd === a.begin * 2 && this.out[a.begin] === 0;
    this.tie(a.firstEnd, b.begin);
    return needless ? b : { begin: a.begin, firstEnd: b.firstEnd, lastEnd: b.lastEnd, nullable: a.nullable && b.nullable };
  }

  either(a: Fragment, b: Fragment): Fragment {
    if (a.begin === 0) return b;
    if (b.begin === 0) return a;
    const id = this.add(ALT, b.begin);
    this.out[id] = a.begin;
    return { begin: id, ...this.ends(a.firstEnd, a.lastEnd, b.firstEnd, b.lastEnd), nullable: a.nullable || b.nullable };
  }

  plus(a: Fragment, lazy: boolean): Fragment {
    const { id, end } = this.choice(a, lazy);
    this.tie(a.firstEnd, id);
    return { begin: a.begin, firstEnd: end, lastEnd: end, nullable: a.nullable };
  }

  star(a: Fragment, lazy: boolean): Fragment {
    if (a.nullable) return this.quest(this.plus(a, lazy), lazy);
    const { id, end } = this.choice(a, lazy);
    this.tie(a.firstEnd, id);
    return { begin: id, firstEnd: end, lastEnd: end, nullable: true };
  }

  quest(a: Fragment, lazy: boolean): Fragment {
    if (a.begin === 0) return this.nop();
    const { id, end } = this.choice(a, lazy);
    return { begin: id, ...this.ends(end, end, a.firstEnd, a.lastEnd), nullable: true };
  }

  /** A choice between a fragment and what comes next; greedy ones prefer the fragment. */
  private choice(a: Fragment, lazy: boolean): { id: number; end: number } {
    const id = this.add(ALT, lazy ? a.begin : 0);
    this.out[id] = lazy ? 0 : a.begin;
    return { id, end: lazy ? id * 2 : id * 2 + 1 };
  }

  private add(op: number, arg: number): number {
    if (this.op.length >= this.most) throw new TooLarge();
    this.op.push(op);
    this.out.push(0);
    return this.arg.push(arg) - 1;
  }

  private loose(id: number, nullable: boolean): Fragment {
    return { begin: id, firstEnd: id * 2, lastEnd: id * 2, nullable };
  }

  private tie(firstEnd: number, target: number): void {
    for (let end = firstEnd; end !== 0;) {
      const field = (end & 1) === 1 ? this.arg : this.out;
      const next = field[end >> 1] ?? 0;
      field[end >> 1] = target;
      end = next;
    }
  }

  /** The loose ends of both. */
  ends(firstA: number, lastA: number, firstB: number, lastB: number): { firstEnd: number; lastEnd: number } {
    if (firstA === 0) return { firstEnd: firstB, lastEnd: lastB };
    if (firstB === 0) return { firstEnd: firstA, lastEnd: lastA };
    ((lastA & 1) === 1 ? this.arg : this.out)[lastA >> 1] = firstB;
    return { firstEnd: firstA, lastEnd: lastB };
  }
}
