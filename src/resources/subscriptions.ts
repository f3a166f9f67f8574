/** Which files a configuration subscribes to: `path_config_source` of LDS, CDS, RDS and EDS. (xDS streams come later, by the same lists.) */
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { ConfigSource } from "../schema/generated/envoy/config/core/v3.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import type { HttpConnectionManager } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import { INLINE } from "./lift-route-tables.ts";

export const honours = {
  "envoy.config.core.v3.ConfigSource": ["path_config_source", "path", "resource_api_version", "initial_fetch_timeout"],
  // the file is followed through every folder that its path leads through, the watched one among them
  "envoy.config.core.v3.PathConfigSource": ["path", "watched_directory"],
  "envoy.config.core.v3.WatchedDirectory": ["path"],
  "envoy.config.bootstrap.v3.Bootstrap.DynamicResources": ["lds_config", "cds_config"],
  "envoy.extensions.filters.network.http_connection_manager.v3.Rds": ["route_config_name", "config_source"],
} as const;

/** The file of a source, or undefined when it is none. */
export function fileOf(source: ConfigSource | undefined): string | undefined {
  return source?.path_config_source?.path ?? source?.path;
}

/** One resource wanted from a file. */
export interface Subscription {
  readonly type: "route" | "endpoints";
  readonly name: string;
  readonly file: string;
  /** The message and field that ask for it. */
  readonly at: object;
  readonly key: string;
  /** `stat_prefix` of the connection manager that asks for a route table. */
  readonly statPrefix?: string;
}

export function dynamicFiles(bootstrap: Bootstrap): { readonly listeners: string | undefined; readonly clusters: string | undefined } {
  return { listeners: fileOf(bootstrap.dynamic_resources?.lds_config), clusters: fileOf(bootstrap.dynamic_resources?.cds_config) };
}

export function subscriptionsOfListener(listener: Listener): Subscription[] {
  const last = listener.default_filter_chain;
  return [...(listener.filter_chains ?? []), ...(last === undefined ? [] : [last])].flatMap((chain) => chain.filters ?? []).flatMap((filter) => {
    const manager = filter.typed_config as HttpConnectionManager | undefined;
    const rds = manager?.rds;
    const name = rds?.route_config_name ?? "";
    const file = fileOf(rds?.config_source);
    return rds === undefined || file === undefined || name.startsWith(INLINE) ? [] : [{ type: "route" as const, name, file, at: rds, key: "route_config_name", statPrefix: manager?.stat_prefix ?? "" }];
  });
}

export function subscriptionsOfCluster(cluster: Cluster): Subscription[] {
  const eds = cluster.eds_cluster_config;
  const file = fileOf(eds?.eds_config);
  if (cluster.type !== "EDS" || eds === undefined || file === undefined) return [];
  return [{ type: "endpoints", name: eds.service_name || (cluster.name ?? ""), file, at: eds, key: "eds_config" }];
}
