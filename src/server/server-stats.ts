/** The numbers of the server itself, of its listeners and clusters as a whole, under Envoy's names. */
import { placeIn, statLayout } from "../contract/stat-layout.ts";
import { type CompiledResource, keyOf, type ResourceType } from "../resources/resource.ts";
import type { StatShape } from "../stats/shape.ts";
import type { BlockSource, StatBlock } from "../stats/stat-block.ts";
import type { ServerState } from "./admin-state.ts";

const SERVER = statLayout({
  counters: [
    "debug_assertion_failures", "dropped_stat_flushes", "dynamic_unknown_fields", "envoy_bug_failures", "envoy_notifications",
    "static_unknown_fields", "wip_protos",
  ],
  gauges: [
    "compilation_settings.fips_mode", "concurrency", "days_until_first_cert_expiring", "hot_restart_epoch", "live", "memory_allocated", "memory_heap_size",
    "memory_physical_size", "parent_connections", "seconds_until_first_ocsp_response_expiring", "state", "stats_recent_lookups", "total_connections",
    "uptime", "version",
  ],
  histograms: ["initialization_time_ms"],
});
const LISTENERS = statLayout({
  counters: [
    "listener_added", "listener_create_failure", "listener_create_success", "listener_in_place_updated", "listener_modified", "listener_removed",
    "listener_stopped",
  ],
  gauges: [
    "total_filter_chains_draining", "total_listeners_active", "total_listeners_draining", "total_listeners_warming", "workers_pinned",
    "workers_started",
  ],
});
const CLUSTERS = statLayout({
  counters: [
    "cluster_added", "cluster_modified", "cluster_removed", "cluster_updated", "cluster_updated_via_merge", "update_merge_cancelled",
    "update_out_of_merge_window",
  ],
  gauges: ["active_clusters", "warming_clusters"],
});

/** Envoy's value where there is no certificate: the largest number of 32 bits. */
const NO_CERTIFICATE = 4_294_967_295;

const STATES: Readonly<Record<ServerState, number>> = { LIVE: 0, DRAINING: 1, PRE_INITIALIZING: 2, INITIALIZING: 3 };

/** What is measured now and then. */
export interface ServerMeasures {
  readonly state: ServerState;
  readonly concurrency: number;
  readonly uptimeMs: number;
  /** Bytes. */
  readonly heapUsed: number;
  readonly heapReserved: number;
  readonly resident: number;
  /** Downstream connections of all listeners, the admin server's left out. */
  readonly connections: number;
}

export class ServerStats {
  private readonly server: Numbers;
  private readonly listeners: Numbers;
  private readonly clusters: Numbers;

  constructor(blocks: BlockSource) {
    this.server = new Numbers(blocks, "server.", SERVER);
    this.listeners = new Numbers(blocks, "listener_manager.", LISTENERS);
    this.clusters = new Numbers(blocks, "cluster_manager.", CLUSTERS);
    this.server.set("days_until_first_cert_expiring", NO_CERTIFICATE);
  }

  measured(now: ServerMeasures): void {
    const { server } = this;
    server.set("state", STATES[now.state]);
    server.set("live", now.state === "DRAINING" ? 0 : 1);
    server.set("concurrency", now.concurrency);
    server.set("uptime", Math.floor(now.uptimeMs / 1000));
    server.set("memory_allocated", now.heapUsed);
    server.set("memory_heap_size", now.heapReserved);
    server.set("memory_physical_size", now.resident);
    server.set("total_connections", now.connections);
  }

  version(number: number): void {
    this.server.set("version", number);
  }

  initialized(ms: number, workers: number): void {
    this.server.record("initialization_time_ms", ms);
    this.listeners.set("workers_started", workers > 0 ? 1 : 0);
  }

  /** The live resources are other ones now. Every worker creates every listener; `failures`: those that could not be. */
  changed(before: readonly CompiledResource[], after: readonly CompiledResource[], workers: number, failures: number): void {
    const listeners = changesOf("listener", before, after);
    this.listeners.add("listener_added", listeners.added);
    this.listeners.add("listener_modified", listeners.modified);
    this.listeners.add("listener_removed", listeners.removed);
    this.listeners.add("listener_create_failure", failures);
    this.listeners.add("listener_create_success", Math.max(0, (listeners.added + listeners.modified) * workers - failures));
    this.listeners.set("total_listeners_active", listeners.active);
    const clusters = changesOf("cluster", before, after);
    this.clusters.add("cluster_added", clusters.added);
    this.clusters.add("cluster_modified", clusters.modified);
    this.clusters.add("cluster_removed", clusters.removed);
    this.clusters.set("active_clusters", clusters.active);
  }

  /** The hosts of a live cluster changed. */
  hostsChanged(): void {
    this.clusters.add("cluster_updated", 1);
  }

  listenersStopped(count: number): void {
    this.listeners.add("listener_stopped", count);
  }
}

/** A block by names: for what is counted rarely. */
class Numbers {
  private readonly block: StatBlock;

  constructor(blocks: BlockSource, prefix: string, shape: StatShape) {
    this.block = blocks.block(prefix, shape);
  }

  set(name: string, value: number): void {
    this.block.set(placeIn(this.block.shape, name), value);
  }

  add(name: string, count: number): void {
    this.block.add(placeIn(this.block.shape, name), count);
  }

  record(name: string, value: number): void {
    this.block.record(placeIn(this.block.shape, name), value);
  }
}

function changesOf(type: ResourceType, before: readonly CompiledResource[], after: readonly CompiledResource[]): { added: number; modified: number; removed: number; active: number } {
  const old = new Map(before.filter((resource) => resource.type === type).map((resource) => [keyOf(resource), resource.text]));
  const now = after.filter((resource) => resource.type === type);
  let [added, modified] = [0, 0];
  for (const resource of now) {
    const text = old.get(keyOf(resource));
    if (text === undefined) added++;
    else if (text !== resource.text) modified++;
  }
  return { added, modified, removed: old.size - (now.length - added), active: now.length };
}
