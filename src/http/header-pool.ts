import { HeaderBlock } from "./header-block.ts";
import type { BlockKind } from "./names.ts";

const KEPT = 256;
const free: HeaderBlock[] = [];

/** An empty block of that kind, reused where possible. Whoever ends the stream gives it back. */
export function takeHeaders(kind: BlockKind): HeaderBlock {
  const block = free.pop() ?? new HeaderBlock();
  block.reset(kind);
  return block;
}

/** Gives a block back: nobody may read it afterwards. */
export function giveHeaders(block: HeaderBlock): void {
  block.reset();
  if (free.length < KEPT) free.push(block);
}
