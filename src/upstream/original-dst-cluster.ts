/** ORIGINAL_DST in a worker: hosts are made for the requests that want them, and go when none has for a while. */
import type { Env } from "../contract/env.ts";
import type { Host } from "../contract/host.ts";
import type { HostSpec } from "../contract/host-spec.ts";
import type { LbContext } from "../contract/load-balancer.ts";
import { formatAddress } from "../platform/address.ts";
import type { Timer } from "../platform/clock.ts";
import { LiveCluster } from "./cluster.ts";
import type { ClusterPlan } from "./cluster-plan.ts";
import { CX_NONE_HEALTHY, ORIGINAL_DST_INVALID } from "./cluster-stats.ts";
import type { LiveHost } from "./live-host.ts";
import { destinationOf } from "./original-destination.ts";

const PLAIN: Omit<HostSpec, "address"> = { hostname: "", weight: 1, priority: 0, locality: { region: "", zone: "", sub_zone: "" }, localityWeight: 0, flags: 0 };

export class OriginalDstCluster extends LiveCluster {
  private readonly made = new Map<string, LiveHost>();
  private readonly used = new Set<string>();
  private readonly cleanup: Timer;

  constructor(plan: ClusterPlan, env: Env) {
    super(plan, env);
    this.cleanup = env.clock.timer(() => this.sweep());
    this.cleanup.arm(plan.cleanupMs);
  }

  override chooseHost(context: LbContext): Host | null {
    const address = destinationOf(context, this.plan.destination, () => this.stats.inc(ORIGINAL_DST_INVALID));
    if (address === null) {
      this.stats.inc(CX_NONE_HEALTHY);
      return null;
    }
    const key = formatAddress(address);
    this.used.add(key);
    let host = this.made.get(key);
    if (host === undefined) this.made.set(key, (host = this.newHost({ ...PLAIN, address }, this.env.clock.now())));
    return host;
  }

  override close(): void {
    this.cleanup.cancel();
    for (const host of this.made.values()) this.retire(host);
    this.made.clear();
    super.close();
  }

  /** Hosts that nobody asked for since the last time. */
  private sweep(): void {
    for (const [key, host] of this.made) {
      if (this.used.has(key)) continue;
      this.made.delete(key);
      this.retire(host);
    }
    this.used.clear();
    this.cleanup.arm(this.plan.cleanupMs);
  }
}
