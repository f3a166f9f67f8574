/** What legate does, gathered from every compiler that reads configuration. The README's coverage is made from it too. */
import type { Honours, Registry } from "../contract/extension.ts";
import { honours as addressMatcher } from "../match/address-matcher.ts";
import { honours as cookieMatcher } from "../match/cookie-matcher.ts";
import { honours as substitutionFormat } from "../match/format/substitution-format.ts";
import { honours as fraction } from "../match/fraction.ts";
import { honours as headerMatcher } from "../match/header-matcher.ts";
import { honours as matcherTree } from "../match/inputs/input-tree.ts";
import { honours as metadataMatcher } from "../match/metadata-matcher.ts";
import { honours as pathMatcher } from "../match/path-matcher.ts";
import { honours as queryMatcher } from "../match/query-matcher.ts";
import { honours as streamMatcher } from "../match/stream-matcher.ts";
import { honours as stringMatcher } from "../match/string-matcher.ts";
import { honours as clusterChoice } from "../router/cluster-choice.ts";
import { honours as clusterSpecifier } from "../router/cluster-specifier.ts";
import { honours as directResponse } from "../router/direct-response.ts";
import { honours as filterConfigs } from "../router/filter-configs.ts";
import { honours as forwardPlan } from "../router/forward-plan.ts";
import { honours as hashPolicy } from "../router/hash-policy.ts";
import { honours as headerMutations } from "../router/header-mutations.ts";
import { honours as hostLevel } from "../router/host-level.ts";
import { honours as hostRewrite } from "../router/host-rewrite.ts";
import { honours as internalRedirects } from "../router/internal-redirect-policy.ts";
import { honours as metadataMatch } from "../router/metadata-match.ts";
import { honours as mirrorPolicy } from "../router/mirror-policy.ts";
import { honours as pathRewrite } from "../router/path-rewrite.ts";
import { honours as redirect } from "../router/redirect.ts";
import { honours as retryPolicy } from "../router/retry-policy.ts";
import { honours as routeConditions } from "../router/route-conditions.ts";
import { honours as route } from "../router/route.ts";
import { honours as tableLevel } from "../router/table-level.ts";
import { honours as timeouts } from "../router/timeouts.ts";
import { honours as virtualHost } from "../router/virtual-host.ts";
import { honours as listener } from "../downstream/listener-plan.ts";
import { honours as balancing } from "../upstream/balancing.ts";
import { honours as cluster } from "../upstream/cluster-plan.ts";
import { honours as outliers } from "../upstream/outlier-plan.ts";
import { honours as healthChecks } from "../upstream/health-check-checks.ts";
import { honours as destinations } from "../upstream/original-destination.ts";
import { honours as dns } from "../upstream/dns-plan.ts";
import { honours as endpoints } from "../upstream/endpoints.ts";
import { Coverage } from "./coverage.ts";
import { honours as overload } from "./overload.ts";
import { honours as subscriptions } from "./subscriptions.ts";

const BOOTSTRAP: Honours = {
  "envoy.config.bootstrap.v3.Bootstrap": ["node", "static_resources", "dynamic_resources", "admin", "layered_runtime", "stats_config", "stats_flush_interval", "stats_flush_on_admin", "stats_server_version_override", "cluster_manager"],
  "envoy.config.bootstrap.v3.ClusterManager": ["local_cluster_name", "outlier_detection"],
  "envoy.config.bootstrap.v3.ClusterManager.OutlierDetection": ["event_log_path"],
  "envoy.config.bootstrap.v3.Bootstrap.StaticResources": ["listeners", "clusters", "secrets"],
  "envoy.config.bootstrap.v3.Admin": ["address", "access_log", "access_log_path", "profile_path", "allow_paths"],
  "envoy.config.metrics.v3.StatsConfig": ["stats_tags", "use_all_default_tags", "histogram_bucket_settings"],
  "envoy.config.metrics.v3.TagSpecifier": ["tag_name", "regex", "fixed_value"],
  "envoy.config.metrics.v3.HistogramBucketSettings": ["match", "buckets"],
  "envoy.config.core.v3.Node": ["id", "cluster", "locality", "metadata", "user_agent_name", "user_agent_version", "user_agent_build_version", "extensions", "client_features", "listening_addresses"],
  "envoy.config.bootstrap.v3.LayeredRuntime": ["layers"],
  "envoy.config.bootstrap.v3.RuntimeLayer": ["name", "static_layer", "disk_layer", "admin_layer", "rtds_layer"],
  "envoy.config.bootstrap.v3.RuntimeLayer.DiskLayer": ["symlink_root", "subdirectory", "append_service_cluster"],
  "envoy.config.bootstrap.v3.RuntimeLayer.AdminLayer": [],
  "envoy.config.bootstrap.v3.RuntimeLayer.RtdsLayer": ["name", "rtds_config"],
};

const ROUTING: readonly Honours[] = [
  addressMatcher, cookieMatcher, substitutionFormat, fraction, headerMatcher, matcherTree, metadataMatcher, pathMatcher, queryMatcher, streamMatcher, stringMatcher, clusterChoice, clusterSpecifier, directResponse, filterConfigs, forwardPlan, headerMutations, hostLevel, hashPolicy, hostRewrite, internalRedirects, metadataMatch, mirrorPolicy, pathRewrite, retryPolicy, timeouts, redirect, routeConditions, route, tableLevel, virtualHost,
];

export function coverageOf(registry: Registry): Coverage {
  return new Coverage([BOOTSTRAP, overload, listener, balancing, cluster, destinations, dns, endpoints, healthChecks, outliers, subscriptions, ...ROUTING, ...registry.list.map((extension) => extension.honours)]);
}
