/** Subscriptions to files as control counts them. Plain data: it crosses threads. */
import { clusterPrefix } from "../upstream/cluster-stats.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import { dynamicFiles, type Subscription } from "./subscriptions.ts";

export interface FollowedSource {
  /** A whole list of resources, or one by its name. */
  readonly type: "listeners" | "clusters" | "route" | "endpoints";
  /** Of the resource; "" of a list. */
  readonly name: string;
  readonly file: string;
  /** Of its statistics: `cluster.NAME.`. */
  readonly prefix: string;
  /** The cluster that asks for endpoints: with another cluster in its place the subscription begins anew. "" for the others. */
  readonly owner: string;
  /** The file that subscribes. */
  readonly from: string;
}

/** What a file that is subscribed to held. */
export interface SourceFile {
  readonly file: string;
  /** `version_info` */
  readonly version: string;
  /** How many resources. */
  readonly resources: number;
}

/** Codes of what cannot be read, is no YAML, or is not of the API: Envoy does not come as far as looking at its resources. */
export const UNREADABLE = /^LGT0[012]/;

/** Those of the bootstrap itself. */
export function listSources(bootstrap: Bootstrap, from: string): FollowedSource[] {
  const { listeners, clusters } = dynamicFiles(bootstrap);
  return [
    ...(clusters === undefined ? [] : [{ type: "clusters" as const, name: "", file: clusters, prefix: "cluster_manager.cds.", owner: "", from }]),
    ...(listeners === undefined ? [] : [{ type: "listeners" as const, name: "", file: listeners, prefix: "listener_manager.lds.", owner: "", from }]),
  ];
}

export function endpointsSource({ name, file }: Subscription, cluster: Cluster, from: string): FollowedSource {
  const own = cluster.name ?? "";
  return { type: "endpoints", name, file, prefix: clusterPrefix(cluster.alt_stat_name || own), owner: own, from };
}

/** `statPrefix`: of the connection manager. */
export function routesSource({ name, file }: Subscription, statPrefix: string, from: string): FollowedSource {
  return { type: "route", name, file, prefix: `http.${statPrefix}.rds.${name.replaceAll(":", "_")}.`, owner: "", from };
}
