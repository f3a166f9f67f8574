/** The frames of HTTP/2 (RFC 9113 6) as bytes: a header of nine bytes (length, type, flags, stream), then the payload. */
import { Buffer } from "node:buffer";

export const DATA = 0;
export const HEADERS = 1;
export const PRIORITY = 2;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PUSH_PROMISE = 5;
export const PING = 6;
export const GOAWAY = 7;
export const WINDOW_UPDATE = 8;
export const CONTINUATION = 9;

export const END_STREAM = 0x1;
export const ACK = 0x1;
export const END_HEADERS = 0x4;
export const PADDED = 0x8;
export const HAS_PRIORITY = 0x20;

export const FRAME_HEADER = 9;
/** The most bytes of a payload that legate takes, and that it sends before the peer allows more. */
export const FRAME_LIMIT = 16_384;
/** What SETTINGS_MAX_FRAME_SIZE may be. */
export const LARGEST_FRAME = 16_777_215;
export const LARGEST_WINDOW = 0x7fffffff;
export const LARGEST_STREAM = 0x7fffffff;
/** A window before anybody has said anything. */
export const FIRST_WINDOW = 65_535;

export const SETTINGS_HEADER_TABLE_SIZE = 1;
export const SETTINGS_ENABLE_PUSH = 2;
export const SETTINGS_MAX_CONCURRENT_STREAMS = 3;
export const SETTINGS_INITIAL_WINDOW_SIZE = 4;
export const SETTINGS_MAX_FRAME_SIZE = 5;
export const SETTINGS_MAX_HEADER_LIST_SIZE = 6;
export const SETTINGS_ENABLE_CONNECT_PROTOCOL = 8;

export const NO_ERROR = 0;
export const PROTOCOL_ERROR = 1;
export const INTERNAL_ERROR = 2;
export const FLOW_CONTROL_ERROR = 3;
export const STREAM_CLOSED = 5;
export const FRAME_SIZE_ERROR = 6;
export const REFUSED_STREAM = 7;
export const CANCEL = 8;
export const COMPRESSION_ERROR = 9;
export const CONNECT_ERROR = 10;
export const ENHANCE_YOUR_CALM = 11;

/** What a client sends first. */
export const PREFACE: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** As much of the preface as tells HTTP/2 from HTTP/1. */
const TELLING = "PRI * HTTP/2";

/** Whether these first bytes of a connection are HTTP/2's. */
export function startsPreface(chunk: Buffer): boolean {
  return chunk[0] === PREFACE[0] && chunk.length >= TELLING.length && chunk.toString("latin1", 0, TELLING.length) === TELLING;
}

/** Writes a frame's header at `at`. */
export function writeFrameHeader(out: Buffer, at: number, length: number, type: number, flags: number, stream: number): void {
  out[at] = length >>> 16;
  out[at + 1] = length >>> 8;
  out[at + 2] = length;
  out[at + 3] = type;
  out[at + 4] = flags;
  writeWord(out, at + 5, stream);
}

/** Writes 32 bits, most significant first. */
export function writeWord(out: Buffer, at: number, value: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

/** Reads 32 bits as an unsigned number. */
export function readWord(b: Buffer, at: number): number {
  return (((b[at] as number) << 24) | ((b[at + 1] as number) << 16) | ((b[at + 2] as number) << 8) | (b[at + 3] as number)) >>> 0;
}

/** Reads 31 bits; the reserved one is ignored. */
export function readStreamId(b: Buffer, at: number): number {
  return readWord(b, at) & LARGEST_STREAM;
}
