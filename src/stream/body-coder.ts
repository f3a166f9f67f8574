/** One body on its way through a compressor or decompressor, in either direction: order, end, trailers and back pressure. */
import { Buffer } from "node:buffer";
import { Continue, StopIteration, type StreamHandle, type Verdict } from "../contract/http-filter.ts";
import { CompressionFailure, type CompressionSink, type CompressionStream } from "../platform/compression.ts";

/** Gives bytes on behind the filter, and stops and starts whoever sends them. */
export interface BodyWay {
  inject(data: Buffer, endStream: boolean): void;
  replace(data: Buffer): void;
  resume(): void;
  wait(on: boolean): void;
}

export function requestWay(handle: StreamHandle): BodyWay {
  return {
    inject: (data, end) => handle.injectDecodedData(data, end), replace: (data) => handle.replaceDecodedData(data), resume: () => handle.resumeDecoding(),
    wait: (on) => (on ? handle.pauseDownstream() : handle.resumeDownstream()),
  };
}

export function responseWay(handle: StreamHandle): BodyWay {
  return { inject: (data, end) => handle.injectEncodedData(data, end), replace: (data) => handle.replaceEncodedData(data), resume: () => handle.resumeEncoding(), wait: (on) => handle.pushBackResponse(on) };
}

/** How a body is changed; counts what goes in and comes out. */
export interface Coder {
  whole(data: Buffer): Buffer | CompressionFailure;
  open(sink: CompressionSink): CompressionStream;
  count(input: number, output: number): void;
  failed(failure: CompressionFailure): void;
  /** True: the end of the input may still give output. */
  readonly flushesAtEnd: boolean;
  /** The body will end with trailers of the coder's own: called in the data callback that ends it, where they can be added. */
  addTrailers?(): void;
  /** All is through: what the trailers say is known. */
  atEnd?(): void;
}

const EMPTY = Buffer.alloc(0);

export class BodyCoder implements CompressionSink {
  private readonly coder: Coder;
  private readonly way: BodyWay;
  private readonly limit: number;
  private stream: CompressionStream | null = null;
  private readonly pieces: { readonly bytes: number; readonly last: boolean }[] = [];
  private pending = 0;
  private waiting = false;
  private ended = false;
  private trailers = false;
  private broken = false;

  constructor(coder: Coder, way: BodyWay, limit: number) {
    this.coder = coder;
    this.way = way;
    this.limit = limit;
  }

  data(data: Buffer, endStream: boolean): Verdict {
    if (endStream) this.coder.addTrailers?.();
    if (this.stream === null && endStream) {
      this.way.replace(this.all(data));
      this.coder.atEnd?.();
      return Continue;
    }
    this.stream ??= this.coder.open(this);
    this.ended = endStream;
    if (endStream && this.coder.addTrailers !== undefined) {
      this.trailers = true;
      this.way.replace(EMPTY);
    }
    this.push(data, endStream);
    this.adjust();
    return StopIteration;
  }

  end(): Verdict {
    this.trailers = true;
    if (this.stream === null) {
      if (this.coder.flushesAtEnd) this.way.inject(this.all(EMPTY), false);
      this.coder.atEnd?.();
      return Continue;
    }
    this.push(EMPTY, true);
    return StopIteration;
  }

  close(): void {
    this.stream?.close();
    if (this.waiting) this.way.wait(false);
    this.waiting = false;
  }

  onPiece(output: Buffer): void {
    const piece = this.pieces.shift();
    if (piece === undefined) return;
    this.pending -= piece.bytes;
    this.coder.count(piece.bytes, output.length);
    this.adjust();
    if (piece.last) this.finish(output);
    else this.way.inject(output, false);
  }

  /** What came so far stays; the rest of the body is left out. */
  onFailure(failure: CompressionFailure): void {
    this.coder.failed(failure);
    this.broken = true;
    this.pending = 0;
    this.adjust();
    if (this.ended || this.trailers) this.finish(EMPTY);
  }

  private push(data: Buffer, last: boolean): void {
    if (this.broken) {
      if (last) this.finish(EMPTY);
      return;
    }
    this.pieces.push({ bytes: data.length, last });
    this.pending += data.length;
    this.stream?.push(data, last);
  }

  private finish(output: Buffer): void {
    this.coder.atEnd?.();
    if (!this.trailers) return this.way.inject(output, true);
    if (output.length > 0) this.way.inject(output, false);
    this.way.resume();
  }

  private all(data: Buffer): Buffer {
    const output = this.coder.whole(data);
    if (!(output instanceof CompressionFailure)) {
      this.coder.count(data.length, output.length);
      return output;
    }
    this.coder.failed(output);
    this.coder.count(data.length, 0);
    return EMPTY;
  }

  private adjust(): void {
    const wait = this.waiting ? this.pending > this.limit / 2 : this.pending > this.limit;
    if (wait === this.waiting) return;
    this.waiting = wait;
    this.way.wait(wait);
  }
}
