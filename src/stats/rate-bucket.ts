/**
 * A token bucket that is one number: the moment when it was (or would have been) empty (Envoy's AtomicTokenBucketImpl, after folly's). All threads
 * of the process can share it as a cell of the statistics' memory.
 */
import type { StatBlock } from "./stat-block.ts";

/** Where the number is kept: in sixteenths of a microsecond; 0: never used, the bucket is full. */
export interface BucketCell {
  load(): number;
  swap(expected: number, value: number): boolean;
}

export class SharedCell implements BucketCell {
  private readonly block: StatBlock;
  private readonly place: number;

  constructor(block: StatBlock, place: number) {
    this.block = block;
    this.place = place;
  }

  load(): number {
    return Number(this.block.cell(this.place));
  }

  swap(expected: number, value: number): boolean {
    return this.block.swapCell(this.place, BigInt(expected), BigInt(value));
  }
}

/** Of one connection, or one thread. */
export class OwnCell implements BucketCell {
  private value = 0;

  load(): number {
    return this.value;
  }

  swap(_expected: number, value: number): boolean {
    this.value = value;
    return true;
  }
}

const UNITS_PER_MS = 16_000;
/** What floating point may have lost of a token. */
const CRUMB = 1e-6;

export class RateBucket {
  readonly max: number;
  /** Tokens a millisecond. */
  readonly rate: number;
  private readonly cell: BucketCell;

  /** Times given to the methods are milliseconds of one clock for all who share the cell, above 0 and below 2^39. */
  constructor(max: number, tokensPerMs: number, cell: BucketCell) {
    this.max = max;
    this.rate = tokensPerMs;
    this.cell = cell;
  }

  /** Takes tokens, all or none. Taking none fails, as in Envoy. */
  take(tokens: number, now: number): boolean {
    if (tokens <= 0) return false;
    for (;;) {
      const old = this.cell.load();
      const total = this.totalAt(now, old);
      if (total + CRUMB < tokens) return false;
      if (this.cell.swap(old, this.emptied(now, total - tokens))) return true;
    }
  }

  /** Puts tokens back, as many as there is room for. */
  give(tokens: number, now: number): void {
    for (;;) {
      const old = this.cell.load();
      const total = this.totalAt(now, old);
      if (total >= this.max || this.cell.swap(old, this.emptied(now, Math.min(this.max, total + tokens)))) return;
    }
  }

  /** Whole tokens left. */
  remaining(now: number): number {
    return Math.max(0, Math.floor(this.totalAt(now, this.cell.load()) + CRUMB));
  }

  /** Whole milliseconds until there is a token; 0 if there is one. */
  untilNext(now: number): number {
    const total = this.totalAt(now, this.cell.load());
    return total + CRUMB >= 1 ? 0 : Math.trunc((1 - total) / this.rate);
  }

  private totalAt(now: number, emptyAt: number): number {
    return emptyAt === 0 ? this.max : Math.min(this.max, (now - emptyAt / UNITS_PER_MS) * this.rate);
  }

  private emptied(now: number, total: number): number {
    return Math.max(1, Math.floor((now - total / this.rate) * UNITS_PER_MS));
  }
}
