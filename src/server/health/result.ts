/** What one check of one host found, and what all of them say together. */

/** `unknown`: not checked, because that is not done here yet. `skipped`: nothing to check, and no reproach. */
export type Status = "healthy" | "degraded" | "unhealthy" | "unknown" | "skipped";

export interface Result {
  readonly cluster: string;
  /** As configured; "" for a cluster without hosts. */
  readonly host: string;
  /** What was dialed; "" if nothing was. */
  readonly address: string;
  readonly status: Status;
  /** The kind of check: `http /healthz`, `tcp connect`. */
  readonly check: string;
  /** From dialing to the verdict, ms; null where nothing was dialed. */
  readonly latencyMs: number | null;
  /** Why it is not healthy, or what else is worth knowing. */
  readonly reason: string;
  /** Asking again cannot change it. */
  readonly lasting: boolean;
}

export interface Verdict {
  readonly healthy: boolean;
  /** Hosts that count: all but the skipped. */
  readonly hosts: number;
  readonly healthyHosts: number;
  /** Clusters that fall short, in order. */
  readonly failing: readonly string[];
}

/** Each cluster must have `percent` of its hosts healthy (degraded ones are). */
export function judge(results: readonly Result[], percent: number): Verdict {
  const clusters = new Map<string, { all: number; fit: number }>();
  for (const { cluster, status } of results) {
    if (status === "skipped") continue;
    const counts = clusters.get(cluster) ?? { all: 0, fit: 0 };
    counts.all++;
    if (status === "healthy" || status === "degraded") counts.fit++;
    clusters.set(cluster, counts);
  }
  const failing = [...clusters].filter(([, { all, fit }]) => fit * 100 < all * percent).map(([name]) => name);
  const sum = (key: "all" | "fit"): number => [...clusters.values()].reduce((total, counts) => total + counts[key], 0);
  return { healthy: failing.length === 0, hosts: sum("all"), healthyHosts: sum("fit"), failing };
}
