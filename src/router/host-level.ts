/** What a VirtualHost says for all its routes. */
import type { HeaderBlock } from "../http/header-block.ts";
import { compileHeaderMatchers } from "../match/header-matcher.ts";
import type { HeaderCondition } from "../match/header-matcher.ts";
import type { HedgePolicy, VirtualCluster, VirtualHost as VirtualHostMessage } from "../schema/generated/envoy/config/route/v3.ts";
import { compileFilterConfigs } from "./filter-configs.ts";
import type { FilterConfigs } from "./filter-configs.ts";
import { compileRequestMutations, compileResponseMutations } from "./header-mutations.ts";
import type { HeaderMutations } from "./header-mutations.ts";
import { compileMirrorPolicies } from "./mirror-policy.ts";
import type { MirrorPolicy } from "./mirror-policy.ts";
import { compileRetryPolicy } from "./retry-policy.ts";
import type { RetryPlan } from "./retry-policy.ts";
import type { RouteContext } from "./route-context.ts";
import type { TableLevel } from "./table-level.ts";

export const honours = {
  "envoy.config.route.v3.VirtualHost": [
    "name", "domains", "routes", "matcher", "require_tls", "virtual_clusters", "request_headers_to_add", "request_headers_to_remove",
    "response_headers_to_add", "response_headers_to_remove", "typed_per_filter_config", "request_body_buffer_limit", "per_request_buffer_limit_bytes",
    "include_request_attempt_count", "include_attempt_count_in_response", "include_is_timeout_retry_header", "hedge_policy", "metadata",
  ],
  "envoy.config.route.v3.VirtualCluster": ["headers", "name"],
} as const;

interface VirtualClusterPlan {
  readonly name: string;
  readonly headers: readonly HeaderCondition[];
}

export interface HostLevel {
  readonly message: VirtualHostMessage;
  readonly table: TableLevel;
  readonly name: string;
  readonly requireTls: "NONE" | "EXTERNAL_ONLY" | "ALL";
  readonly requestMutations: HeaderMutations;
  readonly responseMutations: HeaderMutations;
  readonly filterConfigs: FilterConfigs;
  readonly retry: RetryPlan | undefined;
  readonly hedge: HedgePolicy | undefined;
  /** The host's own, or the table's. */
  readonly mirrors: readonly MirrorPolicy[];
  /** Bytes. */
  readonly bodyBufferLimit: number | undefined;
  readonly perRequestBufferLimit: number | undefined;
  readonly includeRequestAttemptCount: boolean;
  readonly includeAttemptCountInResponse: boolean;
  readonly includeIsTimeoutRetryHeader: boolean;
  readonly virtualClusters: readonly VirtualClusterPlan[];
}

/** The name of the virtual cluster of a request: the first whose headers match, `other` if none does, `""` if there are none at all. */
export function virtualClusterOf({ virtualClusters }: HostLevel, headers: HeaderBlock): string {
  if (virtualClusters.length === 0) return "";
  const found = virtualClusters.find((cluster) => cluster.headers.every((condition) => condition.test(headers)));
  return found?.name ?? "other";
}

/** The virtual cluster that counts a request; `catchAll`: none of the configured ones matches it. Null where there are none. */
export function virtualClusterIn({ virtualClusters }: HostLevel, headers: HeaderBlock): { readonly name: string; readonly catchAll: boolean } | null {
  if (virtualClusters.length === 0) return null;
  const found = virtualClusters.find((cluster) => cluster.headers.every((condition) => condition.test(headers)));
  return found === undefined ? CATCH_ALL : { name: found.name, catchAll: false };
}

const CATCH_ALL = { name: "other", catchAll: true } as const;

/** A 64-bit size as a number. */
export function bytes(size: number | string | undefined): number | undefined {
  return size === undefined ? undefined : Number(size);
}

function compileVirtualCluster(message: VirtualCluster, { diagnostics }: RouteContext): VirtualClusterPlan {
  if ((message.headers ?? []).length === 0) diagnostics.report({ code: "LGT0562", at: message, message: "virtual clusters must define 'headers'" });
  return { name: message.name ?? "", headers: compileHeaderMatchers(message.headers, diagnostics) };
}

/** `routes`: how many the host has. */
export function compileHostLevel(message: VirtualHostMessage, routes: number, table: TableLevel, context: RouteContext): HostLevel {
  const { diagnostics } = context;
  if (message.matcher !== undefined && routes > 0) {
    diagnostics.report({ code: "LGT0563", at: message, key: "matcher", message: "cannot set both matcher and routes on virtual host" });
  }
  const mirrors = compileMirrorPolicies(message.request_mirror_policies, diagnostics);
  return {
    message, table,
    name: message.name ?? "",
    requireTls: message.require_tls === "ALL" || message.require_tls === "EXTERNAL_ONLY" ? message.require_tls : "NONE",
    requestMutations: compileRequestMutations(message, diagnostics),
    responseMutations: compileResponseMutations(message, diagnostics),
    filterConfigs: compileFilterConfigs(message.typed_per_filter_config, diagnostics),
    retry: message.retry_policy === undefined ? undefined : compileRetryPolicy(message.retry_policy, diagnostics),
    hedge: message.hedge_policy,
    mirrors: mirrors.length > 0 ? mirrors : table.mirrors,
    bodyBufferLimit: bytes(message.request_body_buffer_limit),
    perRequestBufferLimit: message.per_request_buffer_limit_bytes,
    includeRequestAttemptCount: message.include_request_attempt_count === true,
    includeAttemptCountInResponse: message.include_attempt_count_in_response === true,
    includeIsTimeoutRetryHeader: message.include_is_timeout_retry_header === true,
    virtualClusters: (message.virtual_clusters ?? []).map((cluster) => compileVirtualCluster(cluster, context)),
  };
}
