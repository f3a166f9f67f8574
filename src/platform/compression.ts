/** Compression of bodies (RFC 9110, section 8.4.1; RFC 7932, RFC 8878) by the runtime's zlib. */
import { Buffer } from "node:buffer";
import { zlib } from "./builtins.ts";

export type Coding = "gzip" | "br" | "zstd";

/** What compresses. Numbers are the library's own: zlib's for gzip, parameters by number for the others. */
export interface CompressionOptions {
  readonly coding: Coding;
  readonly level?: number;
  readonly strategy?: number;
  readonly windowBits?: number;
  readonly memLevel?: number;
  readonly params?: Readonly<Record<number, number>>;
}

/** Of `code`: the library's word for what is wrong, or `too-large`: more came out than allowed. */
export class CompressionFailure {
  readonly code: string;

  constructor(code: string) {
    this.code = code;
  }
}

/** Numbers of the libraries' parameters. */
export const PARAMETERS = {
  brotli: { mode: 0, quality: 1, window: 2, block: 3, literal: 4 },
  zstd: { level: 100, strategy: 107, checksum: 201 },
} as const;

/** Node knows zstd from 22.15 on. */
export function knowsCoding(coding: Coding): boolean {
  return coding !== "zstd" || typeof (zlib() as { createZstdCompress?: unknown }).createZstdCompress === "function";
}

function failureOf(error: unknown): CompressionFailure {
  const code = (error as { readonly code?: string }).code ?? "";
  return new CompressionFailure(code === "ERR_BUFFER_TOO_LARGE" ? "too-large" : code);
}

/** All of a body at once. */
export function compressWhole({ coding, ...options }: CompressionOptions, data: Buffer): Buffer {
  if (coding === "gzip") return zlib().gzipSync(data, options);
  return coding === "br" ? zlib().brotliCompressSync(data, options) : zlib().zstdCompressSync(data, options);
}

/** All of a body at once; what is cut off at its end is no failure. At most `mostBytes` come out. */
export function decompressWhole(coding: Coding, data: Buffer, mostBytes: number): Buffer | CompressionFailure {
  const maxOutputLength = Math.max(1, mostBytes);
  try {
    if (coding === "gzip") return zlib().gunzipSync(data, { maxOutputLength, finishFlush: zlib().constants.Z_SYNC_FLUSH });
    if (coding === "br") return zlib().brotliDecompressSync(data, { maxOutputLength, finishFlush: zlib().constants.BROTLI_OPERATION_FLUSH });
    return zlib().zstdDecompressSync(data, { maxOutputLength, finishFlush: zlib().constants.ZSTD_e_flush });
  } catch (error) {
    return failureOf(error);
  }
}

/** Hears of a stream: what came out of each piece, whole, in the order of the pieces. Nothing after a failure. */
export interface CompressionSink {
  onPiece(output: Buffer): void;
  onFailure(failure: CompressionFailure): void;
}

interface Engine {
  write(data: Buffer): unknown;
  flush(callback: () => void): void;
  end(data: Buffer): unknown;
  destroy(): void;
  on(event: string, listener: (value: never) => void): unknown;
}

interface Piece {
  readonly data: Buffer;
  readonly last: boolean;
}

/** A body in pieces. The work is done off this thread; a piece's output is complete when the sink hears of it. */
export class CompressionStream {
  private readonly engine: Engine;
  private readonly sink: CompressionSink;
  private readonly mostRatio: number;
  private readonly waiting: Piece[] = [];
  private output: Buffer[] = [];
  private outputBytes = 0;
  private running: Piece | undefined = undefined;
  private closed = false;

  private constructor(engine: Engine, sink: CompressionSink, mostRatio: number) {
    this.engine = engine;
    this.sink = sink;
    this.mostRatio = mostRatio;
    engine.on("data", (chunk: Buffer) => this.take(chunk));
    engine.on("end", () => this.pieceDone());
    engine.on("error", (error: Error) => this.fail(failureOf(error)));
  }

  static compressor({ coding, ...options }: CompressionOptions, sink: CompressionSink): CompressionStream {
    const engine = coding === "gzip" ? zlib().createGzip(options) : coding === "br" ? zlib().createBrotliCompress(options) : zlib().createZstdCompress(options);
    return new CompressionStream(engine as unknown as Engine, sink, Infinity);
  }

  /** A piece may become `mostRatio` times as large; more is a failure. */
  static decompressor(coding: Coding, mostRatio: number, sink: CompressionSink): CompressionStream {
    const engine = coding === "gzip" ? zlib().createGunzip({ finishFlush: zlib().constants.Z_SYNC_FLUSH })
      : coding === "br" ? zlib().createBrotliDecompress({ finishFlush: zlib().constants.BROTLI_OPERATION_FLUSH }) : zlib().createZstdDecompress({ finishFlush: zlib().constants.ZSTD_e_flush });
    return new CompressionStream(engine as unknown as Engine, sink, mostRatio);
  }

  /** Takes a piece. */
  push(data: Buffer, last: boolean): void {
    if (this.closed) return;
    this.waiting.push({ data, last });
    if (this.running === undefined) this.next();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.engine.destroy();
  }

  private next(): void {
    this.running = this.waiting.shift();
    if (this.running === undefined) return;
    const { data, last } = this.running;
    if (last) return void this.engine.end(data);
    this.engine.write(data);
    this.engine.flush(() => this.pieceDone());
  }

  private take(chunk: Buffer): void {
    if (this.closed) return;
    this.output.push(chunk);
    this.outputBytes += chunk.length;
    if (this.outputBytes > this.mostRatio * Math.max(1, this.running?.data.length ?? 1)) this.fail(new CompressionFailure("too-large"));
  }

  private pieceDone(): void {
    if (this.closed || this.running === undefined) return;
    const { output } = this;
    this.output = [];
    this.outputBytes = 0;
    const { last } = this.running;
    this.running = undefined;
    if (last) this.close();
    this.sink.onPiece(output.length === 1 ? (output[0] as Buffer) : Buffer.concat(output));
    if (!last && !this.closed && this.running === undefined) this.next();
  }

  private fail(failure: CompressionFailure): void {
    if (this.closed) return;
    this.close();
    this.sink.onFailure(failure);
  }
}
