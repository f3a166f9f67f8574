/** Lets so many connections in at a time, in the whole process; others are closed, at once or after a while. */
import { optionalMs } from "../../base/duration.ts";
import { defineExtension } from "../../contract/extension.ts";
import type { Env } from "../../contract/env.ts";
import { Hold, type NetworkFilter, type NetworkHandle, type NetworkVerdict, PassForGood } from "../../contract/network-filter.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import { runtimeFlag } from "../../match/runtime-value.ts";
import type { Timer } from "../../platform/clock.ts";
import type { ConnectionLimit } from "../../schema/generated/envoy/extensions/filters/network/connection_limit/v3.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

const CONFIG = "envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit";
const SHAPE = statLayout({ counters: ["limited_connections"], gauges: ["active_connections"] });
const LIMITED = placeIn(SHAPE, "limited_connections");
const ACTIVE = placeIn(SHAPE, "active_connections");
/** Counted for each configuration by itself, whoever shares its statistics. */
const EXACT = statLayout({ limits: ["connections"] });
const HELD = placeIn(EXACT, "connections");

/** What the filters of one configuration share in a worker. */
interface Shared {
  readonly config: ConnectionLimit;
  readonly most: number;
  readonly delayMs: number;
  readonly stats: StatBlock;
  readonly exact: StatBlock;
  readonly env: Env;
}

class LimitFilter implements NetworkFilter {
  private readonly shared: Shared;
  private readonly handle: NetworkHandle;
  private counted = false;
  private timer: Timer | null = null;

  constructor(shared: Shared, handle: NetworkHandle) {
    this.shared = shared;
    this.handle = handle;
  }

  onNewConnection(): NetworkVerdict {
    const { config, stats, exact, most, delayMs, env } = this.shared;
    if (!runtimeFlag(env.runtime, config.runtime_enabled, true)) return PassForGood;
    this.counted = true;
    stats.add(ACTIVE, 1);
    if (exact.tryAcquire(HELD, most)) return PassForGood;
    // one that is turned away counts until it is gone
    exact.acquire(HELD);
    stats.inc(LIMITED);
    if (delayMs > 0) this.timer = env.clock.after(delayMs, () => this.close());
    else this.close();
    return Hold;
  }

  /** Of one that is turned away. */
  onData(): NetworkVerdict {
    return Hold;
  }

  onClose(): void {
    this.timer?.cancel();
    if (!this.counted) return;
    this.shared.exact.release(HELD);
    this.shared.stats.sub(ACTIVE, 1);
  }

  private close(): void {
    this.handle.close("over_connection_limit");
  }
}

export const connectionLimit = defineExtension<"envoy.filters.network", ConnectionLimit>({
  category: "envoy.filters.network",
  name: "envoy.filters.network.connection_limit",
  config: CONFIG,
  honours: { [CONFIG]: ["stat_prefix", "max_connections", "delay", "runtime_enabled"], "envoy.config.core.v3.RuntimeFeatureFlag": ["default_value", "runtime_key"] },
  compile: (config, { surroundings }) => ({
    open(env) {
      const prefix = `connection_limit.${config.stat_prefix ?? ""}.`;
      const stats = env.stats.block(prefix, SHAPE);
      const exact = env.stats.block(`.${surroundings.listenerPrefix}${prefix}`, EXACT);
      const shared: Shared = { config, most: Number(config.max_connections ?? 0), delayMs: optionalMs(config.delay) ?? 0, stats, exact, env };
      return { kind: "filter", create: (handle) => new LimitFilter(shared, handle) };
    },
  }),
});
