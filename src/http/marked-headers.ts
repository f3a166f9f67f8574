/** Sets of header names that are looked for together: one pass over a block's lines instead of one for each name. */
import type { HeaderBlock } from "./header-block.ts";

/** Names by their ids, as `hasMarked` takes them. They must be ids of this module's load time (constants of `names.ts`). */
export function markHeaders(ids: readonly number[]): Uint8Array {
  const marks = new Uint8Array(Math.max(...ids) + 1);
  for (const id of ids) marks[id] = 1;
  return marks;
}

/** Whether a block has a line with one of these names. */
export function hasMarked({ ids, lines }: HeaderBlock, marks: Uint8Array): boolean {
  for (let i = 0; i < lines; i++) if (marks[ids[i] as number] === 1) return true;
  return false;
}
