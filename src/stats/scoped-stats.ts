import type { StatShape } from "./shape.ts";
import type { BlockSource, StatBlock } from "./stat-block.ts";

/** A source that remembers what it gave out, so that whoever is closed gives it all back at once. */
export class ScopedStats implements BlockSource {
  readonly #source: BlockSource;
  #given: StatBlock[] = [];

  constructor(source: BlockSource) {
    this.#source = source;
  }

  block(prefix: string, shape: StatShape): StatBlock {
    const block = this.#source.block(prefix, shape);
    this.#given.push(block);
    return block;
  }

  close(block: StatBlock): void {
    this.#given = this.#given.filter((given) => given !== block);
    this.#source.close(block);
  }

  closeAll(): void {
    for (const block of this.#given) block.close();
    this.#given = [];
  }
}
