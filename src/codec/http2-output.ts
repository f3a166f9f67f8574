/** The writing half of an HTTP/2 connection: frames, byte for byte. */
import { Buffer } from "node:buffer";
import type { HeaderBlock } from "../http/header-block.ts";
import type { ByteSink } from "./byte-sink.ts";
import { HpackEncoder } from "./hpack-encoder.ts";
import type { ConnectionFault } from "./http2-faults.ts";
import * as F from "./http2-frames.ts";
import { OutboundLimits, type FloodCounter } from "./http2-limits.ts";
import type { Http2Options, Http2Setting } from "./http2-options.ts";

/** Where frames go: a connection that tells how much of what it took is still here. */
export interface Http2Sink extends ByteSink {
  readonly buffered: number;
}

/** Frames of a thread are built here: the sink copies what it keeps. */
const OUT = Buffer.alloc(128 * 1024);
/** A payload up to this size is copied behind its header, to go out as one piece. */
const SMALL = 1024;

export class Http2Output {
  readonly #sink: Http2Sink;
  readonly #encoder: HpackEncoder;
  readonly #limits: OutboundLimits;
  #begin: (() => void) | null;
  /** The most bytes of a payload that the peer takes. */
  maxFrame = F.FRAME_LIMIT;
  /** The peer does not read, and made us write more than is good. */
  fault: ConnectionFault | undefined = undefined;
  /** Nothing is written any more. */
  stopped = false;

  /** `begin`: to be called before anything is sent. */
  constructor(options: Http2Options, sink: Http2Sink, count: (counter: FloodCounter) => void, begin: () => void) {
    this.#begin = begin;
    this.#sink = sink;
    this.#encoder = new HpackEncoder(options.tableSize, options.huffman);
    this.#limits = new OutboundLimits(options.limits, count);
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE. */
  allowTable(size: number): void {
    this.#encoder.allow(size);
  }

  preface(): void {
    this.#first();
    if (!this.stopped) this.#sink.write(F.PREFACE, 0, F.PREFACE.length);
  }

  settings(settings: readonly Http2Setting[]): void {
    this.#first();
    let at = F.FRAME_HEADER;
    for (const { id, value } of settings) {
      OUT[at] = id >>> 8;
      OUT[at + 1] = id;
      F.writeWord(OUT, at + 2, value);
      at += 6;
    }
    this.#frame(F.SETTINGS, 0, 0, at - F.FRAME_HEADER, false);
  }

  settingsAck(): void {
    this.#first();
    this.#frame(F.SETTINGS, F.ACK, 0, 0, true);
  }

  /** `b[at, at + 8)` is the payload. */
  ping(b: Buffer, at: number, ack: boolean): void {
    this.#first();
    b.copy(OUT, F.FRAME_HEADER, at, at + 8);
    this.#frame(F.PING, ack ? F.ACK : 0, 0, 8, ack);
  }

  goaway(last: number, code: number): void {
    this.#first();
    F.writeWord(OUT, F.FRAME_HEADER, last);
    F.writeWord(OUT, F.FRAME_HEADER + 4, code);
    this.#frame(F.GOAWAY, 0, 0, 8, false);
  }

  reset(stream: number, code: number): void {
    this.#first();
    F.writeWord(OUT, F.FRAME_HEADER, code);
    this.#frame(F.RST_STREAM, 0, stream, 4, true);
  }

  windowUpdate(stream: number, increment: number): void {
    this.#first();
    F.writeWord(OUT, F.FRAME_HEADER, increment);
    this.#frame(F.WINDOW_UPDATE, 0, stream, 4, false);
  }

  /** A head or trailers, in as many frames as it takes. Returns their bytes. */
  headers(stream: number, head: HeaderBlock, endStream: boolean): number {
    if (this.stopped) return 0;
    this.#first();
    const room = F.FRAME_HEADER + this.#encoder.room(head);
    const out = room <= OUT.length ? OUT : Buffer.allocUnsafe(room);
    const end = this.#encoder.encode(head, out, F.FRAME_HEADER);
    const length = end - F.FRAME_HEADER;
    const flags = endStream ? F.END_STREAM : 0;
    if (length > this.maxFrame) return this.#split(stream, out, end, flags);
    F.writeFrameHeader(out, 0, length, F.HEADERS, flags | F.END_HEADERS, stream);
    this.#write(out, end, false);
    return end;
  }

  /** Body bytes `data[from, to)`, at most `maxFrame` of them. */
  data(stream: number, data: Buffer, from: number, to: number, endStream: boolean): void {
    if (this.stopped) return;
    this.#first();
    const length = to - from;
    F.writeFrameHeader(OUT, 0, length, F.DATA, endStream ? F.END_STREAM : 0, stream);
    this.#track(F.FRAME_HEADER + length, false);
    if (length <= SMALL) {
      data.copy(OUT, F.FRAME_HEADER, from, to);
      this.#sink.write(OUT, 0, F.FRAME_HEADER + length);
      return;
    }
    this.#sink.write(OUT, 0, F.FRAME_HEADER);
    this.#sink.write(data, from, to);
  }

  /** HEADERS and CONTINUATION: the headers of the later frames are written over bytes that have gone. */
  #split(stream: number, out: Buffer, end: number, flags: number): number {
    let at = F.FRAME_HEADER;
    let frames = 0;
    while (at < end) {
      const length = Math.min(this.maxFrame, end - at);
      const last = at + length === end ? F.END_HEADERS : 0;
      F.writeFrameHeader(out, at - F.FRAME_HEADER, length, frames === 0 ? F.HEADERS : F.CONTINUATION, (frames === 0 ? flags : 0) | last, stream);
      this.#track(F.FRAME_HEADER + length, false);
      this.#sink.write(out, at - F.FRAME_HEADER, at + length);
      at += length;
      frames++;
    }
    return end + (frames - 1) * F.FRAME_HEADER;
  }

  #frame(type: number, flags: number, stream: number, length: number, control: boolean): void {
    if (this.stopped) return;
    F.writeFrameHeader(OUT, 0, length, type, flags, stream);
    this.#write(OUT, F.FRAME_HEADER + length, control);
  }

  #write(out: Buffer, end: number, control: boolean): void {
    this.#track(end, control);
    this.#sink.write(out, 0, end);
  }

  /** What is built in `OUT` must come after this. */
  #first(): void {
    if (this.#begin === null) return;
    const begin = this.#begin;
    this.#begin = null;
    begin();
  }

  #track(bytes: number, control: boolean): void {
    this.fault ??= this.#limits.add(bytes, control, this.#sink.buffered);
  }
}
