/** The body of an HTTP/1 message: by length, chunked, or until the connection closes (RFC 9112 6, 7). */
import { Buffer } from "node:buffer";
import { CODEC_ERROR, HEADERS_TOO_LARGE, type CodecError } from "./codec-error.ts";
import { CR, HEX, LF, SPACE, TAB } from "./http1-bytes.ts";

export const EMPTY = Buffer.alloc(0);

const SIZE = 0;
const EXTENSION = 1;
const DATA = 2;
const AFTER_DATA = 3;
const LAST = 4;
const TRAILERS = 5;
const LENGTH = 6;
const UNTIL_CLOSE = 7;

const SEMICOLON = 59;
const NO_PIECES: Buffer[] = [];
/** Hexadecimal digits of the greatest size. */
const MOST_DIGITS = 16;

/** A piece up to this size is copied: the first view of a freshly read buffer costs the runtime a microsecond, a copy a thirtieth of that. */
const SMALL_PIECE = 2048;

function pieceOf(b: Buffer, from: number, to: number): Buffer {
  if (from === 0 && to === b.length) return b;
  if (to - from > SMALL_PIECE) return b.subarray(from, to);
  const piece = Buffer.allocUnsafe(to - from);
  b.copy(piece, 0, from, to);
  return piece;
}

/** Takes the pieces of a body. */
export interface BodySink {
  onBody(data: Buffer): void;
  /**
   * The last piece (may be empty). `trailers` are the bytes of the trailer lines, empty line included, if there are any;
   * `rest` is the number of bytes behind the body in what was received with it.
   */
  onBodyEnd(data: Buffer, trailers: Buffer | undefined, rest: number): CodecError | undefined;
}

/** Reads one body after another, in pieces of any size. Chunk extensions are dropped, as is anything between a chunk's data and its line end. */
export class BodyReader {
  readonly #sink: BodySink;
  readonly #maxTrailers: number;
  #state = LENGTH;
  #left = 0;
  #begun = false;
  /** Digits of the chunk's size, leading zeros aside. */
  #digits = 0;
  #lastCr = false;
  /** The last chunk's line end and what follows, as far as it tells the end: the number of LF and CR that match LF CR LF. */
  #end = 0;
  #pieces: Buffer[] = NO_PIECES;
  #trailers: Buffer = EMPTY;
  #trailersLength = 0;
  done = true;
  error: CodecError | undefined = undefined;

  constructor(sink: BodySink, maxTrailers: number) {
    this.#sink = sink;
    this.#maxTrailers = maxTrailers;
  }

  beginLength(length: number): void {
    this.#state = LENGTH;
    this.#left = length;
    this.done = false;
  }

  beginUntilClose(): void {
    this.#state = UNTIL_CLOSE;
    this.done = false;
  }

  beginChunked(): void {
    this.#nextSize();
    this.#trailers = EMPTY;
    this.#trailersLength = 0;
    this.done = false;
  }

  get untilClose(): boolean {
    return !this.done && this.#state === UNTIL_CLOSE;
  }

  /** The connection closed: true if that ends the body well. */
  close(): boolean {
    if (!this.untilClose) return false;
    this.done = true;
    this.error = this.#sink.onBodyEnd(EMPTY, undefined, 0);
    return true;
  }

  /** Reads `b[p, end)` as far as the body goes and returns the position after it; `done` or `error` says why it stopped short. */
  read(b: Buffer, p: number, end: number): number {
    while (p < end && !this.done && this.error === undefined) {
      switch (this.#state) {
        case SIZE: p = this.#size(b, p, end); break;
        case EXTENSION: p = this.#extension(b, p, end); break;
        case AFTER_DATA: p = this.#afterData(b, p, end); break;
        case LAST: p = this.#last(b, p, end); break;
        case TRAILERS: p = this.#trailer(b, p, end); break;
        default: p = this.#data(b, p, end);
      }
    }
    if (this.error === undefined) this.#flush();
    return p;
  }

  #nextSize(): void {
    this.#state = SIZE;
    this.#left = 0;
    this.#digits = 0;
    this.#begun = false;
  }

  /** Hands on what one reading found, as one piece, however many chunks it came in: so does Envoy. */
  #flush(): void {
    const pieces = this.#pieces;
    if (pieces.length === 0) return;
    this.#pieces = NO_PIECES;
    this.#sink.onBody(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces));
  }

  #data(b: Buffer, p: number, end: number): number {
    const stop = this.#state === UNTIL_CLOSE ? end : Math.min(end, p + this.#left);
    const piece = pieceOf(b, p, stop);
    this.#left -= stop - p;
    if (this.#state === LENGTH && this.#left === 0) this.#finish(piece, undefined, end - stop);
    else if (this.#state === DATA) {
      if (this.#left === 0) this.#state = AFTER_DATA;
      if (this.#pieces.length === 0) this.#pieces = [piece];
      else this.#pieces.push(piece);
    } else this.#sink.onBody(piece);
    return stop;
  }

  #finish(piece: Buffer, trailers: Buffer | undefined, rest: number): void {
    this.done = true;
    this.error = this.#sink.onBodyEnd(piece, trailers, rest);
  }

  #size(b: Buffer, p: number, end: number): number {
    for (; p < end; p++) {
      const c = b[p] as number;
      const digit = HEX[c] as number;
      if (digit === 0xff) {
        const ends = c === CR || c === LF || c === SPACE || c === TAB || c === SEMICOLON;
        if (!this.#begun || !ends) return this.#fail(CODEC_ERROR, p);
        if (this.#left === 0) this.#flush();
        this.#state = EXTENSION;
        this.#lastCr = false;
        return p;
      }
      this.#begun = true;
      if ((this.#digits > 0 || digit > 0) && ++this.#digits > MOST_DIGITS) return this.#fail(CODEC_ERROR, p);
      this.#left = this.#left * 16 + digit;
    }
    return p;
  }

  #extension(b: Buffer, p: number, end: number): number {
    for (; p < end; p++) {
      const c = b[p] as number;
      if (this.#lastCr !== (c === LF)) return this.#fail(CODEC_ERROR, p);
      this.#lastCr = c === CR;
      if (c !== LF) continue;
      this.#state = this.#left > 0 ? DATA : LAST;
      this.#end = 1;
      return p + 1;
    }
    return p;
  }

  #afterData(b: Buffer, p: number, end: number): number {
    const lf = b.indexOf(LF, p);
    if (lf < 0 || lf >= end) return end;
    this.#nextSize();
    return lf + 1;
  }

  /** After the last chunk's line: the empty line, or the first byte of a trailer. */
  #last(b: Buffer, p: number, end: number): number {
    for (; p < end; p++) {
      const c = b[p] as number;
      if (c !== CR && c !== LF) {
        this.#state = TRAILERS;
        this.#end = 0;
        return p;
      }
      if (this.#ends(c)) {
        this.#finish(EMPTY, undefined, end - p - 1);
        return p + 1;
      }
    }
    return p;
  }

  #trailer(b: Buffer, p: number, end: number): number {
    const room = this.#maxTrailers - this.#trailersLength;
    const stop = Math.min(end, p + room);
    for (let i = p; i < stop; i++) {
      if (!this.#ends(b[i] as number)) continue;
      this.#keep(b, p, i + 1);
      this.#finish(EMPTY, this.#trailers.subarray(0, this.#trailersLength), end - i - 1);
      return i + 1;
    }
    if (end - p > room) return this.#fail(HEADERS_TOO_LARGE, stop);
    this.#keep(b, p, end);
    return end;
  }

  #keep(b: Buffer, from: number, to: number): void {
    const length = this.#trailersLength + to - from;
    if (length > this.#trailers.length) {
      const bigger = Buffer.allocUnsafe(Math.max(length, this.#trailers.length * 2));
      this.#trailers.copy(bigger, 0, 0, this.#trailersLength);
      this.#trailers = bigger;
    }
    b.copy(this.#trailers, this.#trailersLength, from, to);
    this.#trailersLength = length;
  }

  /** Whether this byte completes LF LF or LF CR LF. */
  #ends(c: number): boolean {
    if (c === LF) {
      if (this.#end > 0) return true;
      this.#end = 1;
    } else this.#end = c === CR && this.#end === 1 ? 2 : 0;
    return false;
  }

  #fail(error: CodecError, p: number): number {
    this.error = error;
    return p;
  }
}
