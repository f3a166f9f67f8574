/** The router filter opened in a worker: makes a forwarder for each request and keeps what they share. */
import type { CompileContext } from "../contract/extension.ts";
import type { Env } from "../contract/env.ts";
import type { HttpFilterFactory } from "../contract/http-filter.ts";
import type { Router } from "../schema/generated/envoy/extensions/filters/http/router/v3.ts";
import { AsyncClient } from "./async-client.ts";
import type { ForwardContext, RouterOptions } from "./forward-context.ts";
import { Forwarder } from "./forwarder.ts";
import { PredicateSource } from "./predicate-source.ts";
import { ROUTER_SHAPE } from "./router-stats.ts";
import { RequestTimers } from "./request-timers.ts";
import { ScopeSource } from "./scope-stats.ts";
import { compileStrictChecks } from "./strict-headers.ts";

/** Fields of routes and tables that take effect here. */
export const honours = {
  "envoy.config.route.v3.RouteAction": [
    "timeout", "idle_timeout", "max_stream_duration", "max_grpc_timeout", "grpc_timeout_offset", "auto_host_rewrite", "append_x_forwarded_host",
    "retry_policy", "hedge_policy", "request_mirror_policies",
  ],
  "envoy.config.route.v3.RouteAction.RequestMirrorPolicy": ["cluster", "cluster_header", "runtime_fraction", "disable_shadow_host_suffix_append", "host_rewrite_literal", "trace_sampled"],
  "envoy.config.route.v3.RouteAction.MaxStreamDuration": ["max_stream_duration"],
  "envoy.config.route.v3.RetryPolicy": [
    "retry_on", "num_retries", "per_try_timeout", "per_try_idle_timeout", "retry_host_predicate", "host_selection_retry_max_attempts",
    "retriable_status_codes", "retry_back_off", "rate_limited_retry_back_off", "retriable_headers", "retriable_request_headers",
  ],
  "envoy.config.route.v3.RetryPolicy.RetryHostPredicate": ["name", "typed_config"],
  "envoy.config.route.v3.RetryPolicy.RetryBackOff": ["base_interval", "max_interval"],
  "envoy.config.route.v3.RetryPolicy.RateLimitedRetryBackOff": ["reset_headers", "max_interval"],
  "envoy.config.route.v3.RetryPolicy.ResetHeader": ["name", "format"],
  "envoy.config.route.v3.HedgePolicy": ["hedge_on_per_try_timeout"],
  "envoy.config.route.v3.VirtualHost": [
    "include_request_attempt_count", "include_attempt_count_in_response", "include_is_timeout_retry_header", "retry_policy", "hedge_policy",
    "request_mirror_policies",
  ],
  "envoy.config.route.v3.RouteConfiguration": ["internal_only_headers", "request_mirror_policies"],
} as const;

export interface RouterPlan extends RouterOptions {
  readonly statPrefix: string;
  /** For what routes name by their own configuration: compiles silently. */
  readonly silent: CompileContext;
}

const SILENT = { report: (): void => undefined };

export function compileRouter(config: Router, context: CompileContext): RouterPlan {
  return {
    statPrefix: context.statPrefix,
    silent: { ...context, diagnostics: SILENT },
    suppressEnvoyHeaders: config.suppress_envoy_headers ?? false,
    respectExpectedTimeout: config.respect_expected_rq_timeout ?? false,
    strictChecks: compileStrictChecks(config.strict_check_headers ?? []),
  };
}

export function openRouter(plan: RouterPlan, env: Env): HttpFilterFactory {
  const shared = {
    env,
    timers: new RequestTimers(env.clock),
    scopes: new ScopeSource(env.stats),
    predicates: new PredicateSource(plan.silent, env),
    suppressEnvoyHeaders: plan.suppressEnvoyHeaders,
    respectExpectedTimeout: plan.respectExpectedTimeout,
    strictChecks: plan.strictChecks,
  };
  const async: AsyncClient = new AsyncClient(env, (handle) => new Forwarder(own, handle));
  const own: ForwardContext = { ...shared, async, stats: env.stats.block("http.async-client.", ROUTER_SHAPE) };
  const context: ForwardContext = { ...shared, async, stats: env.stats.block(plan.statPrefix, ROUTER_SHAPE) };
  return (handle) => new Forwarder(context, handle);
}
