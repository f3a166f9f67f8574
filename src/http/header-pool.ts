import { HeaderBlock } from "./header-block.ts";
import type { BlockKind } from "./names.ts";

const KEPT = 256;
const free: HeaderBlock[] = [];

/** An empty block of that kind, reused where possible. Whoever ends the stream gives it back. */
export function takeHeaders(kind: BlockKind): HeaderBlock {
  const block = free.pop() ?? new HeaderBlock();
  block.reset(kind);
  block.pooled = false;
  return block;
}

/** Gives a block back: nobody may read it afterwards. Throws if it was given back before: two streams would share it. */
export function giveHeaders(block: HeaderBlock): void {
  if (block.pooled) throw new Error("a header block was given back twice");
  block.pooled = true;
  block.reset();
  if (free.length < KEPT) free.push(block);
}
