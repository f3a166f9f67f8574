/** A header block's lines as HTTP/1 bytes. What was received and not changed goes out as one copy. */
import type { Buffer } from "node:buffer";
import { RAW, REMOVED, SET, type HeaderBlock } from "./header-block.ts";
import { writeLatin1 } from "./latin1.ts";
import type { NameFormat } from "./name-format.ts";
import { nameOf } from "./names.ts";

const CR = 13;
const LF = 10;
const COLON = 58;
const SPACE = 32;
/** Received bytes up to this length are not measured line by line. */
const SMALL = 16 * 1024;

/** The most bytes that `writeLines` can take for this block. */
export function linesRoom(block: HeaderBlock): number {
  const { lines, offsets, values, names, ids, states, bytes } = block;
  // What was received and not changed cannot be longer than what it lies in, but for a space or a line end.
  const small = bytes.length <= SMALL;
  let room = small ? bytes.length : 0;
  for (let i = 0; i < lines; i++) {
    if (small && states[i] !== SET) {
      room += 2;
      continue;
    }
    const at = i * 4;
    const id = ids[i] as number;
    room += 4 + (values[i]?.length ?? (offsets[at + 3] as number) - (offsets[at + 2] as number));
    room += id > 0 ? nameOf(id).length : (names[i]?.length ?? (offsets[at + 1] as number) - (offsets[at] as number));
  }
  return room;
}

/** Writes the lines at `at` and returns the position after them. The caller has made room. Pseudo headers are not written. */
export function writeLines(block: HeaderBlock, out: Buffer, at: number): number {
  const { lines, ids, offsets, states, bytes } = block;
  let from = 0;
  let to = 0;
  for (let i = 0; i < lines; i++) {
    if (ids[i] === REMOVED) continue;
    if (states[i] === RAW) {
      const start = offsets[i * 4] as number;
      if (start !== to) {
        if (to > from) at += bytes.copy(out, at, from, to);
        from = start;
      }
      to = (offsets[i * 4 + 3] as number) + 2;
      continue;
    }
    if (to > from) at += bytes.copy(out, at, from, to);
    from = to = 0;
    at = writeField(block.nameAt(i), block.valueAt(i), out, at);
  }
  return to > from ? at + bytes.copy(out, at, from, to) : at;
}

/** As `writeLines`, with the names formatted. */
export function writeFormattedLines(block: HeaderBlock, out: Buffer, at: number, format: NameFormat): number {
  for (let i = 0; i < block.lines; i++) if (block.ids[i] !== REMOVED) at = writeField(format.format(block.nameAt(i)), block.valueAt(i), out, at);
  return at;
}

/** Writes `name: value` and its line end. */
export function writeField(name: string, value: string, out: Buffer, at: number): number {
  at = writeLatin1(out, name, at);
  out[at++] = COLON;
  out[at++] = SPACE;
  at = writeLatin1(out, value, at);
  out[at++] = CR;
  out[at++] = LF;
  return at;
}
