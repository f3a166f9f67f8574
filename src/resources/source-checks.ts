/** Sources of configuration: whether Envoy could subscribe to them with what the bootstrap holds. */
import { type CheckContext, type MessageCheck, messageCheck, refusals } from "../contract/message-check.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { ApiConfigSource, ConfigSource } from "../schema/generated/envoy/config/core/v3.ts";

/** Fields by which Envoy subscribes when it validates; listeners it would only ask for when it runs. */
const SUBSCRIBING: Readonly<Record<string, readonly string[]>> = {
  "envoy.config.bootstrap.v3.Bootstrap.DynamicResources": ["cds_config"],
  "envoy.config.bootstrap.v3.RuntimeLayer.RtdsLayer": ["rtds_config"],
  "envoy.config.cluster.v3.Cluster.EdsClusterConfig": ["eds_config"],
  "envoy.config.core.v3.ExtensionConfigSource": ["config_source"],
  "envoy.config.route.v3.Vhds": ["config_source"],
  "envoy.extensions.filters.network.http_connection_manager.v3.Rds": ["config_source"],
  "envoy.extensions.filters.network.http_connection_manager.v3.ScopedRds": ["scoped_rds_config_source"],
  "envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig": ["sds_config"],
};

const GRPC = new Set(["GRPC", "DELTA_GRPC", "AGGREGATED_GRPC", "AGGREGATED_DELTA_GRPC"]);

function isByPath(source: ConfigSource | undefined): boolean {
  return source?.path !== undefined || source?.path_config_source !== undefined;
}

/** Clusters that stand before anything is subscribed to. */
function isPrimary(cluster: Cluster | undefined): boolean {
  return cluster !== undefined && (cluster.type !== "EDS" || isByPath(cluster.eds_cluster_config?.eds_config));
}

function checkCluster(at: object, key: string, name: string, { bootstrap, clusters, diagnostics }: CheckContext): void {
  if (bootstrap === undefined || isPrimary(clusters.get(name))) return;
  diagnostics.report({ code: "LGT0803", at, key, message: clusters.has(name) ? `cluster '${name}' gets its endpoints by EDS and cannot serve configuration` : `there is no static cluster '${name}'` });
}

function checkNode(at: object, key: string, { bootstrap, diagnostics, node, nodeMayFollow }: CheckContext): void {
  if (bootstrap === undefined || (node.id !== "" && node.cluster !== "")) return;
  diagnostics.report({
    code: "LGT0803", at, key, ...(nodeMayFollow === true ? { severity: "warning" } : {}), message: "who subscribes must say who it is: node.id and node.cluster are both required",
    fix: "Add node: { id: ..., cluster: ... } to the bootstrap, or run with --service-node and --service-cluster.",
  });
}

function checkServices(source: ApiConfigSource, context: CheckContext): void {
  const bad = (key: string, message: string): void => context.diagnostics.report({ code: "LGT0803", at: source, key, message });
  const [names, services] = [source.cluster_names ?? [], source.grpc_services ?? []];
  const grpc = GRPC.has(source.api_type ?? "");
  if (names.length === 0 && services.length === 0) bad("api_type", "a source needs a gRPC service or the name of a cluster");
  else if (grpc && names.length > 0) bad("cluster_names", "a gRPC source takes grpc_services, not cluster_names");
  else if (grpc && services.length > 1) bad("grpc_services", "there may be one gRPC service only");
  else if (!grpc && services.length > 0) bad("grpc_services", "a source of this api_type takes cluster_names, not grpc_services");
  else if (!grpc && names.length !== 1) bad("cluster_names", "there must be exactly one name of a cluster");
}

/** Names of the clusters that a source is reached by. */
function checkClusters(source: ApiConfigSource, context: CheckContext): void {
  const first = source.grpc_services?.[0]?.envoy_grpc;
  if (first !== undefined) checkCluster(first, "cluster_name", first.cluster_name ?? "", context);
  const name = source.cluster_names?.[0];
  if (name !== undefined) checkCluster(source, "cluster_names", name, context);
}

function checkSource(source: ConfigSource, secret: boolean, context: CheckContext): void {
  const api = source.api_config_source;
  if (api === undefined) return;
  const { diagnostics } = context;
  const type = api.api_type;
  if (type === undefined) return; // was reported when it was decoded
  checkServices(api, context);
  if (type !== "GRPC" && type !== "DELTA_GRPC" && type !== "REST") {
    diagnostics.report({ code: "LGT0803", at: api, key: "api_type", message: `${type} is not for a source of its own: use GRPC, DELTA_GRPC, REST, or ads: {}` });
  } else if (type === "REST" && api.refresh_delay === undefined) diagnostics.report({ code: "LGT0803", at: api, key: "api_type", message: "a REST source needs refresh_delay" });
  if (!secret && type !== "DELTA_GRPC") checkClusters(api, context);
}

/** Envoy watches the folder of the file, which must therefore be part of its path. */
function checkPath(path: string | undefined, at: object, key: string, context: CheckContext): void {
  if (path !== undefined && !path.includes("/")) context.diagnostics.report({ code: "LGT0803", at, key, message: `'${path}' has no folder; write './${path}'` });
}

const SUBSCRIPTIONS: readonly MessageCheck[] = Object.entries(SUBSCRIBING).map(([type, fields]) => ({
  type,
  check: (message: Readonly<Record<string, ConfigSource | undefined>>, context: CheckContext): void => {
    for (const field of fields) {
      const source = message[field];
      if (source === undefined) continue;
      checkNode(message, field, context);
      checkSource(source, field === "sds_config", context);
      checkPath(source.path, source, "path", context);
      if (source.path_config_source?.watched_directory === undefined) checkPath(source.path_config_source?.path, source.path_config_source ?? source, "path", context);
    }
  },
}));

/** Authorities of xdstp URLs are served by an aggregated gRPC source. */
function checkAuthorities(source: ConfigSource, context: CheckContext): void {
  const bad = (at: object, key: string | undefined, message: string): void => context.diagnostics.report({ code: "LGT0803", at, message, ...(key === undefined ? {} : { key }) });
  const api = source.api_config_source;
  if (api === undefined) bad(source, undefined, "a source of xdstp resources must be an api_config_source");
  const names = new Set<string>();
  for (const authority of source.authorities ?? []) {
    if (names.has(authority.name ?? "")) bad(authority, "name", `the authority ${authority.name ?? ""} is given twice`);
    names.add(authority.name ?? "");
  }
  if (api !== undefined && api.api_type !== "AGGREGATED_GRPC" && api.api_type !== "AGGREGATED_DELTA_GRPC") bad(api, "api_type", "a source of xdstp resources must be AGGREGATED_GRPC or AGGREGATED_DELTA_GRPC");
}

/** Sources that Envoy opens itself, by gRPC. */
function checkOwn(source: ApiConfigSource, context: CheckContext): void {
  if (source.api_type === undefined) return; // was reported when it was decoded
  checkServices(source, context);
  if (source.api_type !== "GRPC" && source.api_type !== "DELTA_GRPC") context.diagnostics.report({ code: "LGT0803", at: source, key: "api_type", message: "the api_type must be GRPC or DELTA_GRPC" });
  checkClusters(source, context);
}

export const SOURCE_CHECKS: readonly MessageCheck[] = [
  ...SUBSCRIPTIONS,
  messageCheck("envoy.config.bootstrap.v3.Bootstrap", (bootstrap, context) => {
    const ads = bootstrap.dynamic_resources?.ads_config;
    if (ads !== undefined) {
      checkNode(bootstrap.dynamic_resources as object, "ads_config", context);
      checkOwn(ads, context);
    }
    for (const source of [bootstrap.default_config_source, ...(bootstrap.config_sources ?? [])]) if (source !== undefined) checkAuthorities(source, context);
  }),
  refusals("LGT0803", "envoy.config.route.v3.Vhds", (vhds, refuse, { bootstrap }) => {
    const source = vhds.config_source;
    if (source === undefined) return;
    const ads = bootstrap?.dynamic_resources?.ads_config;
    if (source.ads === undefined) {
      if (source.api_config_source?.api_type !== "DELTA_GRPC") refuse(vhds, "config_source", "virtual hosts are discovered by DELTA_GRPC or ADS only");
    } else if (bootstrap !== undefined && ads === undefined) refuse(vhds, "config_source", "the bootstrap has no ads_config");
    else if (ads !== undefined && ads.api_type !== "DELTA_GRPC") refuse(vhds, "config_source", "ads_config must be DELTA_GRPC to discover virtual hosts");
  }),
];
