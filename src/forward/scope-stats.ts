/**
 * The numbers of virtual clusters and of routes with a `stat_prefix`: `vhost.V.vcluster.C.upstream_rq_…`, `vhost.V.route.R.upstream_rq_…`
 * (docs: http_conn_man/route_config/vcluster_stats).
 */
import { placeIn, statLayout } from "../contract/stat-layout.ts";
import { HISTOGRAM } from "../stats/shape.ts";
import type { BlockSource, StatBlock } from "../stats/stat-block.ts";
import { CodeStats } from "../upstream/code-stats.ts";

const SCOPE_SHAPE = statLayout({
  counters: [
    "upstream_rq_retry", "upstream_rq_retry_limit_exceeded", "upstream_rq_retry_overflow", "upstream_rq_retry_success", "upstream_rq_timeout",
    "upstream_rq_total",
  ],
});
export const SCOPE_RETRY = placeIn(SCOPE_SHAPE, "upstream_rq_retry");
export const SCOPE_RETRY_LIMIT_EXCEEDED = placeIn(SCOPE_SHAPE, "upstream_rq_retry_limit_exceeded");
export const SCOPE_RETRY_OVERFLOW = placeIn(SCOPE_SHAPE, "upstream_rq_retry_overflow");
export const SCOPE_RETRY_SUCCESS = placeIn(SCOPE_SHAPE, "upstream_rq_retry_success");
export const SCOPE_TIMEOUT = placeIn(SCOPE_SHAPE, "upstream_rq_timeout");
export const SCOPE_TOTAL = placeIn(SCOPE_SHAPE, "upstream_rq_total");

export class ScopeStats {
  readonly block: StatBlock;
  readonly codes: CodeStats;

  constructor(block: StatBlock) {
    this.block = block;
    this.codes = new CodeStats(block, "");
  }

  recordTime(milliseconds: number): void {
    this.block.child("upstream_rq_time", HISTOGRAM).record(0, milliseconds);
  }
}

/** Most names of scopes kept: they come from configuration, which may change for as long as a process lives. */
const MOST = 10_000;

/** The scopes by name: they outlive the tables that name them, as counters do. */
export class ScopeSource {
  private readonly source: BlockSource;
  private readonly scopes = new Map<string, ScopeStats>();

  constructor(source: BlockSource) {
    this.source = source;
  }

  virtualCluster(host: string, name: string): ScopeStats {
    return this.scope(`vhost.${host}.vcluster.${name}.`);
  }

  route(host: string, statPrefix: string): ScopeStats {
    return this.scope(`vhost.${host}.route.${statPrefix}.`);
  }

  private scope(prefix: string): ScopeStats {
    let scope = this.scopes.get(prefix);
    if (scope !== undefined) return scope;
    scope = new ScopeStats(this.source.block(prefix, SCOPE_SHAPE));
    if (this.scopes.size < MOST) this.scopes.set(prefix, scope);
    return scope;
  }
}

export const NO_SCOPES: readonly ScopeStats[] = [];
