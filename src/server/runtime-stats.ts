/** The numbers of the runtime (docs: configuration/operations/runtime, statistics). */
import { placeIn, statLayout } from "../contract/stat-layout.ts";
import type { BlockSource, StatBlock } from "../stats/stat-block.ts";
import { PLAIN_UPDATES, type Update, type Versions } from "./subscription-stats.ts";

const SHAPE = statLayout({
  counters: ["deprecated_feature_use", "load_error", "load_success", "override_dir_exists", "override_dir_not_exists"],
  gauges: ["admin_overrides_active", "deprecated_feature_seen_since_process_start", "num_keys", "num_layers"],
});

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
  private readonly versions: Versions;
  /** It is there where a layer is discovered. */
  private updates: StatBlock | null = null;

  constructor(blocks: BlockSource, versions: Versions) {
    this.blocks = blocks;
    this.versions = versions;
    this.block = blocks.block("runtime.", SHAPE);
  }

  loaded({ layers, keys, failed, severalDisks, adminOverrides }: LoadedRuntime): void {
    this.count(failed ? "load_error" : "load_success");
    this.count(severalDisks ? "override_dir_exists" : "override_dir_not_exists");
    this.block.set(placeIn(SHAPE, "num_layers"), layers);
    this.block.set(placeIn(SHAPE, "num_keys"), keys);
    this.block.set(placeIn(SHAPE, "admin_overrides_active"), adminOverrides ? 1 : 0);
  }

  /** A look at the file of a layer. */
  updated(update: Update): void {
    if (this.updates === null) this.versions.begin((this.updates = this.blocks.block("runtime.", PLAIN_UPDATES)));
    this.versions.count(this.updates, update);
  }

  private count(name: string): void {
    this.block.inc(placeIn(SHAPE, name));
  }
}
