/** What is counted of a request: for its cluster, its host, its virtual cluster and its route (Envoy's CodeStats and the router's own). */
import type { Cluster } from "../contract/cluster.ts";
import type { Host } from "../contract/host.ts";
import { HISTOGRAM } from "../stats/shape.ts";
import {
  H_RQ_ERROR, RQ_RETRY, RQ_RETRY_EXPONENTIAL, RQ_RETRY_LIMIT_EXCEEDED, RQ_RETRY_OVERFLOW, RQ_RETRY_RATELIMITED, RQ_RETRY_SUCCESS,
} from "../upstream/cluster-stats.ts";
import { CodeStats } from "../upstream/code-stats.ts";
import { LimitExceeded, NoRetry, Overflow, type RetryStatus, type WaitKind } from "./retry-state.ts";
import { SCOPE_RETRY, SCOPE_RETRY_LIMIT_EXCEEDED, SCOPE_RETRY_OVERFLOW, SCOPE_RETRY_SUCCESS, type ScopeStats } from "./scope-stats.ts";

/** Whose numbers they are. */
export interface Counted {
  readonly cluster: Cluster;
  readonly scopes: readonly ScopeStats[];
  readonly internal: boolean;
  /** A health check of the proxy: it counts for its host alone. */
  readonly healthCheck: boolean;
  /** `x-envoy-upstream-alt-stat-name`: the cluster's numbers once more under this name; "" for none. */
  readonly altName: string;
}

export function is5xx(status: number): boolean {
  return status >= 500 && status < 600;
}

/** An answer of this status, the upstream's or one of our own in its place. `host`: where the request had got to. */
export function countStatus(counted: Counted, status: number, host: Host | null, canary: boolean): void {
  if (!counted.healthCheck) countCode(counted, status, canary);
  if (host !== null && is5xx(status)) host.stats.inc(H_RQ_ERROR);
}

function countCode({ cluster, scopes, internal, altName }: Counted, status: number, canary: boolean): void {
  cluster.chargeResponse(status, internal, canary);
  for (const scope of scopes) scope.codes.charge(status);
  if (altName !== "") countAlternative(cluster, altName, internal, status);
}

function countAlternative(cluster: Cluster, name: string, internal: boolean, status: number): void {
  new CodeStats(cluster.stats, `${name}.`).charge(status);
  new CodeStats(cluster.stats, `${name}.${internal ? "internal" : "external"}.`).charge(status);
}

/** A response that is whole, `milliseconds` after the request was. */
export function countTime({ cluster, scopes, internal, altName, healthCheck }: Counted, milliseconds: number, canary: boolean): void {
  if (healthCheck) return;
  cluster.chargeTime(milliseconds, internal, canary);
  for (const scope of scopes) scope.recordTime(milliseconds);
  if (altName === "") return;
  const { stats } = cluster;
  stats.child(`${altName}.upstream_rq_time`, HISTOGRAM).record(0, milliseconds);
  stats.child(`${altName}.${internal ? "internal" : "external"}.upstream_rq_time`, HISTOGRAM).record(0, milliseconds);
}

function countBoth({ cluster, scopes }: Counted, place: number, scopePlace: number): void {
  cluster.stats.inc(place);
  for (const scope of scopes) scope.block.inc(scopePlace);
}

/** An outcome that no retry follows. `isRetry`: it is that of a retry. */
export function countNoRetry(counted: Counted, status: RetryStatus, isRetry: boolean): void {
  if (status === LimitExceeded) countBoth(counted, RQ_RETRY_LIMIT_EXCEEDED, SCOPE_RETRY_LIMIT_EXCEEDED);
  else if (status === Overflow) countBoth(counted, RQ_RETRY_OVERFLOW, SCOPE_RETRY_OVERFLOW);
  else if (status === NoRetry && isRetry) countBoth(counted, RQ_RETRY_SUCCESS, SCOPE_RETRY_SUCCESS);
}

/** A retry that begins. */
export function countRetry(counted: Counted, waited: WaitKind): void {
  countBoth(counted, RQ_RETRY, SCOPE_RETRY);
  if (waited === "exponential") counted.cluster.stats.inc(RQ_RETRY_EXPONENTIAL);
  else if (waited === "ratelimited") counted.cluster.stats.inc(RQ_RETRY_RATELIMITED);
}
