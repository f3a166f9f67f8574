/**
 * Where a thread reads to: pieces of one large buffer, each handed over for good, which lives as long as one of them does. Short pieces are copied
 * out: the runtime keeps such buffers within its heap, where they cost a collection nothing, while every view of a large one is looked at.
 */
import { Buffer } from "node:buffer";
import type { KernelCalls } from "./kernel-calls.ts";

const SMALL = 64 * 1024;
const LARGE = 256 * 1024;
/** The longest that the runtime keeps within its heap, bytes. */
const SHORT = 1000;
/** What is only lent goes here, bytes. */
const LENT = 256 * 1024;
/** Pieces begin on such a boundary. */
const ALIGN = 8;

export class ReadSlab {
  readonly #calls: KernelCalls;
  #bytes: Buffer = Buffer.alloc(0);
  #base = 0;
  #used = 0;
  /** The last read filled all that was offered: there is more to come. */
  #wide = false;
  #lent: Buffer | undefined;
  #lentAt = 0;

  constructor(calls: KernelCalls) {
    this.#calls = calls;
  }

  /** How many bytes may be read to `at`. */
  get room(): number {
    // with less than a quarter left a new one is begun
    if (this.#bytes.length - this.#used <= this.#bytes.length >> 2 || (this.#wide && this.#bytes.length < LARGE)) this.#renew();
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

  /** Where to read to what is only lent, `lentRoom` bytes. */
  get lentAt(): number {
    if (this.#lent === undefined) {
      this.#lent = Buffer.allocUnsafeSlow(LENT);
      this.#lentAt = this.#calls.addressOf(this.#lent);
    }
    return this.#lentAt;
  }

  get lentRoom(): number {
    return LENT;
  }

  /** What has just been read there: good until the next read. */
  lend(length: number): Buffer {
    return (this.#lent as Buffer).subarray(0, length);
  }

  #renew(): void {
    this.#bytes = Buffer.allocUnsafeSlow(this.#wide ? LARGE : SMALL);
    this.#base = this.#calls.addressOf(this.#bytes);
    this.#used = 0;
    this.#wide = false;
  }
}
