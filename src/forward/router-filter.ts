/** The router filter opened in a worker: makes a forwarder for each request and keeps what they share. */
import type { Cluster } from "../contract/cluster.ts";
import type { Env } from "../contract/env.ts";
import type { Host } from "../contract/host.ts";
import type { HttpFilterFactory } from "../contract/http-filter.ts";
import type { Router } from "../schema/generated/envoy/extensions/filters/http/router/v3.ts";
import { EXTERNAL_RQ_TIME, H_RQ_ERROR, H_RQ_SUCCESS, H_RQ_TIMEOUT, RQ_TIME, RQ_TIMEOUT } from "../upstream/cluster-stats.ts";
import { Forwarder, type ForwardContext } from "./forwarder.ts";
import { ROUTER_SHAPE } from "./router-stats.ts";

/** Fields of routes and tables that take effect here. */
export const honours = {
  "envoy.config.route.v3.RouteAction": ["timeout", "idle_timeout", "max_stream_duration", "max_grpc_timeout", "grpc_timeout_offset", "auto_host_rewrite", "append_x_forwarded_host"],
  "envoy.config.route.v3.RouteAction.MaxStreamDuration": ["max_stream_duration"],
  "envoy.config.route.v3.VirtualHost": ["include_request_attempt_count", "include_attempt_count_in_response"],
  "envoy.config.route.v3.RouteConfiguration": ["internal_only_headers"],
} as const;

export interface RouterPlan {
  readonly statPrefix: string;
  readonly suppressEnvoyHeaders: boolean;
  readonly respectExpectedTimeout: boolean;
}

export function compileRouter(config: Router, statPrefix: string): RouterPlan {
  return {
    statPrefix,
    suppressEnvoyHeaders: config.suppress_envoy_headers ?? false,
    respectExpectedTimeout: config.respect_expected_rq_timeout ?? false,
  };
}

export function openRouter(plan: RouterPlan, env: Env): HttpFilterFactory {
  const context: ForwardContext = {
    env,
    stats: env.stats.block(plan.statPrefix, ROUTER_SHAPE),
    suppressEnvoyHeaders: plan.suppressEnvoyHeaders,
    respectExpectedTimeout: plan.respectExpectedTimeout,
    onResponse(cluster: Cluster, host: Host, status: number, milliseconds: number, internal: boolean): void {
      cluster.chargeResponse(status, internal);
      cluster.stats.record(RQ_TIME, milliseconds);
      if (!internal) cluster.stats.record(EXTERNAL_RQ_TIME, milliseconds);
      host.stats.inc(status >= 500 ? H_RQ_ERROR : H_RQ_SUCCESS);
    },
    onTimeout(cluster: Cluster, host: Host | null): void {
      cluster.stats.inc(RQ_TIMEOUT);
      host?.stats.inc(H_RQ_TIMEOUT);
    },
  };
  return (handle) => new Forwarder(context, handle);
}
