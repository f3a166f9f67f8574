/**
 * How many connections a listener may have, and all listeners together, in the whole process: runtime keys that are read for each connection
 * (Envoy's `resource_limits`), and what a resource monitor says.
 */
import type { Env } from "../contract/env.ts";
import { placeIn, statLayout } from "../contract/stat-layout.ts";
import { runtimeInteger } from "../match/runtime-value.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import { L_CX_OVERFLOW, L_GLOBAL_CX_OVERFLOW, L_LIMIT } from "./manager-stats.ts";

/** Of all connections; in place of it the monitor's number stands under this key too. */
export const GLOBAL_KEY = "overload.global_downstream_max_connections";

const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const SHAPE = statLayout({ limits: ["connections"] });
const HELD = placeIn(SHAPE, "connections");
/** Not printed. */
const PREFIX = ".downstream.";

export class ConnectionLimits {
  private readonly key: string;
  private readonly env: Env;
  private readonly stats: StatBlock;
  /** Null: this listener's connections are not counted with the others. */
  private readonly all: StatBlock | null;

  /** `stats`: the listener's. */
  constructor(name: string, ignoresGlobal: boolean, stats: StatBlock, env: Env) {
    this.key = `envoy.resource_limits.listener.${name}.connection_limit`;
    this.env = env;
    this.stats = stats;
    this.all = ignoresGlobal ? null : env.stats.block(PREFIX, SHAPE);
  }

  /** Whether one more may come; then it is to be given back by {@link release}. One too many is counted. */
  admit(): boolean {
    const { runtime } = this.env;
    if (this.all !== null && !this.all.tryAcquire(HELD, runtimeInteger(runtime, GLOBAL_KEY, NO_LIMIT))) {
      this.stats.inc(L_GLOBAL_CX_OVERFLOW);
      return false;
    }
    if (this.stats.tryAcquire(L_LIMIT, runtimeInteger(runtime, this.key, NO_LIMIT))) return true;
    this.all?.release(HELD);
    this.stats.inc(L_CX_OVERFLOW);
    return false;
  }

  release(): void {
    this.all?.release(HELD);
    this.stats.release(L_LIMIT);
  }
}
