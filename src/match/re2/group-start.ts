/** What a pattern has behind `(`: a group, its name, or flags. */
import { isGroupName } from "./byte-groups.ts";
import type { Cursor } from "./cursor.ts";
import { DOT_NEWLINE, FOLD_CASE, NON_GREEDY, ONE_LINE } from "./flags.ts";
import type { ParseStack } from "./parse-stack.ts";
import { PatternFault } from "./pattern-fault.ts";

const FLAGS: Readonly<Record<string, number>> = { i: FOLD_CASE, m: ONE_LINE, s: DOT_NEWLINE, U: NON_GREEDY };

/** Reads the beginning of a group, or flags in parentheses; the cursor stands on `(`. */
export function readGroupStart(cursor: Cursor, stack: ParseStack): void {
  if (!cursor.startsWith("(?")) {
    cursor.skip(1);
    stack.open("");
    return;
  }
  const { left } = cursor;
  const third = cursor.peek(2);
  const fourth = cursor.peek(3);
  if (left > 3 && (third === "=" || third === "!")) throw new PatternFault("invalid perl operator", `(?${third}`);
  if (left > 4 && third === "<" && (fourth === "=" || fourth === "!")) throw new PatternFault("invalid perl operator", `(?<${fourth}`);
  if ((left > 4 && third === "P" && fourth === "<") || (left > 3 && third === "<")) stack.open(readName(cursor, third === "P" ? 4 : 3));
  else readFlags(cursor, stack);
}

function readName(cursor: Cursor, begin: number): string {
  const start = cursor.at;
  const end = cursor.text.indexOf(">", start + begin);
  if (end < 0) throw new PatternFault("invalid named capture group", cursor.rest());
  const name = cursor.text.slice(start + begin, end);
  cursor.at = end + 1;
  if (!isGroupName(name)) throw new PatternFault("invalid named capture group", cursor.since(start));
  return name;
}

/** `(?i)`, `(?i-s)`, `(?:` or `(?i:`. */
function readFlags(cursor: Cursor, stack: ParseStack): void {
  const start = cursor.at;
  const refuse = (): PatternFault => new PatternFault("invalid perl operator", cursor.since(start));
  let { flags } = stack;
  let [negated, named] = [false, false];
  cursor.skip(2);
  for (;;) {
    if (cursor.left === 0) throw refuse();
    const c = cursor.take();
    if (c === ":" || c === ")") {
      if (negated && !named) throw refuse();
      if (c === ":") stack.open(undefined);
      stack.flags = flags;
      return;
    }
    if (c === "-" && !negated) [negated, named] = [true, false];
    else if (Object.hasOwn(FLAGS, c)) {
      named = true;
      flags = withFlag(flags, c, negated);
    } else throw refuse();
  }
}

/** `(?m)` takes the flag of one line away, the others add theirs. */
function withFlag(flags: number, letter: string, negated: boolean): number {
  const flag = FLAGS[letter] ?? 0;
  return negated === (letter === "m") ? flags | flag : flags & ~flag;
}
