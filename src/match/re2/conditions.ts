/** Conditions without width: what must stand before and after a place of a text. */
import { BEGIN_LINE, BEGIN_TEXT, END_LINE, END_TEXT, WORD_BOUNDARY } from "./program.ts";

const NEWLINE = 10;

function isWord(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;
}

/** Whether a condition (one bit) holds at a place. */
export function holds(condition: number, text: string, at: number): boolean {
  if (condition === BEGIN_TEXT) return at === 0;
  if (condition === END_TEXT) return at === text.length;
  if (condition === BEGIN_LINE) return at === 0 || text.charCodeAt(at - 1) === NEWLINE;
  if (condition === END_LINE) return at === text.length || text.charCodeAt(at) === NEWLINE;
  return (isWord(text, at - 1) !== isWord(text, at)) === (condition === WORD_BOUNDARY);
}
