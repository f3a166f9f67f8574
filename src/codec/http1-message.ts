/** What reading a request and reading a response have in common: header lines, trailers, framing faults. */
import type { Buffer } from "node:buffer";
import type { HeaderBlock } from "../http/header-block.ts";
import { takeHeaders, giveHeaders } from "../http/header-pool.ts";
import { CONTENT_LENGTH, TRANSFER_ENCODING, type BlockKind } from "../http/names.ts";
import { CODEC_ERROR, INVALID_TRANSFER_ENCODING, LENGTH_AND_CHUNKED, type CodecError } from "./codec-error.ts";
import { BAD_LENGTH, FAILED, INCOMPLETE, ODD, readFields, type Fields } from "./http1-fields.ts";
import type { HeadBytes } from "./http1-head.ts";
import { readOddFields } from "./http1-odd-fields.ts";
import type { LineOptions } from "./http1-options.ts";

/**
 * Goes on reading the lines, up to `stop`, after a first line that ended at `linesStart`. Returns the position after the
 * head, INCOMPLETE, or FAILED with `fields.error`.
 */
export function readLines(head: HeadBytes, linesStart: number, stop: number, block: HeaderBlock, fields: Fields, options: LineOptions): number {
  block.bytes = head.bytes;
  if (fields.resume >= 0 && options.preserveCase === undefined) {
    const end = readFields(head.bytes, stop, block, fields, options);
    if (end !== ODD) return end;
    fields.resume = -1;
  }
  emptyLines(block, head.bytes);
  const end = readOddFields(head.bytes, head.start, linesStart, stop, block, fields, options);
  if (end === INCOMPLETE) fields.resume = -1;
  return end;
}

/** Drops the lines that an interrupted reading left. */
function emptyLines(block: HeaderBlock, bytes: Buffer): void {
  block.reset(block.kind);
  block.bytes = bytes;
}

/** What is wrong with a head's framing, judged before and after Connect and upgrades by the caller; undefined if nothing. */
export function framingError(head: HeaderBlock, fields: Fields, connect: boolean, options: LineOptions): CodecError | undefined {
  if (fields.hasTransferEncoding && head.has(CONTENT_LENGTH)) {
    if (!fields.chunked || !options.allowChunkedLength) return LENGTH_AND_CHUNKED;
    head.remove(CONTENT_LENGTH);
  }
  const coding = head.get(TRANSFER_ENCODING);
  return coding !== null && (coding.toLowerCase() !== "chunked" || connect) ? INVALID_TRANSFER_ENCODING : undefined;
}

/** A content-length that is no number, in a message that is not chunked. */
export function lengthError(fields: Fields): CodecError | undefined {
  return fields.length === BAD_LENGTH && !fields.chunked ? CODEC_ERROR : undefined;
}

/** Reads the trailer lines in `bytes`; null where they are dropped, or the error. */
export function readTrailers(bytes: Buffer, kind: BlockKind, fields: Fields, options: LineOptions): HeaderBlock | CodecError | null {
  const block = takeHeaders(kind);
  block.bytes = bytes;
  fields.begin(0);
  let end = readFields(bytes, bytes.length, block, fields, options);
  if (end === ODD) {
    emptyLines(block, bytes);
    end = readOddFields(bytes, 0, 0, bytes.length, block, fields, options);
  }
  if (end !== FAILED && options.enableTrailers) return block;
  giveHeaders(block);
  return end === FAILED ? (fields.error ?? CODEC_ERROR) : null;
}
