/** The receiving half of HPACK (RFC 7541): header blocks in, fields out. Blocks may come in pieces, cut anywhere. */
import { Buffer } from "node:buffer";
import { latin1 } from "../http/latin1.ts";
import { HpackField } from "./hpack-field.ts";
import { decodeHuffman } from "./hpack-huffman.ts";
import { STATIC_COUNT, STATIC_FIELDS } from "./hpack-static.ts";

/** Answers of `decode` beside a position. */
export const BAD_BLOCK = -1;

const INCOMPLETE = -1;
const WRONG = -2;
/** More than any length or index that is allowed. */
const MOST = 1 << 24;

/** Hears of each field. */
export interface FieldSink {
  onField(field: HpackField): void;
}

/** Texts of a thread are unfolded here. */
let scratch = Buffer.alloc(16 * 1024);

export class HpackDecoder {
  readonly #maxText: number;
  /** What our SETTINGS allow, and what the peer's encoder chose of it. */
  readonly #limit: number;
  #capacity: number;
  #size = 0;
  /** A ring: the newest entry is at `#newest`. Its length is a power of two. */
  #ring: (HpackField | undefined)[] = Array.from<undefined>({ length: 64 });
  #newest = 0;
  #count = 0;
  #at = 0;
  #text = "";

  /** `tableSize`: the SETTINGS_HEADER_TABLE_SIZE that was sent. `maxText`: the most bytes of a name or value. */
  constructor(tableSize: number, maxText: number) {
    this.#limit = tableSize;
    this.#capacity = tableSize;
    this.#maxText = maxText;
  }

  /** Bytes that the dynamic table takes, as RFC 7541 counts them. */
  get tableSize(): number {
    return this.#size;
  }

  /**
   * Decodes the fields of a block that lie whole in `b[start, end)`, which must begin at a field. `first`: nothing of the block was
   * decoded before (only there the table may be resized). Returns where it stopped, or BAD_BLOCK.
   */
  decode(b: Buffer, start: number, end: number, first: boolean, sink: FieldSink): number {
    let at = start;
    let resizable = first;
    while (at < end) {
      const byte = b[at] as number;
      const resize = (byte & 0xe0) === 0x20;
      if (resize && !resizable) return BAD_BLOCK;
      resizable &&= resize;
      const done = resize ? this.#resize(b, at, end) : (byte & 0x80) === 0 ? this.#literal(b, at, end, byte, sink) : this.#indexed(b, at, end, sink);
      if (done === INCOMPLETE) return at;
      if (done === WRONG) return BAD_BLOCK;
      at = done;
    }
    return at;
  }

  #resize(b: Buffer, at: number, end: number): number {
    const size = this.#integer(b, at, end, 5);
    if (size < 0) return size;
    if (size > this.#limit) return WRONG;
    this.#capacity = size;
    this.#evict(0);
    return this.#at;
  }

  #indexed(b: Buffer, at: number, end: number, sink: FieldSink): number {
    const index = this.#integer(b, at, end, 7);
    if (index < 0) return index;
    const field = this.#entry(index);
    if (field === undefined) return WRONG;
    sink.onField(field);
    return this.#at;
  }

  #literal(b: Buffer, at: number, end: number, byte: number, sink: FieldSink): number {
    const kept = (byte & 0x40) !== 0;
    const index = this.#integer(b, at, end, kept ? 6 : 4);
    if (index < 0) return index;
    let name = "";
    let like: HpackField | undefined;
    if (index === 0) {
      const after = this.#string(b, this.#at, end);
      if (after < 0) return after;
      name = this.#text;
    } else {
      like = this.#entry(index);
      if (like === undefined) return WRONG;
      name = like.name;
    }
    const after = this.#string(b, this.#at, end);
    if (after < 0) return after;
    const field = new HpackField(name, this.#text, like);
    if (kept) this.#insert(field);
    sink.onField(field);
    return after;
  }

  /** An integer with a prefix of `bits` (5.1); the position after it is in `#at`. */
  #integer(b: Buffer, at: number, end: number, bits: number): number {
    const mask = (1 << bits) - 1;
    let value = (b[at++] as number) & mask;
    if (value === mask) {
      let shift = 0;
      let byte = 0;
      do {
        if (at >= end) return INCOMPLETE;
        byte = b[at++] as number;
        value += (byte & 0x7f) * 2 ** shift;
        shift += 7;
        if (value > MOST || shift > 35) return WRONG;
      } while (byte >= 0x80);
    }
    this.#at = at;
    return value;
  }

  /** A text (5.2), which is then in `#text`; returns the position after it, also in `#at`. */
  #string(b: Buffer, at: number, end: number): number {
    if (at >= end) return INCOMPLETE;
    const coded = (b[at] as number) >= 0x80;
    const length = this.#integer(b, at, end, 7);
    if (length < 0) return length;
    if (length > this.#maxText) return WRONG;
    const from = this.#at;
    const to = from + length;
    if (to > end) return INCOMPLETE;
    this.#at = to;
    if (!coded) this.#text = latin1(b, from, to);
    else if (!this.#unfold(b, from, to)) return WRONG;
    return to;
  }

  #unfold(b: Buffer, from: number, to: number): boolean {
    const room = (to - from) * 2;
    if (room > scratch.length) scratch = Buffer.alloc(room);
    const length = decodeHuffman(b, from, to, scratch);
    if (length < 0 || length > this.#maxText) return false;
    this.#text = latin1(scratch, 0, length);
    return true;
  }

  #entry(index: number): HpackField | undefined {
    if (index <= STATIC_COUNT) return STATIC_FIELDS[index - 1];
    const back = index - STATIC_COUNT - 1;
    return back < this.#count ? this.#ring[(this.#newest - back) & (this.#ring.length - 1)] : undefined;
  }

  #insert(field: HpackField): void {
    this.#evict(field.size);
    if (field.size > this.#capacity) return;
    if (this.#count === this.#ring.length) this.#grow();
    this.#newest = (this.#newest + 1) & (this.#ring.length - 1);
    this.#ring[this.#newest] = field;
    this.#count++;
    this.#size += field.size;
  }

  /** Drops the oldest entries until `room` bytes are free, or nothing is left. */
  #evict(room: number): void {
    const mask = this.#ring.length - 1;
    while (this.#count > 0 && this.#size + room > this.#capacity) {
      const oldest = (this.#newest - this.#count + 1) & mask;
      this.#size -= (this.#ring[oldest] as HpackField).size;
      this.#ring[oldest] = undefined;
      this.#count--;
    }
  }

  #grow(): void {
    const mask = this.#ring.length - 1;
    const ring: (HpackField | undefined)[] = Array.from<undefined>({ length: this.#ring.length * 2 });
    for (let i = 0; i < this.#count; i++) ring[this.#count - 1 - i] = this.#ring[(this.#newest - i) & mask];
    this.#ring = ring;
    this.#newest = this.#count - 1;
  }
}
