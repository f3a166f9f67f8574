/** Bracketed classes of ECMAScript's grammar as libc++ reads them: `[]` is empty, and `[:alpha:]`, `[=a=]` and `[.hyphen.]` are known. */
import type { Cursor } from "../re2/cursor.ts";
import { isClassEscape, readEscape } from "./escape.ts";
import { StdRegexFault } from "./words.ts";

const CLASSES: ReadonlySet<string> = new Set(["alnum", "alpha", "blank", "cntrl", "d", "digit", "graph", "lower", "print", "punct", "s", "space", "upper", "w", "xdigit"]);
/** Characters by the names that POSIX gives them. */
const COLLATING: Readonly<Record<string, string>> = {
  "NUL": "\0", "alert": "\x07", "backspace": "\b", "tab": "\t", "newline": "\n", "vertical-tab": "\v", "form-feed": "\f", "carriage-return": "\r", "space": " ", "exclamation-mark": "!", "quotation-mark": '"', "number-sign": "#",
  "dollar-sign": "$", "percent-sign": "%", "ampersand": "&", "apostrophe": "'", "left-parenthesis": "(", "right-parenthesis": ")", "asterisk": "*", "plus-sign": "+", "comma": ",", "hyphen": "-", "hyphen-minus": "-", "period": ".", "full-stop": ".",
  "slash": "/", "solidus": "/", "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "colon": ":", "semicolon": ";", "less-than-sign": "<", "equals-sign": "=",
  "greater-than-sign": ">", "question-mark": "?", "commercial-at": "@", "left-square-bracket": "[", "backslash": "\\", "reverse-solidus": "\\", "right-square-bracket": "]", "circumflex": "^", "circumflex-accent": "^", "underscore": "_",
  "low-line": "_", "grave-accent": "`", "left-brace": "{", "left-curly-bracket": "{", "vertical-line": "|", "right-brace": "}", "right-curly-bracket": "}", "tilde": "~", "DEL": "\x7f",
};

/** Reads a class; the cursor stands on its `[`. */
export function readBrackets(cursor: Cursor): void {
  cursor.skip(1);
  if (cursor.peek() === "^") cursor.skip(1);
  while (cursor.left > 0 && cursor.peek() !== "]") readTerm(cursor);
  if (cursor.left === 0) throw new StdRegexFault("brackets");
  cursor.skip(1);
}

function readTerm(cursor: Cursor): void {
  if (cursor.startsWith("[:")) return readClass(cursor);
  if (cursor.startsWith("[=")) return void collatingElement(cursor, "=]");
  const low = readEnd(cursor);
  if (cursor.left < 2 || cursor.peek() !== "-" || cursor.peek(1) === "]") return;
  cursor.skip(1);
  const high = readEnd(cursor);
  if (low === undefined || high === undefined || low > high) throw new StdRegexFault("range");
}

/** One end of a range: a character's code, undefined for a class like `\d`. */
function readEnd(cursor: Cursor): number | undefined {
  if (cursor.startsWith("[.")) return collatingElement(cursor, ".]").charCodeAt(0);
  if (cursor.peek() !== "\\") return cursor.take().charCodeAt(0);
  const letter = cursor.peek(1);
  if (isClassEscape(letter)) {
    cursor.skip(2);
    return undefined;
  }
  if (letter !== "b") return readEscape(cursor);
  cursor.skip(2);
  return 8;
}

function readClass(cursor: Cursor): void {
  if (!CLASSES.has(nameUpTo(cursor, ":]").toLowerCase())) throw new StdRegexFault("character");
}

function collatingElement(cursor: Cursor, end: string): string {
  const name = nameUpTo(cursor, end);
  const character = name.length === 1 ? name : Object.hasOwn(COLLATING, name) ? COLLATING[name] : undefined;
  if (character === undefined) throw new StdRegexFault("collating");
  return character;
}

/** The name behind `[:`, `[=` or `[.`. */
function nameUpTo(cursor: Cursor, end: string): string {
  const from = cursor.at + 2;
  const to = cursor.text.indexOf(end, from);
  if (to < 0) throw new StdRegexFault("brackets");
  cursor.at = to + 2;
  return cursor.text.slice(from, to);
}
