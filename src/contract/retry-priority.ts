/** Which priorities a retry prefers: what extensions of category `envoy.retry_priorities` open to. */
import type { Host } from "./host.ts";
import type { HostSets } from "./host-set.ts";
import type { PriorityLoads } from "./load-balancer.ts";

/** One request's. */
export interface RetryPriority {
  /** An attempt has been made at this host. */
  attempted(host: Host): void;
  /** The loads for the next attempt; those given are what they would be without it. */
  loads(loads: PriorityLoads, sets: HostSets): PriorityLoads;
}

/** Called once a request that may be retried. */
export type RetryPriorityFactory = () => RetryPriority;
