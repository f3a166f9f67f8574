/** What a route that forwards does with a request. */
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { PathCondition } from "../match/path-matcher.ts";
import type { RouteAction } from "../schema/generated/envoy/config/route/v3.ts";
import { compileClusterSpecifier } from "./cluster-specifier.ts";
import { compileClusterChooser } from "./cluster-choice.ts";
import type { ClusterChooser } from "./cluster-choice.ts";
import { compileHashPolicy } from "./hash-policy.ts";
import type { HashPolicy } from "./hash-policy.ts";
import type { HostLevel } from "./host-level.ts";
import { compileHostRewrite } from "./host-rewrite.ts";
import type { HostRewrite } from "./host-rewrite.ts";
import { compileInternalRedirects, type RedirectPolicy } from "./internal-redirect-policy.ts";
import { compileMirrorPolicies } from "./mirror-policy.ts";
import type { MirrorPolicy } from "./mirror-policy.ts";
import { compilePathRewrite } from "./path-rewrite.ts";
import type { PathRewrite } from "./path-rewrite.ts";
import { compileRetryPolicy, NO_RETRY } from "./retry-policy.ts";
import type { RetryPlan } from "./retry-policy.ts";
import { compileTimeouts, plainTimeouts, type RequestTimeouts, type TimeoutPlan } from "./timeouts.ts";

export const honours = {
  "envoy.config.route.v3.RouteAction": [
    "cluster_not_found_response_code", "auto_host_rewrite", "append_x_forwarded_host", "hedge_policy", "hash_policy", "upgrade_configs", "priority",
    // of early data nothing is sent here: every request comes after the handshake
    "early_data_policy",
  ],
  "envoy.config.route.v3.HedgePolicy": ["hedge_on_per_try_timeout", "initial_requests", "additional_request_chance"],
  "envoy.config.route.v3.RouteAction.UpgradeConfig": ["upgrade_type", "enabled", "connect_config"],
  "envoy.config.route.v3.RouteAction.UpgradeConfig.ConnectConfig": ["allow_post", "proxy_protocol_config"],
  "envoy.config.core.v3.ProxyProtocolConfig": ["version"],
} as const;

const NOT_FOUND_CODES: Readonly<Record<string, number>> = { SERVICE_UNAVAILABLE: 503, NOT_FOUND: 404, INTERNAL_SERVER_ERROR: 500 };

export interface ForwardPlan {
  readonly message: RouteAction;
  readonly clusters: ClusterChooser;
  /** The status of the answer when the chosen cluster does not exist. */
  readonly clusterNotFoundStatus: number;
  readonly hostRewrite: HostRewrite | undefined;
  readonly autoHostRewrite: boolean;
  readonly appendForwardedHost: boolean;
  readonly pathRewrite: PathRewrite | undefined;
  readonly timeouts: TimeoutPlan;
  /** The timeouts of requests that say nothing of them. */
  readonly plainTimeouts: RequestTimeouts;
  readonly retry: RetryPlan;
  readonly hedgeOnPerTryTimeout: boolean;
  /** `priority: HIGH`: limits of its own at the cluster. */
  readonly highPriority: boolean;
  readonly internalRedirects: RedirectPolicy | undefined;
  readonly hashPolicy: HashPolicy | undefined;
  /** The route's own, or the virtual host's, or the table's. */
  readonly mirrors: readonly MirrorPolicy[];
  /** Upgrade type in lower case to whether it is allowed. */
  readonly upgrades: ReadonlyMap<string, boolean>;
  /** CONNECT ends here: its payload goes to the cluster as plain TCP. */
  readonly connect: ConnectPlan | undefined;
}

export interface ConnectPlan {
  /** POST requests are tunnelled too. */
  readonly allowPost: boolean;
  /** Version of the PROXY protocol header that goes first; 0 for none. */
  readonly proxyProtocol: 0 | 1 | 2;
}

const NO_UPGRADES: ReadonlyMap<string, boolean> = new Map();

function compileUpgrades(action: RouteAction, diagnostics: Diagnostics): ReadonlyMap<string, boolean> {
  if (action.upgrade_configs === undefined) return NO_UPGRADES;
  const upgrades = new Map<string, boolean>();
  for (const config of action.upgrade_configs ?? []) {
    const type = (config.upgrade_type ?? "").toLowerCase();
    if (upgrades.has(type)) diagnostics.report({ code: "LGT0560", at: config, key: "upgrade_type", message: `duplicate upgrade ${config.upgrade_type ?? ""}` });
    upgrades.set(type, config.enabled ?? true);
    if (config.connect_config !== undefined && type !== "connect" && type !== "connect-udp") {
      diagnostics.report({ code: "LGT0561", at: config, key: "connect_config", message: `non-CONNECT upgrade type ${config.upgrade_type ?? ""} has ConnectConfig` });
    }
  }
  return upgrades;
}

function compileConnect(action: RouteAction): ConnectPlan | undefined {
  const config = action.upgrade_configs?.findLast((upgrade) => upgrade.connect_config !== undefined)?.connect_config;
  if (config === undefined) return undefined;
  const proxy = config.proxy_protocol_config;
  return { allowPost: config.allow_post === true, proxyProtocol: proxy === undefined ? 0 : proxy.version === "V2" ? 2 : 1 };
}

/** Compiles a route action; errors are reported. */
export function compileForward(action: RouteAction, routeName: string, path: PathCondition, host: HostLevel, diagnostics: Diagnostics): ForwardPlan {
  const hashPolicy = compileHashPolicy(action.hash_policy, diagnostics);
  const mirrors = compileMirrorPolicies(action.request_mirror_policies, diagnostics);
  const hedge = action.hedge_policy ?? host.hedge;
  const specifier = compileClusterSpecifier(action, host.table.message.cluster_specifier_plugins ?? [], hashPolicy, diagnostics);
  const timeouts = compileTimeouts(action);
  const retry = action.retry_policy === undefined ? (host.retry ?? NO_RETRY) : compileRetryPolicy(action.retry_policy, diagnostics);
  const hedgeOnPerTryTimeout = hedge?.hedge_on_per_try_timeout === true;
  return {
    message: action,
    clusters: specifier ?? compileClusterChooser(action, routeName, hashPolicy, diagnostics),
    clusterNotFoundStatus: NOT_FOUND_CODES[action.cluster_not_found_response_code ?? ""] ?? 503,
    hostRewrite: compileHostRewrite(action, diagnostics),
    autoHostRewrite: action.auto_host_rewrite === true,
    appendForwardedHost: action.append_x_forwarded_host === true,
    pathRewrite: compilePathRewrite(action, path, diagnostics),
    timeouts, retry, hedgeOnPerTryTimeout,
    highPriority: action.priority === "HIGH",
    plainTimeouts: plainTimeouts(timeouts, retry, hedgeOnPerTryTimeout),
    internalRedirects: action.internal_redirect_policy && compileInternalRedirects(action.internal_redirect_policy, diagnostics),
    hashPolicy,
    mirrors: mirrors.length > 0 ? mirrors : host.mirrors,
    upgrades: compileUpgrades(action, diagnostics),
    connect: compileConnect(action),
  };
}
