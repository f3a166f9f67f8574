/** Which hosts a retry stays away from: what extensions of category `envoy.retry_host_predicates` open to. */
import type { Host } from "./host.ts";

/** One request's predicate. */
export interface RetryHostPredicate {
  /** An attempt has been made at this host. */
  attempted(host: Host): void;
  /** Another host would be better. */
  rejects(host: Host): boolean;
}

/** Called once a request that may be retried. */
export type RetryHostPredicateFactory = () => RetryHostPredicate;
