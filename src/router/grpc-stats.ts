/** What a cluster counts of gRPC calls (docs: configuration/http/http_filters/grpc_stats_filter): `cluster.NAME.grpc.SERVICE.METHOD.`. */
import type { Cluster } from "../contract/cluster.ts";
import type { StreamHandle } from "../contract/http-filter.ts";
import type { Env } from "../contract/env.ts";
import { COUNTER, HISTOGRAM } from "../stats/shape.ts";
import { choiceOf } from "./route.ts";

export interface GrpcMethod {
  readonly service: string;
  readonly method: string;
}

/** The two segments of a path that names a gRPC method; null: it is another path. */
export function grpcMethodOf(path: string | null): GrpcMethod | null {
  const parts = (path ?? "").replace(/\?.*$/s, "").split("/").filter((part) => part !== "");
  return parts.length === 2 ? { service: parts[0] as string, method: parts[1] as string } : null;
}

/** The cluster that the stream is routed to as things stand; null: there is none. */
export function routedCluster(handle: StreamHandle, env: Env): Cluster | null {
  const name = choiceOf(handle.route())?.cluster ?? "";
  return name === "" ? null : (env.clusters.get(name) ?? null);
}

/** Counts of one call. */
export class GrpcCallStats {
  private readonly cluster: Cluster;
  private readonly prefix: string;

  /** `method` null: the names leave it out. */
  constructor(cluster: Cluster, protocol: "grpc" | "grpc-web", method: GrpcMethod | null) {
    this.cluster = cluster;
    this.prefix = method === null ? `${protocol}.` : `${protocol}.${method.service}.${method.method}.`;
  }

  /** The call ended with this `grpc-status`; null: nothing is counted. */
  chargeStatus(status: string | null): void {
    if (status === null) return;
    this.add(status, 1);
    this.chargeOutcome(status === "0");
  }

  chargeOutcome(success: boolean): void {
    this.add(success ? "success" : "failure", 1);
    this.add("total", 1);
  }

  add(name: string, amount: number): void {
    this.cluster.stats.child(this.prefix + name, COUNTER).add(0, amount);
  }

  /** Milliseconds from the request's last byte to the upstream until the last one from it. */
  recordTime(milliseconds: number): void {
    this.cluster.stats.child(`${this.prefix}upstream_rq_time`, HISTOGRAM).record(0, milliseconds);
  }
}
