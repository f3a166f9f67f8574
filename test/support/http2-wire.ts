/** Frames of HTTP/2 as a test writes and reads them: by hand, so that wrong ones can be written too. */
import { Buffer } from "node:buffer";
import { HpackDecoder } from "../../src/codec/hpack-decoder.ts";
import * as F from "../../src/codec/http2-frames.ts";

export interface WireFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export const PREFACE: Buffer = F.PREFACE;

const NAMES = ["DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE", "CONTINUATION"];

export function frame(type: number, flags: number, stream: number, payload: Buffer | string = ""): Buffer {
  const bytes = typeof payload === "string" ? Buffer.from(payload, "latin1") : payload;
  const head = Buffer.alloc(F.FRAME_HEADER);
  F.writeFrameHeader(head, 0, bytes.length, type, flags, stream);
  return Buffer.concat([head, bytes]);
}

export function words(...values: number[]): Buffer {
  const out = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => F.writeWord(out, i * 4, value));
  return out;
}

/** A block of literal fields, none of them indexed. */
export function hpack(entries: readonly (readonly [string, string])[]): Buffer {
  const text = (value: string): Buffer => Buffer.concat([length(value.length), Buffer.from(value, "latin1")]);
  return Buffer.concat(entries.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

function length(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const out = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128);
  return Buffer.from([...out, rest]);
}

export function headers(stream: number, entries: readonly (readonly [string, string])[], flags = F.END_HEADERS | F.END_STREAM): Buffer {
  return frame(F.HEADERS, flags, stream, hpack(entries));
}

export function data(stream: number, body: string, flags = 0): Buffer {
  return frame(F.DATA, flags, stream, body);
}

export function settings(values: Readonly<Record<number, number>> = {}): Buffer {
  const payload = Object.entries(values).map(([id, value]) => Buffer.concat([Buffer.from([Number(id) >> 8, Number(id) & 255]), words(value)]));
  return frame(F.SETTINGS, 0, 0, Buffer.concat(payload));
}

export const SETTINGS_ACK: Buffer = frame(F.SETTINGS, F.ACK, 0);

export function reset(stream: number, code: number): Buffer {
  return frame(F.RST_STREAM, 0, stream, words(code));
}

export function windowUpdate(stream: number, increment: number): Buffer {
  return frame(F.WINDOW_UPDATE, 0, stream, words(increment));
}

export function goaway(last: number, code: number): Buffer {
  return frame(F.GOAWAY, 0, 0, words(last, code));
}

/** Cuts bytes into frames; what is left of an unfinished one is `rest`. */
export function framesOf(bytes: Buffer): { frames: WireFrame[]; rest: Buffer } {
  const frames: WireFrame[] = [];
  let at = 0;
  while (bytes.length - at >= 9) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    frames.push({ type: bytes[at + 3] as number, flags: bytes[at + 4] as number, stream: bytes.readUInt32BE(at + 5) & 0x7fffffff, payload: bytes.subarray(at + 9, end) });
    at = end;
  }
  return { frames, rest: bytes.subarray(at) };
}

/** Tells frames as text, for comparison. Header blocks are decoded: one teller for each direction of a connection. */
export class FrameTeller {
  readonly #decoder = new HpackDecoder(4096, 1 << 20);

  tell({ type, flags, stream, payload }: WireFrame): string {
    const name = NAMES[type] ?? `type ${type}`;
    return `${name} ${stream}${this.#flags(type, flags)} ${this.#payload(type, flags, payload)}`.trimEnd();
  }

  #flags(type: number, flags: number): string {
    if (type === F.SETTINGS || type === F.PING) return (flags & F.ACK) !== 0 ? " ack" : "";
    return (type === F.DATA || type === F.HEADERS) && (flags & F.END_STREAM) !== 0 ? " end" : "";
  }

  #payload(type: number, flags: number, payload: Buffer): string {
    switch (type) {
      case F.DATA: return payload.length > 80 ? `${payload.length} bytes` : payload.toString("latin1");
      case F.HEADERS: case F.CONTINUATION: return this.#fields(payload, (flags & F.END_HEADERS) !== 0);
      case F.RST_STREAM: case F.WINDOW_UPDATE: return String(payload.readUInt32BE(0));
      case F.GOAWAY: return `last ${payload.readUInt32BE(0)} code ${payload.readUInt32BE(4)}`;
      case F.SETTINGS: return settingsText(payload);
      case F.PING: return payload[0] === 0 ? "<time>" : payload.toString("latin1");
      default: return payload.toString("hex");
    }
  }

  #fields(block: Buffer, whole: boolean): string {
    const lines: string[] = [];
    const at = this.#decoder.decode(block, 0, block.length, true, { onField: ({ name, value }) => lines.push(`${name}: ${value}`) });
    return at === block.length ? lines.join(" | ") : `${whole ? "unreadable" : "cut"} ${lines.join(" | ")}`;
  }
}

function settingsText(payload: Buffer): string {
  const pairs: string[] = [];
  for (let at = 0; at + 6 <= payload.length; at += 6) pairs.push(`${payload.readUInt16BE(at)}=${payload.readUInt32BE(at + 2)}`);
  return pairs.join(" ");
}
