import type { Buffer } from "node:buffer";

/** Where a codec's bytes go: a connection. */
export interface ByteSink {
  /** Takes `chunk[start, end)`, copying what it keeps. False: above the high watermark, hold back until it has drained. */
  write(chunk: Buffer, start: number, end: number): boolean;
}
