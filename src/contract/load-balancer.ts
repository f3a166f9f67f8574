/** The face of every load balancing policy; its suite is test/contract/load-balancer.suite.ts. */
import type { Random } from "../platform/random.ts";
import type { Host } from "./host.ts";
import type { RuntimeView } from "./request-view.ts";

/** What a retry says of hosts; the cluster asks, not the policy. */
export interface HostRetry {
  /** How often the choice is repeated for a better host. */
  readonly hostAttempts: number;
  rejects(host: Host): boolean;
}

/** What a policy may look at when it chooses. */
export interface LbContext {
  /** The request's hash, when the route has a hash policy that yields one: worked out when it is first asked for. */
  readonly hash: bigint | null;
  /** Only for a retry. */
  readonly avoid?: HostRetry | null;
}

export interface LoadBalancer {
  /** The next host, or null when there is none. Costs no allocation. */
  choose(context: LbContext): Host | null;
  /** The hosts changed (or their health did). Called off the request path. */
  update(hosts: readonly Host[]): void;
}

export type LoadBalancerFactory = (random: Random, runtime: RuntimeView) => LoadBalancer;
