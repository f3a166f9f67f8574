/** Character classes as a pattern writes them: `[^a-z[:digit:]\pL]`, `\pL`, `\d`. */
import { perlGroup, posixGroup, unicodeGroup } from "./byte-groups.ts";
import { ByteSet } from "./byte-set.ts";
import type { Cursor } from "./cursor.ts";
import { readEscape } from "./escape.ts";
import { PatternFault } from "./pattern-fault.ts";

/** Adds a named class or its complement; a complement leaves out what the class would match with case ignored. */
function addGroup(to: ByteSet, group: ByteSet, negated: boolean, folds: boolean): void {
  const set = new ByteSet();
  for (const [low, high] of group.ranges()) set.addFolded(low, high, folds);
  if (negated) set.negate();
  to.addAll(set);
}

/** Reads `\d` and its like into a set; false if no such class stands here. */
export function readPerlClass(cursor: Cursor, to: ByteSet, folds: boolean): boolean {
  if (cursor.peek() !== "\\") return false;
  const letter = cursor.peek(1);
  const group = perlGroup(letter.toLowerCase());
  if (group === undefined) return false;
  cursor.skip(2);
  addGroup(to, group, letter < "a", folds);
  return true;
}

/** Reads `\pL`, `\p{Greek}`, `\PL` or `\p{^Greek}`; the cursor stands on it. */
export function readUnicodeClass(cursor: Cursor, to: ByteSet, folds: boolean): void {
  const start = cursor.at;
  let negated = cursor.peek(1) === "P";
  cursor.skip(2);
  let name = cursor.left === 0 ? "" : cursor.take();
  if (name === "{") name = bracedName(cursor, start);
  if (name.startsWith("^")) {
    negated = !negated;
    name = name.slice(1);
  }
  const group = unicodeGroup(name);
  if (group === undefined) throw new PatternFault("invalid character class range", cursor.since(start));
  addGroup(to, group, negated, folds);
}

function bracedName(cursor: Cursor, start: number): string {
  const end = cursor.text.indexOf("}", cursor.at);
  if (end < 0) throw new PatternFault("invalid character class range", cursor.text.slice(start));
  const name = cursor.text.slice(cursor.at, end);
  cursor.at = end + 1;
  return name;
}

/** Reads `[:alpha:]` or `[:^alpha:]`; false if there is no `:]` further on. */
function readPosixClass(cursor: Cursor, to: ByteSet, folds: boolean): boolean {
  if (!cursor.startsWith("[:")) return false;
  const end = cursor.text.indexOf(":]", cursor.at + 2);
  if (end < 0) return false;
  const start = cursor.at;
  const name = cursor.text.slice(start + 2, end);
  cursor.at = end + 2;
  const negated = name.startsWith("^");
  const group = posixGroup(negated ? name.slice(1) : name);
  if (group === undefined) throw new PatternFault("invalid character class range", cursor.since(start));
  addGroup(to, group, negated, folds);
  return true;
}

/** Reads a bracketed class; the cursor stands on its `[`. */
export function readBracketClass(cursor: Cursor, folds: boolean): ByteSet {
  const start = cursor.at;
  const set = new ByteSet();
  cursor.skip(1);
  const negated = cursor.peek() === "^";
  if (negated) cursor.skip(1);
  for (let first = true; cursor.left > 0 && (first || cursor.peek() !== "]"); first = false) readMember(cursor, start, set, folds);
  if (cursor.left === 0) throw missingBracket(cursor, start);
  cursor.skip(1);
  if (negated) set.negate();
  return set;
}

function missingBracket(cursor: Cursor, start: number): PatternFault {
  return new PatternFault("missing ]", cursor.text.slice(start));
}

function readMember(cursor: Cursor, start: number, set: ByteSet, folds: boolean): void {
  const more = cursor.left > 2;
  if (more && readPosixClass(cursor, set, folds)) return;
  if (more && cursor.peek() === "\\" && /^p$/i.test(cursor.peek(1))) readUnicodeClass(cursor, set, folds);
  else if (!readPerlClass(cursor, set, folds)) readRange(cursor, start, set, folds);
}

function readRange(cursor: Cursor, start: number, set: ByteSet, folds: boolean): void {
  const from = cursor.at;
  const low = readMemberCharacter(cursor, start);
  let high = low;
  if (cursor.left >= 2 && cursor.peek() === "-" && cursor.peek(1) !== "]") {
    cursor.skip(1);
    high = readMemberCharacter(cursor, start);
    if (high < low) throw new PatternFault("invalid character class range", cursor.since(from));
  }
  set.addFolded(low, high, folds);
}

function readMemberCharacter(cursor: Cursor, start: number): number {
  if (cursor.left === 0) throw missingBracket(cursor, start);
  return cursor.peek() === "\\" ? readEscape(cursor) : cursor.take().charCodeAt(0);
}
