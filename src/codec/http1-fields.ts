/**
 * Header lines, read in one pass that checks, lower-cases, hashes and finds the ends (RFC 9112 5). It takes only what a
 * sane peer sends: whatever is odd (obs-fold, a bare CR or LF, a repeated content-length, a bad byte) is left to
 * http1-odd-fields.ts, which is slow and says exactly what Envoy says.
 */
import type { Buffer } from "node:buffer";
import { LOOSE, RAW, type HeaderBlock } from "../http/header-block.ts";
import { latin1, latin1Again } from "../http/latin1.ts";
import { CONTENT_LENGTH, HOST, idOfBytes, isInline, REQUEST, REQUEST_TRAILERS, TOKEN, TRANSFER_ENCODING } from "../http/names.ts";
import type { CodecError } from "./codec-error.ts";
import { COLON, CR, LF, SPACE, TAB, VALUE } from "./http1-bytes.ts";
import type { LineOptions } from "./http1-options.ts";

/** The lines are not all there yet; `Fields.resume` says from where to go on. */
export const INCOMPLETE = -1;
/** Something odd. */
export const ODD = -2;
/** `Fields.error` says what is wrong. */
export const FAILED = -3;

export const NO_LENGTH = -1;
/** A content-length that is no number, or above 2^64 - 1. */
export const BAD_LENGTH = -2;

/** What the lines say beyond the block: framing, and how far the reader came. */
export class Fields {
  /** The start of the first line that is not yet in the block. */
  resume = 0;
  /** The number of headers as Envoy counts them, less the pseudo headers that are no lines. */
  count = 0;
  /** The value of content-length in bytes, NO_LENGTH or BAD_LENGTH. */
  length = NO_LENGTH;
  hasTransferEncoding = false;
  /** The last transfer-encoding line is `chunked`. */
  chunked = false;
  error: CodecError | undefined = undefined;
  /** The value of the last host line, of whatever request. */
  host = "";

  begin(at: number): void {
    this.resume = at;
    this.count = 0;
    this.length = NO_LENGTH;
    this.hasTransferEncoding = false;
    this.chunked = false;
    this.error = undefined;
  }
}

/**
 * Reads the lines of `b[fields.resume, end)` into the block until the empty line, and returns the position after that, or
 * INCOMPLETE or ODD. The names in `b` become lower case; `block.bytes` must be `b`.
 */
export function readFields(b: Buffer, end: number, block: HeaderBlock, fields: Fields, options: LineOptions): number {
  const { kind } = block;
  const limit = options.maxHeadersCount;
  const underscores = (options.underscores ?? "ALLOW") !== "ALLOW" && (kind === REQUEST || kind === REQUEST_TRAILERS);
  let p = fields.resume;
  while (p < end) {
    const start = p;
    let h = 0;
    let t = 0;
    while (p < end && (t = TOKEN[b[p] as number] as number) !== 0) {
      h = (Math.imul(h, 31) + t) | 0;
      b[p++] = t;
    }
    if (p >= end) return INCOMPLETE;
    if (b[p] !== COLON || p === start) {
      if (p !== start || b[p] !== CR) return ODD;
      if (p + 1 >= end) return INCOMPLETE;
      return b[p + 1] === LF ? p + 2 : ODD;
    }
    const nameEnd = p++;
    while (p < end && (b[p] === SPACE || b[p] === TAB)) p++;
    const value = p;
    // four at a time: values are most of a head
    while (p + 4 <= end && ((VALUE[b[p] as number] as number) & (VALUE[b[p + 1] as number] as number) & (VALUE[b[p + 2] as number] as number) & (VALUE[b[p + 3] as number] as number)) === 1) p += 4;
    while (p < end && VALUE[b[p] as number] === 1) p++;
    if (p + 2 >= end) return INCOMPLETE;
    if (b[p] !== CR || b[p + 1] !== LF || b[p + 2] === SPACE || b[p + 2] === TAB) return ODD;
    let valueEnd = p;
    while (valueEnd > value && (b[valueEnd - 1] === SPACE || b[valueEnd - 1] === TAB)) valueEnd--;
    const raw = valueEnd === p && value === nameEnd + 2 && b[nameEnd + 1] === SPACE;
    p += 2;
    if (underscores && b.subarray(start, nameEnd).includes(0x5f)) return ODD;
    const id = idOfBytes(h, b, start, nameEnd);
    if ((id === CONTENT_LENGTH || id === TRANSFER_ENCODING) && kind <= 1 && !frame(id, b, value, valueEnd, fields)) return ODD;
    if (id === HOST && kind === REQUEST) {
      if (block.authority === null) fields.count++;
      fields.host = latin1Again(b, value, valueEnd, fields.host);
      joinAuthority(block, fields.host);
    } else if (id !== 0 && isInline(id, kind) && block.has(id)) {
      block.append(id, latin1(b, value, valueEnd));
    } else {
      block.addReceived(id, start, nameEnd, value, valueEnd, raw ? RAW : LOOSE);
      fields.count++;
    }
    if (fields.count > limit) return ODD;
    fields.resume = p;
  }
  return INCOMPLETE;
}

/** A request's further `host` line is joined, as any inline header's. */
export function joinAuthority(block: HeaderBlock, value: string): void {
  const old = block.authority;
  if (old === null || old === "") block.authority = value;
  else if (value !== "") block.authority = `${old},${value}`;
}

/** Notes what a framing header says. False: seen before, or not plainly right. */
function frame(id: number, b: Buffer, value: number, valueEnd: number, fields: Fields): boolean {
  if (id === TRANSFER_ENCODING) {
    if (fields.hasTransferEncoding) return false;
    fields.hasTransferEncoding = true;
    fields.chunked = latin1(b, value, valueEnd).toLowerCase() === "chunked";
    return true;
  }
  if (fields.length !== NO_LENGTH) return false;
  fields.length = parseLength(b, value, valueEnd);
  return fields.length >= 0;
}

const MAX_LENGTH = 2 ** 64 - 1;

/** A content-length: digits only, below 2^64 (inexact above 2^53, where no body ever ends). BAD_LENGTH if it is none. */
export function parseLength(b: Buffer, start: number, end: number): number {
  if (start >= end) return BAD_LENGTH;
  let length = 0;
  for (let i = start; i < end; i++) {
    const digit = (b[i] as number) - 0x30;
    if (digit < 0 || digit > 9) return BAD_LENGTH;
    length = length * 10 + digit;
  }
  if (length < MAX_LENGTH) return length;
  return BigInt(latin1(b, start, end)) < 1n << 64n ? length : BAD_LENGTH;
}
