/** Cuts what a peer sends into frames. A frame is handed on whole: none is larger than the 16 KiB that legate allows. */
import { Buffer } from "node:buffer";
import { FRAME_HEADER, FRAME_LIMIT, readStreamId } from "./http2-frames.ts";

export interface FrameSink {
  /** A frame whose payload is `b[start, end)`. False: nothing more is wanted. */
  onFrame(type: number, flags: number, stream: number, b: Buffer, start: number, end: number): boolean;
  onOversized(): void;
}

export class FrameReader {
  readonly #sink: FrameSink;
  /** The beginning of a frame, `#have` bytes of it. */
  #partial: Buffer | null = null;
  #have = 0;
  #stopped = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** A frame has begun to come and is not yet whole. */
  get midFrame(): boolean {
    return this.#have > 0;
  }

  stop(): void {
    this.#stopped = true;
    this.#partial = null;
    this.#have = 0;
  }

  /** Takes `chunk[from, ...)`. Payloads handed on may lie in it: it must not change afterwards. */
  read(chunk: Buffer, from: number): void {
    let at = this.#have > 0 ? this.#complete(chunk, from) : from;
    while (!this.#stopped && chunk.length - at >= FRAME_HEADER) {
      const length = lengthAt(chunk, at);
      if (length > FRAME_LIMIT) return this.#oversized();
      const end = at + FRAME_HEADER + length;
      if (end > chunk.length) break;
      if (!this.#emit(chunk, at, end)) return;
      at = end;
    }
    if (!this.#stopped && at < chunk.length) this.#keep(chunk, at);
  }

  /** Fills up the frame that has begun; returns the position after what it took. */
  #complete(chunk: Buffer, from: number): number {
    let at = this.#fill(chunk, from, FRAME_HEADER);
    const partial = this.#partial;
    if (partial === null || this.#have < FRAME_HEADER) return at;
    const length = lengthAt(partial, 0);
    if (length > FRAME_LIMIT) {
      this.#oversized();
      return chunk.length;
    }
    const whole = FRAME_HEADER + length;
    at = this.#fill(chunk, at, whole);
    if (this.#have < whole) return at;
    this.#partial = null;
    this.#have = 0;
    this.#emit(partial, 0, whole);
    return at;
  }

  #fill(chunk: Buffer, from: number, wanted: number): number {
    const take = Math.min(Math.max(0, wanted - this.#have), chunk.length - from);
    if (this.#partial !== null) chunk.copy(this.#partial, this.#have, from, from + take);
    this.#have += take;
    return from + take;
  }

  #keep(chunk: Buffer, at: number): void {
    this.#partial = Buffer.allocUnsafe(FRAME_HEADER + FRAME_LIMIT);
    this.#have = chunk.copy(this.#partial, 0, at);
  }

  #emit(b: Buffer, at: number, end: number): boolean {
    return this.#sink.onFrame(b[at + 3] as number, b[at + 4] as number, readStreamId(b, at + 5), b, at + FRAME_HEADER, end);
  }

  #oversized(): void {
    this.stop();
    this.#sink.onOversized();
  }
}

function lengthAt(b: Buffer, at: number): number {
  return ((b[at] as number) << 16) | ((b[at + 1] as number) << 8) | (b[at + 2] as number);
}
