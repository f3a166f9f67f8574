/** A single character that a pattern writes with a backslash. */
import { LARGEST_BYTE } from "./byte-set.ts";
import type { Cursor } from "./cursor.ts";
import { PatternFault } from "./pattern-fault.ts";

const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, a: 7, f: 12, v: 11 };
const OCTAL = /^[0-7]$/;
const HEX = /^[0-9A-Fa-f]$/;

/** Reads the escape that begins at the cursor; its character's code. */
export function readEscape(cursor: Cursor): number {
  const start = cursor.at;
  if (cursor.left === 1) throw new PatternFault("trailing \\");
  const letter = cursor.peek(1);
  cursor.skip(2);
  const code = CONTROLS[letter] ?? (letter === "x" ? hex(cursor, start) : OCTAL.test(letter) ? octal(cursor, start, letter) : itself(letter));
  if (code === undefined || code > LARGEST_BYTE) throw refused(cursor, start);
  return code;
}

function refused(cursor: Cursor, start: number): PatternFault {
  return new PatternFault("invalid escape sequence", cursor.since(start));
}

/** What is neither a letter nor a digit stands for itself. */
function itself(letter: string): number | undefined {
  return /^[\x00-\x7f]$/.test(letter) && !/^[0-9A-Za-z]$/.test(letter) ? letter.charCodeAt(0) : undefined;
}

/** Up to three octal digits; a single one that is not 0 would be a back-reference. */
function octal(cursor: Cursor, start: number, first: string): number {
  if (first !== "0" && !OCTAL.test(cursor.peek())) throw refused(cursor, start);
  let digits = first;
  while (digits.length < 3 && OCTAL.test(cursor.peek())) digits += cursor.take();
  return Number.parseInt(digits, 8);
}

/** Two hexadecimal digits, or any number of them in braces. */
function hex(cursor: Cursor, start: number): number {
  if (cursor.left === 0) throw refused(cursor, start);
  const first = cursor.take();
  if (first === "{") return braced(cursor, start);
  if (cursor.left === 0) throw refused(cursor, start);
  const second = cursor.take();
  if (!HEX.test(first) || !HEX.test(second)) throw refused(cursor, start);
  return Number.parseInt(first + second, 16);
}

function braced(cursor: Cursor, start: number): number {
  if (cursor.left === 0) throw new PatternFault("invalid UTF-8");
  let code = 0;
  let digits = 0;
  let c = cursor.take();
  for (; HEX.test(c); c = cursor.take()) {
    digits++;
    code = code * 16 + Number.parseInt(c, 16);
    if (code > LARGEST_BYTE || cursor.left === 0) throw refused(cursor, start);
  }
  if (c !== "}" || digits === 0) throw refused(cursor, start);
  return code;
}
