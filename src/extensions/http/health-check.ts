/** Answers health checks of this proxy, or lets them pass to the upstream and remembers its answer for a while. */
import { optionalMs } from "../../base/duration.ts";
import { defineExtension } from "../../contract/extension.ts";
import type { Env } from "../../contract/env.ts";
import { Continue, type HttpFilter, StopIteration, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { nameId } from "../../http/names.ts";
import { compileHeaderMatchers, type HeaderCondition } from "../../match/header-matcher.ts";
import type { HealthCheck } from "../../schema/generated/envoy/extensions/filters/http/health_check/v3.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

const TYPE = "envoy.extensions.filters.http.health_check.v3.HealthCheck";
const CHECKED_CLUSTER = nameId("x-envoy-upstream-healthchecked-cluster");
const DEGRADED = nameId("x-envoy-degraded");
const IMMEDIATE_FAIL = nameId("x-envoy-immediate-health-check-fail");

const SHAPE = statLayout({
  counters: ["cached_response", "degraded", "failed", "failed_cluster_empty", "failed_cluster_not_found", "failed_cluster_unhealthy", "ok", "request_total"],
});
const CACHED_RESPONSE = placeIn(SHAPE, "cached_response");
const DEGRADED_TOTAL = placeIn(SHAPE, "degraded");
const FAILED = placeIn(SHAPE, "failed");
const OK = placeIn(SHAPE, "ok");
const REQUEST_TOTAL = placeIn(SHAPE, "request_total");

interface HealthCheckPlan {
  readonly passThrough: boolean;
  /** ms; 0 = nothing is remembered. */
  readonly cacheMs: number;
  readonly conditions: readonly HeaderCondition[];
  /** `--service-cluster`. */
  readonly serviceCluster: string;
}

/** What the filters of one configuration share in a worker. */
interface Shared {
  readonly plan: HealthCheckPlan;
  readonly env: Env;
  readonly stats: StatBlock;
  /** The upstream's last answer, good until `until`. */
  readonly cache: { status: number; degraded: boolean; until: number };
}

class HealthCheckFilter implements HttpFilter {
  private readonly shared: Shared;
  private readonly handle: StreamHandle;
  private isCheck = false;
  private answers = false;

  constructor(shared: Shared, handle: StreamHandle) {
    this.shared = shared;
    this.handle = handle;
  }

  decodeHeaders(headers: HeaderBlock, endStream: boolean): Verdict {
    const { plan, env, cache } = this.shared;
    if (plan.conditions.every((condition) => condition.test(headers))) {
      this.isCheck = true;
      this.handle.info.healthCheck = true;
      this.answers = !plan.passThrough || env.healthCheckFailed() || env.clock.now() < cache.until;
    }
    return this.verdict(endStream);
  }

  decodeData(_data: Buffer, endStream: boolean): Verdict {
    return this.verdict(endStream);
  }

  decodeTrailers(): Verdict {
    return this.verdict(true);
  }

  encodeHeaders(headers: HeaderBlock): Verdict {
    const { plan, env, cache } = this.shared;
    if (this.isCheck) {
      if (plan.cacheMs > 0) this.remember(headers, cache);
      headers.set(CHECKED_CLUSTER, plan.serviceCluster);
    }
    if (env.healthCheckFailed()) headers.set(IMMEDIATE_FAIL, "true");
    return Continue;
  }

  private remember(headers: HeaderBlock, cache: Shared["cache"]): void {
    const now = this.shared.env.clock.now();
    cache.status = headers.status;
    cache.degraded = headers.has(DEGRADED);
    if (now >= cache.until) cache.until = now + this.shared.plan.cacheMs;
  }

  private verdict(complete: boolean): Verdict {
    if (!this.answers) return Continue;
    if (complete) this.answer();
    return StopIteration;
  }

  private answer(): void {
    const { stats, env, plan, cache } = this.shared;
    stats.inc(REQUEST_TOTAL);
    if (env.healthCheckFailed()) return this.reply(503, "health_check_failed", false);
    if (plan.cacheMs === 0) return this.reply(200, "health_check_ok", false);
    stats.inc(CACHED_RESPONSE);
    if (cache.degraded) stats.inc(DEGRADED_TOTAL);
    this.reply(cache.status, "health_check_cached", cache.degraded);
  }

  private reply(status: number, details: string, degraded: boolean): void {
    const ok = status >= 200 && status < 300;
    this.shared.stats.inc(ok ? OK : FAILED);
    if (!ok) this.handle.info.setFlag("LH");
    this.handle.localReply({ status, body: "", details, ...(degraded ? { modify: (headers: HeaderBlock) => headers.set(DEGRADED, "") } : {}) });
  }
}

export const healthCheck = defineExtension<"envoy.filters.http", HealthCheck>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.health_check",
  config: TYPE,
  offline: ({ pass_through_mode, cluster_min_healthy_percentages: clusters }) => pass_through_mode !== true && Object.keys(clusters ?? {}).length === 0,
  honours: { [TYPE]: ["pass_through_mode", "cache_time", "headers"] },
  compile(config, { diagnostics, statPrefix, surroundings }) {
    const plan: HealthCheckPlan = {
      passThrough: config.pass_through_mode === true, cacheMs: optionalMs(config.cache_time) ?? 0,
      conditions: compileHeaderMatchers(config.headers, diagnostics), serviceCluster: surroundings.serviceCluster,
    };
    return {
      open(env) {
        const shared: Shared = { plan, env, stats: env.stats.block(`${statPrefix}health_check.`, SHAPE), cache: { status: 200, degraded: false, until: 0 } };
        return (handle) => new HealthCheckFilter(shared, handle);
      },
    };
  },
});
