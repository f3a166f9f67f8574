/** Collects a head that may come in any pieces: reads it where it lies if it came whole, otherwise from a copy that grows. */
import { Buffer } from "node:buffer";
import { EMPTY } from "./http1-body.ts";
import { CR, LF } from "./http1-bytes.ts";

export class HeadBytes {
  /** What is read: a received chunk, or the copy of several. */
  bytes: Buffer = EMPTY;
  /** Where the head begins, and where the bytes end. */
  start = 0;
  end = 0;
  /** `bytes` is our copy, so positions in it last until the head is whole. */
  #own = false;
  /** Bytes of line ends before the head were skipped, and something else came. */
  begun = false;

  /** Adds `chunk[from, chunk.length)`. */
  add(chunk: Buffer, from: number): void {
    if (!this.#own) {
      this.bytes = chunk;
      this.start = from;
      this.end = chunk.length;
    } else {
      this.#reserve(this.end + chunk.length - from);
      this.end += chunk.copy(this.bytes, this.end, from);
    }
  }

  /** Skips line ends before a first line; false if nothing else has come. */
  skipLineEnds(): boolean {
    while (!this.begun && this.start < this.end) {
      const c = this.bytes[this.start];
      this.begun = c !== CR && c !== LF;
      if (!this.begun) this.start++;
    }
    return this.begun;
  }

  /** Keeps the unfinished head: true if it moved, and must be read again from its start. */
  keep(): boolean {
    if (this.#own) return false;
    const { bytes, start, end } = this;
    this.bytes = Buffer.allocUnsafe(Math.max(1024, (end - start) * 2));
    this.end = bytes.copy(this.bytes, 0, start, end);
    this.start = 0;
    this.#own = true;
    return true;
  }

  /** Lets go of the bytes: the head is whole. */
  clear(): void {
    this.bytes = EMPTY;
    this.start = this.end = 0;
    this.#own = false;
    this.begun = false;
  }

  #reserve(length: number): void {
    if (length <= this.bytes.length) return;
    const bigger = Buffer.allocUnsafe(length * 2);
    this.bytes.copy(bigger, 0, 0, this.end);
    this.bytes = bigger;
  }
}
