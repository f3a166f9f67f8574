/** The numbers of the runtime (docs: configuration/operations/runtime, statistics). */
import { placeIn, statLayout } from "../contract/stat-layout.ts";
import type { BlockSource, StatBlock } from "../stats/stat-block.ts";

const SHAPE = statLayout({
  counters: ["deprecated_feature_use", "load_error", "load_success", "override_dir_exists", "override_dir_not_exists"],
  gauges: ["admin_overrides_active", "deprecated_feature_seen_since_process_start", "num_keys", "num_layers"],
});

/** They are there where a layer is discovered. */
const UPDATES = statLayout({ counters: ["update_attempt", "update_failure", "update_rejected", "update_success"], gauges: [] });

/** One snapshot. */
export interface LoadedRuntime {
  readonly layers: number;
  readonly keys: number;
  /** A disk layer could not be read. */
  readonly failed: boolean;
  readonly severalDisks: boolean;
  readonly adminOverrides: boolean;
}

export class RuntimeStats {
  private readonly blocks: BlockSource;
  private readonly block: StatBlock;
  private updates: StatBlock | null = null;

  constructor(blocks: BlockSource) {
    this.blocks = blocks;
    this.block = blocks.block("runtime.", SHAPE);
  }

  loaded({ layers, keys, failed, severalDisks, adminOverrides }: LoadedRuntime): void {
    this.count(failed ? "load_error" : "load_success");
    this.count(severalDisks ? "override_dir_exists" : "override_dir_not_exists");
    this.block.set(placeIn(SHAPE, "num_layers"), layers);
    this.block.set(placeIn(SHAPE, "num_keys"), keys);
    this.block.set(placeIn(SHAPE, "admin_overrides_active"), adminOverrides ? 1 : 0);
  }

  updateAttempted(): void {
    this.countUpdate("update_attempt");
  }

  updateTaken(): void {
    this.countUpdate("update_success");
  }

  updateRejected(): void {
    this.countUpdate("update_rejected");
  }

  updateFailed(): void {
    this.countUpdate("update_failure");
  }

  private countUpdate(name: string): void {
    this.updates ??= this.blocks.block("runtime.", UPDATES);
    this.updates.inc(placeIn(UPDATES, name));
  }

  private count(name: string): void {
    this.block.inc(placeIn(SHAPE, name));
  }
}
