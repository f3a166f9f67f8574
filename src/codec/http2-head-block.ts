import { Buffer } from "node:buffer";

const NONE = Buffer.alloc(0);

/** A head on its way: HEADERS and the CONTINUATION frames after it. What was cut within a field is kept until the rest comes. */
export class HeadBlock {
  id = 0;
  open = false;
  endStream = false;
  /** No field of it has been decoded. */
  first = true;
  /** What is to be decoded: `bytes[from, to)`. */
  bytes: Buffer = NONE;
  from = 0;
  to = 0;
  #kept: Buffer = NONE;
  #continuations = 0;

  begin(id: number, endStream: boolean): void {
    this.id = id;
    this.open = true;
    this.endStream = endStream;
    this.first = true;
    this.#kept = NONE;
    this.#continuations = 0;
  }

  /** Another CONTINUATION: returns their number. */
  more(): number {
    return ++this.#continuations;
  }

  /** Puts a fragment behind what was kept. */
  join(b: Buffer, start: number, end: number): void {
    const kept = this.#kept.length > 0;
    this.bytes = kept ? Buffer.concat([this.#kept, b.subarray(start, end)]) : b;
    this.from = kept ? 0 : start;
    this.to = kept ? this.bytes.length : end;
  }

  /** Decoding stopped at `at`. */
  keep(at: number): void {
    if (at > this.from) this.first = false;
    this.#kept = at < this.to ? Buffer.from(this.bytes.subarray(at, this.to)) : NONE;
    this.bytes = NONE;
  }

  end(): void {
    this.open = false;
    this.bytes = this.#kept = NONE;
  }
}
