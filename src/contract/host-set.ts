/** The hosts of a cluster in the order of their priorities, sorted by health and locality (Envoy's HostSet and HostsPerLocality). */
import type { Host, Locality } from "./host.ts";

/** The hosts of one locality at one priority. */
export interface LocalityHosts {
  readonly locality: Locality;
  /** `load_balancing_weight`; 0 where it has none. */
  readonly weight: number;
  readonly hosts: readonly Host[];
  readonly healthy: readonly Host[];
  readonly degraded: readonly Host[];
  /** How many count neither as up nor as down. */
  readonly excluded: number;
}

export interface HostSet {
  readonly priority: number;
  readonly hosts: readonly Host[];
  readonly healthy: readonly Host[];
  readonly degraded: readonly Host[];
  readonly excluded: readonly Host[];
  /** The proxy's own locality first if it has hosts, the others in the order of their names. */
  readonly localities: readonly LocalityHosts[];
  /** The first locality is the proxy's own. */
  readonly hasLocal: boolean;
  /** Percent. */
  readonly overprovisioning: number;
  readonly weighted: boolean;
}

/** By priority; at least one. */
export type HostSets = readonly HostSet[];
