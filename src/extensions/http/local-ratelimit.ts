/** Limits the rate of requests by token buckets of this process, which all its workers share. */
import { xxHash64 } from "../../base/xxhash64.ts";
import { toWire } from "../../base/wire-text.ts";
import { type CompileContext, defineExtension } from "../../contract/extension.ts";
import type { Env } from "../../contract/env.ts";
import { Continue, type HttpFilter, StopIteration, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import { RequestSubject } from "../../downstream/request-subject.ts";
import { NO_LIMIT_RULES, RouteLimits } from "../../downstream/route-limits.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { nameId } from "../../http/names.ts";
import { cellsOf, Limiter, type LimiterPlan, type Outcome, planLimiter } from "../../match/rate-limit/limiter.ts";
import { compileRateLimit, type Descriptor, honours as rateLimit, type RateLimitRule } from "../../match/rate-limit/rate-limit.ts";
import { draws, type Share, shareOf } from "../../match/runtime-value.ts";
import { compileHeaderMutations, type HeaderMutations } from "../../router/header-mutations.ts";
import { choiceOf, placeOfFilterConfig } from "../../router/route.ts";
import type { VhRateLimitsOptions } from "../../schema/generated/envoy/extensions/common/ratelimit/v3.ts";
import type { LocalRateLimit } from "../../schema/generated/envoy/extensions/filters/http/local_ratelimit/v3.ts";
import { V3 } from "../../schema/table.ts";
import { OwnCell, SharedCell } from "../../stats/rate-bucket.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

const TYPE = "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit";
const COMMON = "envoy.extensions.common.ratelimit.v3";
const SHAPE = statLayout({ counters: ["enabled", "enforced", "rate_limited", "ok", "shadow_mode"] });
const ENABLED = placeIn(SHAPE, "enabled");
const ENFORCED = placeIn(SHAPE, "enforced");
const RATE_LIMITED = placeIn(SHAPE, "rate_limited");
const OK = placeIn(SHAPE, "ok");
const SHADOW_MODE = placeIn(SHAPE, "shadow_mode");
const LIMIT = nameId("x-ratelimit-limit");
const REMAINING = nameId("x-ratelimit-remaining");
const RESET = nameId("x-ratelimit-reset");
const RETRY_AFTER = nameId("retry-after");
/** So that times of all threads fit into a cell: milliseconds since the epoch, from here on. */
const BEGINNING = Date.UTC(2026, 0, 1) - 86_400_000;
/** gRPC's RESOURCE_EXHAUSTED. */
const EXHAUSTED = 8;

interface LimitPlan {
  readonly message: LocalRateLimit;
  readonly limiter: LimiterPlan;
  readonly enabled: Share | null;
  readonly enforced: Share | null;
  readonly status: number;
  readonly replyHeaders: HeaderMutations;
  readonly requestHeaders: HeaderMutations;
  readonly stage: number;
  /** The filter's own; with them those of routes do not count. */
  readonly rules: readonly RateLimitRule[];
  readonly hostRules: VhRateLimitsOptions;
  readonly perConnection: boolean;
  readonly tells: boolean;
  readonly tellsRetry: boolean;
  readonly grpcStatus: number | undefined;
}

function compileLimits(config: LocalRateLimit, { diagnostics, surroundings }: CompileContext): LimitPlan {
  const code = statusOf(config);
  return {
    message: config, limiter: planLimiter(config), enabled: shareOf(config.filter_enabled), enforced: shareOf(config.filter_enforced), status: code >= 400 ? code : 429,
    replyHeaders: compileHeaderMutations({ at: config, remove: undefined, removeKey: "", add: config.response_headers_to_add }, diagnostics),
    requestHeaders: compileHeaderMutations({ at: config, remove: undefined, removeKey: "", add: config.request_headers_to_add_when_not_enforced }, diagnostics),
    stage: config.stage ?? 0, rules: (config.rate_limits ?? []).map((rule) => compileRateLimit(rule, surroundings.serviceCluster, diagnostics)), hostRules: config.vh_rate_limits ?? "OVERRIDE",
    perConnection: config.local_rate_limit_per_downstream_connection === true, tells: config.enable_x_ratelimit_headers === "DRAFT_VERSION_03",
    tellsRetry: config.enable_retry_after_header === true, grpcStatus: config.rate_limited_as_resource_exhausted === true ? EXHAUSTED : undefined,
  };
}

function statusOf({ status }: LocalRateLimit): number {
  const code: unknown = status?.code;
  return typeof code === "number" ? code : (V3.enumeration("envoy.type.v3.StatusCode")?.byName.get(String(code)) ?? 0);
}

/** What the filters of one configuration share in a worker. */
class Shared {
  readonly plan: LimitPlan;
  readonly env: Env;
  readonly routeLimits: RouteLimits;
  private readonly place: string;
  private readonly limiters = new WeakMap<LimitPlan, Limiter>();
  private readonly connections = new WeakMap<object, Limiter>();
  private readonly blocks = new Map<string, StatBlock>();
  private readonly epoch: number;

  constructor(plan: LimitPlan, env: Env, place: string, serviceCluster: string) {
    this.plan = plan;
    this.env = env;
    this.place = place;
    this.routeLimits = new RouteLimits(serviceCluster);
    this.epoch = env.clock.wall() - env.clock.now() - BEGINNING;
  }

  /** The same moment is the same number in all workers. */
  get now(): number {
    return Math.max(1, this.env.clock.now() + this.epoch);
  }

  statsOf({ message }: LimitPlan): StatBlock {
    const prefix = `${toWire(message.stat_prefix ?? "")}.http_local_rate_limit.`;
    const block = this.blocks.get(prefix) ?? this.env.stats.block(prefix, SHAPE);
    this.blocks.set(prefix, block);
    return block;
  }

  limiterOf(plan: LimitPlan, handle: StreamHandle): Limiter {
    if (plan.perConnection) return this.ofConnection(plan, handle.info.downstream);
    const known = this.limiters.get(plan);
    if (known !== undefined) return known;
    const shape = statLayout({ cells: Array.from({ length: cellsOf(plan.limiter) }, (_, i) => `bucket ${i}`) });
    const place = plan === this.plan ? "" : placeOfFilterConfig(choiceOf(handle.route()), handle.name, plan.message);
    const block = this.env.stats.block(`${this.place}${place} ${xxHash64(JSON.stringify(plan.message))}`, shape);
    const limiter = new Limiter(plan.limiter, (i) => new SharedCell(block, i));
    this.limiters.set(plan, limiter);
    return limiter;
  }

  private ofConnection(plan: LimitPlan, connection: object): Limiter {
    const limiter = this.connections.get(connection) ?? new Limiter(plan.limiter, () => new OwnCell());
    this.connections.set(connection, limiter);
    return limiter;
  }

  draws(share: Share | null): boolean {
    return share !== null && draws(share.key, share.fraction, this.env.runtime, this.env.random);
  }
}

const NO_DESCRIPTORS: readonly Descriptor[] = [];

class LocalRateLimitFilter implements HttpFilter {
  private readonly shared: Shared;
  private readonly handle: StreamHandle;
  private plan: LimitPlan;
  private outcome: Outcome | null = null;

  constructor(shared: Shared, handle: StreamHandle) {
    this.shared = shared;
    this.handle = handle;
    this.plan = shared.plan;
  }

  decodeHeaders(headers: HeaderBlock): Verdict {
    const { shared, handle } = this;
    const plan = (this.plan = (handle.routeConfig() as LimitPlan | null) ?? this.plan);
    if (!shared.draws(plan.enabled)) return Continue;
    const stats = shared.statsOf(plan);
    stats.inc(ENABLED);
    const outcome = (this.outcome = shared.limiterOf(plan, handle).ask(this.descriptors(plan), shared.now));
    if (outcome.allowed) {
      stats.inc(OK);
      return Continue;
    }
    stats.inc(RATE_LIMITED);
    if (outcome.bucket?.shadow === true) {
      stats.inc(SHADOW_MODE);
      return Continue;
    }
    if (shared.draws(plan.enforced)) return this.refuse(stats);
    if (!plan.requestHeaders.isEmpty) plan.requestHeaders.apply(headers, new RequestSubject(handle, shared.env).facts);
    return Continue;
  }

  encodeHeaders(headers: HeaderBlock): Verdict {
    const bucket = this.outcome?.bucket?.bucket;
    const asked = this.outcome?.headers ?? "UNSPECIFIED";
    if (bucket === undefined || !(asked === "UNSPECIFIED" ? this.plan.tells : asked === "DRAFT_VERSION_03")) return Continue;
    const { now } = this.shared;
    headers.add(LIMIT, String(bucket.max));
    headers.add(REMAINING, String(bucket.remaining(now)));
    headers.add(RESET, String(Math.ceil(bucket.untilNext(now) / 1000)));
    return Continue;
  }

  private refuse(stats: StatBlock): Verdict {
    const { plan, handle, shared } = this;
    stats.inc(ENFORCED);
    handle.info.setFlag("RL");
    handle.localReply({
      status: plan.status, body: "local_rate_limited", details: "local_rate_limited", ...(plan.grpcStatus === undefined ? {} : { grpcStatus: plan.grpcStatus }),
      modify: (reply) => {
        const bucket = this.outcome?.bucket?.bucket;
        if (plan.tellsRetry && bucket !== undefined) reply.set(RETRY_AFTER, String(Math.ceil(bucket.untilNext(shared.now) / 1000)));
        if (!plan.replyHeaders.isEmpty) plan.replyHeaders.apply(reply, new RequestSubject(handle, shared.env, reply).facts);
      },
    });
    return StopIteration;
  }

  private descriptors(plan: LimitPlan): readonly Descriptor[] {
    const { exact, open } = plan.limiter;
    if (exact.length === 0 && open.length === 0) return NO_DESCRIPTORS;
    const { shared, handle } = this;
    const rules = plan.rules.length > 0 ? plan.rules : (shared.routeLimits.of(choiceOf(handle.route()), plan.hostRules) ?? NO_LIMIT_RULES).filter((rule) => rule.stage === plan.stage && rule.disableKey === "");
    const subject = new RequestSubject(handle, shared.env);
    return rules.map((rule) => rule.descriptor(subject)).filter((descriptor) => descriptor !== null);
  }
}

export const localRateLimit = defineExtension<"envoy.filters.http", LocalRateLimit, LocalRateLimit>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.local_ratelimit",
  config: TYPE,
  honours: {
    [TYPE]: [
      "stat_prefix", "status", "token_bucket", "filter_enabled", "filter_enforced", "request_headers_to_add_when_not_enforced", "response_headers_to_add", "descriptors", "stage",
      "local_rate_limit_per_downstream_connection", "enable_x_ratelimit_headers", "vh_rate_limits", "always_consume_default_token_bucket", "rate_limited_as_resource_exhausted", "rate_limits",
      "max_dynamic_descriptors", "enable_retry_after_header",
    ],
    "envoy.type.v3.HttpStatus": ["code"], "envoy.type.v3.TokenBucket": ["max_tokens", "tokens_per_fill", "fill_interval"],
    [`${COMMON}.LocalRateLimitDescriptor`]: ["entries", "token_bucket", "shadow_mode"], [`${COMMON}.RateLimitDescriptor.Entry`]: ["key", "value"],
    "envoy.config.route.v3.RouteAction": ["rate_limits", "include_vh_rate_limits"], "envoy.config.route.v3.VirtualHost": ["rate_limits"], ...rateLimit,
  },
  compile(config, context) {
    const plan = compileLimits(config, context);
    const place = `local_ratelimit ${context.surroundings.listenerPrefix}${context.statPrefix} `;
    return {
      open(env) {
        const shared = new Shared(plan, env, place, context.surroundings.serviceCluster);
        shared.statsOf(plan);
        return (handle) => new LocalRateLimitFilter(shared, handle);
      },
    };
  },
  routeType: TYPE,
  compileRoute: (config, context): LimitPlan => compileLimits(config, context),
});
