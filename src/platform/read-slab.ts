/**
 * Where a thread reads to: pieces of one large buffer, each handed over for good, which lives as long as one of them does. Short pieces are copied
 * out: the runtime keeps such buffers within its heap, where they cost a collection nothing, while every view of a large one is looked at.
 */
import { Buffer } from "node:buffer";
import type { KernelCalls } from "./kernel-calls.ts";

const SMALL = 64 * 1024;
const LARGE = 256 * 1024;
/** Less room than this, and a new buffer is begun. */
const LEAST = 16 * 1024;
/** The longest that the runtime keeps within its heap, bytes. */
const SHORT = 1000;
/** Pieces begin on such a boundary. */
const ALIGN = 8;

export class ReadSlab {
  readonly #calls: KernelCalls;
  #bytes: Buffer = Buffer.alloc(0);
  #base = 0;
  #used = 0;
  /** The last read filled all that was offered: there is more to come. */
  #wide = false;

  constructor(calls: KernelCalls) {
    this.#calls = calls;
  }

  /** How many bytes may be read to `at`. */
  get room(): number {
    if (this.#bytes.length - this.#used < LEAST || (this.#wide && this.#bytes.length < LARGE)) this.#renew();
    return this.#bytes.length - this.#used;
  }

  /** The address to read to. Ask for `room` first. */
  get at(): number {
    return this.#base + this.#used;
  }

  /** What has just been read. */
  cut(length: number): Buffer {
    const start = this.#used;
    if (length <= SHORT) {
      const short = Buffer.allocUnsafeSlow(length);
      this.#bytes.copy(short, 0, start, start + length);
      return short;
    }
    this.#wide = start + length === this.#bytes.length;
    this.#used = (start + length + ALIGN - 1) & ~(ALIGN - 1);
    return this.#bytes.subarray(start, start + length);
  }

  #renew(): void {
    this.#bytes = Buffer.allocUnsafeSlow(this.#wide ? LARGE : SMALL);
    this.#base = this.#calls.addressOf(this.#bytes);
    this.#used = 0;
    this.#wide = false;
  }
}
