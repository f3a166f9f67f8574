/** Escapes of ECMAScript's grammar as libc++ reads them, byte by byte. */
import type { Cursor } from "../re2/cursor.ts";
import { StdRegexFault } from "./words.ts";

const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };
const DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4 };
const LAST_BYTE = 0xff;

/** `\d`, `\s`, `\w` and their complements. */
export function isClassEscape(letter: string): boolean {
  return /^[dsw]$/i.test(letter);
}

/** Reads an escape that stands for one character; its code. */
export function readEscape(cursor: Cursor): number {
  const letter = cursor.peek(1);
  const [control, digits] = [CONTROLS[letter], DIGITS[letter]];
  cursor.skip(Math.min(2, cursor.left));
  if (control !== undefined) return control;
  if (letter === "0") return 0;
  if (digits !== undefined) return hex(cursor, digits);
  if (letter === "c") return controlLetter(cursor);
  if (letter === "" || /^[A-Za-z0-9]$/.test(letter)) throw new StdRegexFault("escape");
  return letter.charCodeAt(0);
}

function hex(cursor: Cursor, count: number): number {
  const digits = cursor.text.slice(cursor.at, cursor.at + count);
  if (digits.length < count || !/^[0-9A-Fa-f]+$/.test(digits)) throw new StdRegexFault("escape");
  cursor.skip(count);
  return Number.parseInt(digits, 16) & LAST_BYTE;
}

function controlLetter(cursor: Cursor): number {
  if (!/^[A-Za-z]$/.test(cursor.peek())) throw new StdRegexFault("escape");
  return cursor.take().charCodeAt(0) % 32;
}
