/** What a socket delivered of HTTP/2, as text that can be compared: stream by stream, whatever the order between streams and the size of frames. */
import { Buffer } from "node:buffer";
import { ACK, DATA, END_HEADERS, END_STREAM, HEADERS, RST_STREAM, SETTINGS } from "../../src/codec/http2-frames.ts";
import { FrameTeller, framesOf, PREFACE, type WireFrame } from "./http2-wire.ts";

const PREFACE_TEXT = PREFACE.toString("latin1");

/** Whether the bytes that a client sent (latin1) are HTTP/2. */
export function isHttp2(sent: string): boolean {
  return sent.startsWith(PREFACE_TEXT);
}

function framesIn(bytes: string): WireFrame[] {
  return framesOf(Buffer.from(isHttp2(bytes) ? bytes.slice(PREFACE_TEXT.length) : bytes, "latin1")).frames;
}

/** Streams that the sender has ended, or broken off. */
export function endedStreams(bytes: string): number {
  const over = framesIn(bytes).filter(({ type, flags }) => type === RST_STREAM || ((type === DATA || type === HEADERS) && (flags & END_STREAM) !== 0));
  return new Set(over.map(({ stream }) => stream)).size;
}

/** Streams that the sender has begun. */
export function begunStreams(bytes: string): number {
  return new Set(framesIn(bytes).filter(({ type }) => type === HEADERS).map(({ stream }) => stream)).size;
}

/** The connection's own frames by kind, then each stream's in order; adjacent DATA frames are one. */
export function renderHttp2(bytes: string): string {
  const teller = new FrameTeller();
  const sections = new Map<number, string[]>();
  for (const frame of joined(framesIn(bytes))) {
    if (frame.type === SETTINGS && (frame.flags & ACK) !== 0) continue;
    const lines = sections.get(frame.stream) ?? [];
    lines.push(textOf(frame, teller));
    sections.set(frame.stream, lines);
  }
  const all = [...sections].sort(([a], [b]) => a - b).map(([, lines], i) => (i === 0 && sections.has(0) ? lines.sort() : lines).join("\n"));
  return all.length === 0 ? "" : `${all.join("\n")}\n`;
}

function textOf(frame: WireFrame, teller: FrameTeller): string {
  return teller.tell(frame).replace(/ (?=:)/, "\n").replaceAll(" | ", "\n");
}

/** Header blocks whole, bodies whole. */
function joined(frames: readonly WireFrame[]): WireFrame[] {
  const out: WireFrame[] = [];
  const open = new Map<number, number>();
  for (const frame of frames) {
    const at = open.get(frame.stream);
    const before = at === undefined ? undefined : out[at];
    const more = frame.type === 9 || (frame.type === DATA && before?.type === DATA);
    if (before !== undefined && at !== undefined && more) {
      out[at] = { ...before, flags: before.flags | frame.flags | (frame.type === 9 ? END_HEADERS : 0), payload: Buffer.concat([before.payload, frame.payload]) };
      continue;
    }
    open.set(frame.stream, out.length);
    out.push(frame);
  }
  return out;
}
