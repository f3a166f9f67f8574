/** The face of every load balancing policy; its suite is test/contract/load-balancer.suite.ts. */
import type { SocketAddress } from "../platform/address.ts";
import type { Clock } from "../platform/clock.ts";
import type { Random } from "../platform/random.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import type { Host } from "./host.ts";
import type { HostSets } from "./host-set.ts";
import type { RuntimeView } from "./request-view.ts";

/** What a retry says of hosts; the cluster asks, not the policy. */
export interface HostRetry {
  /** How often the choice is repeated for a better host. */
  readonly hostAttempts: number;
  rejects(host: Host): boolean;
  /** Priorities that the request has been at, where the retry prefers others; absent: no matter. */
  loadsFor?(loads: PriorityLoads, sets: HostSets): PriorityLoads;
}

/** Percent of the load by priority: for its healthy hosts, and for its degraded ones. They add up to 100. */
export interface PriorityLoads {
  readonly healthy: readonly number[];
  readonly degraded: readonly number[];
}

/** Values that a host's metadata under `envoy.lb` must have, by key in the order of the keys. */
export type MetadataCriteria = readonly (readonly [key: string, value: unknown])[];

/** The one host that a request is to go to. */
export interface OverrideHost {
  /** As it is printed: `10.0.0.1:80`. */
  readonly address: string;
  /** No other host will do. */
  readonly strict: boolean;
  /** Answered where it must be that host, and the cluster has none such. */
  readonly status: number;
  /** Set by the cluster: it has no host of this address. */
  missing: boolean;
}

/** What a policy may look at when it chooses. */
export interface LbContext {
  /** The cluster asks, not the policy. Null for retries. */
  readonly overrideHost?: OverrideHost | null;
  /** The request's hash, when the route has a hash policy that yields one: worked out when it is first asked for. */
  readonly hash: bigint | null;
  /** Only for a retry. */
  readonly avoid?: HostRetry | null;
  /** `metadata_match` of the route; null or absent: none. */
  readonly metadataMatch?: MetadataCriteria | null;
  /** A request header's value, where there is a request. */
  header?(name: string): string | null;
  /** Where the client's connection was meant for, where that was found out; null or absent: it was not. */
  readonly originalDestination?: SocketAddress | null;
  /** Dynamic metadata of the request. */
  readonly dynamicMetadata?: Readonly<Record<string, unknown>>;
}

/** Hears what hosts say of their load. */
export interface LoadReports {
  /** True: the headers, or trailers, held a report; a request has one at most. */
  hear(host: Host, headers: HeaderBlock): boolean;
}

export interface LoadBalancer {
  /** Absent: it does not ask. */
  readonly reports?: LoadReports | undefined;
  /** The next host, or null when there is none. Costs no allocation. `attempt`: so many hosts were refused before. */
  choose(context: LbContext, attempt?: number): Host | null;
  /** The hosts changed (or their health did). Called off the request path. */
  update(sets: HostSets): void;
  close?(): void;
}

/** What the hosts of the proxy's own kind look like: for zone aware routing. */
export interface LocalCluster {
  readonly name: string;
  /** Its hosts are now these. */
  publish(set: HostSets[number] | null): void;
  /** Its hosts at the first priority; null while it has none. */
  current(): HostSets[number] | null;
  /** Called when they change, until the returned function is called. */
  watch(changed: () => void): () => void;
}

/** What a policy is opened with. */
export interface BalancerGiven {
  readonly random: Random;
  readonly runtime: RuntimeView;
  readonly clock: Clock;
  /** The cluster's numbers (`CLUSTER_SHAPE`). */
  readonly stats: StatBlock;
  readonly local?: LocalCluster | null;
  /** False: another thread sets the gauges that are the same for all. */
  readonly leader?: boolean;
}

export type LoadBalancerFactory = (given: BalancerGiven) => LoadBalancer;
