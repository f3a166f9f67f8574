/** Which files a configuration subscribes to: `path_config_source` of LDS, CDS, RDS and EDS. (xDS streams come later, by the same lists.) */
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { ConfigSource } from "../schema/generated/envoy/config/core/v3.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import type { HttpConnectionManager } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import { scopesResource } from "../router/scoped-routes.ts";
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

/** Scopes wanted from a file, and the file that their tables are in, where they have not brought them. */
export interface ScopesSubscription {
  /** Of the resource. */
  readonly name: string;
  readonly file: string;
  readonly tables: string | undefined;
  /** Of the connection manager. */
  readonly statPrefix: string;
}

function managersOf(listener: Listener): HttpConnectionManager[] {
  const last = listener.default_filter_chain;
  const chains = [...(listener.filter_chains ?? []), ...(last === undefined ? [] : [last])];
  return chains.flatMap((chain) => chain.filters ?? []).flatMap((filter) => (filter.typed_config as HttpConnectionManager | undefined) ?? []);
}

export function subscriptionsOfListener(listener: Listener): Subscription[] {
  return managersOf(listener).flatMap(({ rds, stat_prefix: statPrefix = "" }) => {
    const name = rds?.route_config_name ?? "";
    const file = fileOf(rds?.config_source);
    return rds === undefined || file === undefined || name.startsWith(INLINE) ? [] : [{ type: "route" as const, name, file, at: rds, key: "route_config_name", statPrefix }];
  });
}

export function scopesOfListener(listener: Listener): ScopesSubscription[] {
  return managersOf(listener).flatMap(({ scoped_routes: scoped, stat_prefix: statPrefix = "" }) => {
    const file = fileOf(scoped?.scoped_rds?.scoped_rds_config_source);
    const name = scoped === undefined ? undefined : scopesResource(scoped);
    return file === undefined || name === undefined ? [] : [{ name, file, tables: fileOf(scoped?.rds_config_source), statPrefix }];
  });
}

export function subscriptionsOfCluster(cluster: Cluster): Subscription[] {
  const eds = cluster.eds_cluster_config;
  const file = fileOf(eds?.eds_config);
  if (cluster.type !== "EDS" || eds === undefined || file === undefined) return [];
  return [{ type: "endpoints", name: eds.service_name || (cluster.name ?? ""), file, at: eds, key: "eds_config" }];
}
