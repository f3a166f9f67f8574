/**
 * The frames of gRPC, gRPC-Web and Connect: a byte of flags, four bytes of length (big-endian), so many bytes of message.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
import { Buffer } from "node:buffer";

export const FRAME_HEADER_BYTES = 5;
/** gRPC-Web: the frame holds the trailers. */
export const WEB_TRAILERS = 0x80;
/** Connect: the frame holds the end of the stream. */
export const CONNECT_END = 0x02;
const COMPRESSED = 0x01;

/** Hears of the frames as their bytes come. */
export interface FrameListener {
  /** False: the frame is refused, and what follows in this piece is not looked at. */
  frameStarts?(flags: number): boolean;
  frameData?(data: Buffer): void;
  frameEnds?(): void;
}

/** A frame of these flags around a message. */
export function grpcFrame(flags: number, message: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEADER_BYTES);
  head[0] = flags;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Finds the frames of one body, however it is cut. */
export class FrameScanner {
  /** Frames that have begun. */
  count = 0;
  private readonly listener: FrameListener;
  private headBytes = 0;
  private left = 0;

  constructor(listener: FrameListener = {}) {
    this.listener = listener;
  }

  /** How many frames begin in this piece. */
  scan(data: Buffer): number {
    const before = this.count;
    for (let at = 0; at < data.length; ) {
      if (this.headBytes === 0 && !this.begin(data[at] as number)) break;
      at = this.headBytes < FRAME_HEADER_BYTES ? this.head(data, at) : this.message(data, at);
    }
    return this.count - before;
  }

  private begin(flags: number): boolean {
    if (this.listener.frameStarts?.(flags) === false) return false;
    this.count++;
    return true;
  }

  private head(data: Buffer, from: number): number {
    let at = from;
    for (; at < data.length && this.headBytes < FRAME_HEADER_BYTES; at++, this.headBytes++) this.left = this.headBytes === 0 ? 0 : this.left * 256 + (data[at] as number);
    if (this.headBytes === FRAME_HEADER_BYTES && this.left === 0) this.end();
    return at;
  }

  private message(data: Buffer, at: number): number {
    const until = Math.min(data.length, at + this.left);
    this.listener.frameData?.(data.subarray(at, until));
    this.left -= until - at;
    if (this.left === 0) this.end();
    return until;
  }

  private end(): void {
    this.headBytes = 0;
    this.listener.frameEnds?.();
  }
}

/** Cuts a body into its whole frames. */
export class FrameReader implements FrameListener {
  private readonly scanner = new FrameScanner(this);
  private flags = 0;
  private parts: Buffer[] = [];
  private found: Buffer[] = [];
  private refused = false;

  /** The frames that end in this piece, heads included; `refused`: a frame of unknown flags stands in it. */
  read(data: Buffer): { readonly frames: readonly Buffer[]; readonly refused: boolean } {
    this.found = [];
    this.refused = false;
    this.scanner.scan(data);
    return { frames: this.found, refused: this.refused };
  }

  frameStarts(flags: number): boolean {
    this.refused = (flags & ~COMPRESSED) !== 0;
    this.flags = flags;
    return !this.refused;
  }

  frameData(data: Buffer): void {
    this.parts.push(Buffer.from(data));
  }

  frameEnds(): void {
    this.found.push(grpcFrame(this.flags, Buffer.concat(this.parts)));
    this.parts = [];
  }
}
