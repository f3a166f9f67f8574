/** The router filter opened in a worker: makes a forwarder for each request and keeps what they share. */
import type { CompileContext } from "../contract/extension.ts";
import type { Env } from "../contract/env.ts";
import type { HttpFilterFactory } from "../contract/http-filter.ts";
import type { RetryPolicy } from "../schema/generated/envoy/config/route/v3.ts";
import type { Router } from "../schema/generated/envoy/extensions/filters/http/router/v3.ts";
import { AsyncClient } from "./async-client.ts";
import type { ForwardContext, RouterOptions } from "./forward-context.ts";
import { Forwarder } from "./forwarder.ts";
import { PredicateSource } from "./predicate-source.ts";
import { ROUTER_SHAPE } from "./router-stats.ts";
import { RequestTimers } from "./request-timers.ts";
import { ScopeSource } from "./scope-stats.ts";
import { compileStrictChecks } from "./strict-headers.ts";

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

function sharedOf(plan: RouterPlan, env: Env): Omit<ForwardContext, "async" | "stats"> {
  return {
    env,
    timers: new RequestTimers(env.clock),
    scopes: new ScopeSource(env.stats),
    predicates: new PredicateSource(plan.silent, env),
    suppressEnvoyHeaders: plan.suppressEnvoyHeaders,
    respectExpectedTimeout: plan.respectExpectedTimeout,
    strictChecks: plan.strictChecks,
  };
}

function clientFor(shared: Omit<ForwardContext, "async" | "stats">, retries?: RetryPolicy): AsyncClient {
  const { env } = shared;
  const client: AsyncClient = new AsyncClient(env, (handle) => new Forwarder(own, handle), retries);
  const own: ForwardContext = { ...shared, async: client, stats: env.stats.block("http.async-client.", ROUTER_SHAPE) };
  return client;
}

/** For requests that a filter makes itself. */
export function openAsyncClient(context: CompileContext, env: Env, retries?: RetryPolicy): AsyncClient {
  return clientFor(sharedOf(compileRouter({}, context), env), retries);
}

export function openRouter(plan: RouterPlan, env: Env): HttpFilterFactory {
  const shared = sharedOf(plan, env);
  const context: ForwardContext = { ...shared, async: clientFor(shared), stats: env.stats.block(plan.statPrefix, ROUTER_SHAPE) };
  return (handle) => new Forwarder(context, handle);
}
