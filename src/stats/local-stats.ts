import type { StatShape } from "./shape.ts";
import type { BlockSource, StatBlock } from "./stat-block.ts";
import { StatRegistry } from "./stat-registry.ts";
import { StatStore } from "./stat-store.ts";

/** Statistics of one thread that is its own control: for tests, and for programs without workers. */
export class LocalStats implements BlockSource {
  readonly registry = new StatRegistry(0);
  readonly store = new StatStore(this.registry);

  block(prefix: string, shape: StatShape): StatBlock {
    return this.registry.own.block(prefix, shape);
  }

  close(block: StatBlock): void {
    this.registry.own.close(block);
  }

  /** The total by full name; 0 where there is none. */
  value(name: string): number {
    return this.store.value(name) ?? 0;
  }
}
