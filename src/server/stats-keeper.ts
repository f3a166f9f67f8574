/** Keeps control's own numbers: measures now and then, and ends the intervals of histograms. */
import type { Clock, Timer } from "../platform/clock.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import { versionNumbers } from "./admin-node.ts";
import type { AdminState } from "./admin-state.ts";
import { downstreamConnections } from "./live-listeners.ts";
import { ServerStats } from "./server-stats.ts";
import { statsConfig } from "./stats-config.ts";

export class StatsKeeper {
  readonly numbers: ServerStats;
  private readonly state: AdminState;
  private readonly clock: Clock;
  private timer: Timer | null = null;

  constructor(state: AdminState, clock: Clock) {
    this.state = state;
    this.clock = clock;
    this.numbers = new ServerStats(state.blocks);
  }

  /** Begins to flush, every `stats_flush_interval` of the bootstrap. */
  begin(bootstrapText: string): void {
    const bootstrap = JSON.parse(bootstrapText) as Bootstrap;
    this.numbers.version(versionNumber(bootstrap, this.state.build.version));
    const { flushMs } = statsConfig(bootstrap, this.state.options.statsTags);
    const timer = this.clock.timer(() => {
      this.measure();
      this.state.stats.flush();
      timer.arm(flushMs);
    });
    timer.arm(flushMs);
    this.timer = timer;
  }

  measure(): void {
    const { state } = this;
    const { used, reserved } = state.heap();
    this.numbers.measured({
      state: state.state(), concurrency: state.workers, uptimeMs: state.uptimeMs(), heapUsed: used, heapReserved: reserved, resident: state.residentBytes(),
      connections: downstreamConnections(state),
    });
  }

  close(): void {
    this.timer?.cancel();
  }
}

/** Envoy makes it from its commit; here `1.2.3` is 1002003. */
function versionNumber(bootstrap: Bootstrap, version: string): number {
  const { major_number: major, minor_number: minor, patch } = versionNumbers(version);
  return Number(bootstrap.stats_server_version_override ?? major * 1_000_000 + minor * 1_000 + patch);
}
