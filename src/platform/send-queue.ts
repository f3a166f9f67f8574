import { type BufferPool, POOLED_BYTES } from "./buffer-pool.ts";

/** Takes what it can of `buffer[start, end)` and says how much; less than all: it will take more later. It keeps no reference. */
export interface ByteTaker {
  take(buffer: Buffer, start: number, end: number): number;
}

/** Rests up to this size leave their pooled buffer, so that a stuck peer pins little. */
const SMALL = POOLED_BYTES / 4;

/**
 * Bytes on their way to one socket: small writes are gathered in pooled buffers.
 *
 *     #full [start ... end) [0 ... end)   #tail [start ... end) room
 *     ^ goes out first
 */
export class SendQueue {
  readonly #pool: BufferPool;
  readonly #full: Buffer[] = [];
  #tail: Buffer | undefined;
  /** First unsent byte of the first buffer, whether that is in `#full` or the tail. */
  #start = 0;
  #end = 0;
  #length = 0;

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  get length(): number {
    return this.#length;
  }

  append(chunk: Buffer, start: number, end: number): void {
    this.#length += end - start;
    let from = start;
    while (from < end) {
      const tail = this.#tail ?? this.#newTail();
      const n = Math.min(end - from, tail.length - this.#end);
      chunk.copy(tail, this.#end, from, from + n);
      this.#end += n;
      from += n;
      if (this.#end === tail.length) {
        this.#full.push(tail);
        this.#tail = undefined;
      }
    }
  }

  /** True when all is sent. */
  sendTo(taker: ByteTaker): boolean {
    for (let first = this.#full[0]; first !== undefined; first = this.#full[0]) {
      if (!this.#send(taker, first, first.length)) return false;
      this.#full.shift();
      this.#recycle(first);
    }
    if (this.#tail === undefined) return true;
    if (!this.#send(taker, this.#tail, this.#end)) {
      this.#shrinkTail(this.#tail);
      return false;
    }
    this.#recycle(this.#tail);
    this.#tail = undefined;
    return true;
  }

  clear(): void {
    for (const buffer of this.#full) this.#recycle(buffer);
    if (this.#tail !== undefined) this.#recycle(this.#tail);
    this.#full.length = 0;
    this.#tail = undefined;
    this.#start = 0;
    this.#length = 0;
  }

  #newTail(): Buffer {
    this.#end = 0;
    this.#tail = this.#pool.take();
    return this.#tail;
  }

  #send(taker: ByteTaker, buffer: Buffer, end: number): boolean {
    const taken = taker.take(buffer, this.#start, end);
    this.#length -= taken;
    this.#start += taken;
    if (this.#start < end) return false;
    this.#start = 0;
    return true;
  }

  #shrinkTail(tail: Buffer): void {
    if (this.#full.length > 0 || tail.length !== POOLED_BYTES || this.#end - this.#start > SMALL) return;
    const rest = Buffer.from(tail.subarray(this.#start, this.#end));
    this.#recycle(tail);
    this.#full.push(rest);
    this.#tail = undefined;
    this.#start = 0;
  }

  #recycle(buffer: Buffer): void {
    if (buffer.length === POOLED_BYTES) this.#pool.give(buffer);
  }
}
