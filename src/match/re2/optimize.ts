/** Shortens a program's ways, in place. */
import { ALT, ALT_MATCH, BYTES, CAPTURE, MATCH, NOP } from "./program.ts";

const ANY_BYTE = (0 << 9) | (0xff << 1);

/** Ways lead past instructions that do nothing; a loop over any byte in front of the match becomes the instruction for it. */
export function withoutNops(op: number[], out: number[], arg: number[], start: number): void {
  const beyond = (from: number): number => {
    let id = from;
    while (id !== 0 && op[id] === NOP) id = out[id] ?? 0;
    return id;
  };
  eachReached(op, out, arg, start, (id) => {
    out[id] = beyond(out[id] ?? 0);
    if (op[id] === ALT) arg[id] = beyond(arg[id] ?? 0);
  });
  eachReached(op, out, arg, start, (id) => {
    const [first, second] = [out[id] ?? 0, arg[id] ?? 0];
    const loops = (one: number): boolean => op[one] === BYTES && out[one] === id && ((arg[one] ?? 0) & ~1) === ANY_BYTE;
    if (op[id] === ALT && ((loops(first) && isMatch(op, out, second)) || (loops(second) && isMatch(op, out, first)))) op[id] = ALT_MATCH;
  });
}

/** Visits what can be reached, in the order in which it is found. */
function eachReached(op: readonly number[], out: readonly number[], arg: readonly number[], start: number, visit: (id: number) => void): void {
  const seen = new Uint8Array(op.length);
  const queue: number[] = [];
  const add = (id: number): void => {
    if (id === 0 || seen[id] === 1) return;
    seen[id] = 1;
    queue.push(id);
  };
  add(start);
  for (let i = 0; i < queue.length; i++) {
    const id = queue[i] as number;
    visit(id);
    add(out[id] as number);
    if (op[id] === ALT || op[id] === ALT_MATCH) add(arg[id] as number);
  }
}

function isMatch(op: readonly number[], out: readonly number[], from: number): boolean {
  let id = from;
  while (op[id] === CAPTURE || op[id] === NOP) id = out[id] ?? 0;
  return op[id] === MATCH;
}
