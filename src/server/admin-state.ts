/** What the admin server may ask of control, and what it may tell it to do. */
import type { LogSource } from "../contract/env.ts";
import type { HostSpec } from "../contract/host-spec.ts";
import type { RuntimeLayer } from "../resources/runtime.ts";
import type { CompiledResource } from "../resources/resource.ts";
import type { BlockSource } from "../stats/stat-block.ts";
import type { StatStore } from "../stats/stat-store.ts";
import type { ClusterPlan } from "../upstream/cluster-plan.ts";
import type { ServeOptions } from "./serve-options.ts";

export type ServerState = "LIVE" | "DRAINING" | "PRE_INITIALIZING" | "INITIALIZING";

/** A live resource and when it came. */
export interface LiveResource {
  readonly resource: CompiledResource;
  /** Wall clock, ms since the epoch. */
  readonly updated: number;
}

/** What is running. */
export interface Build {
  /** `0.1.0` */
  readonly version: string;
  /** The commit it was built from; `source` where it was not built. */
  readonly commit: string;
  /** `bun 1.4.5` */
  readonly runtime: string;
}

/** The parameters of `POST /drain_listeners`. */
export interface DrainRequest {
  /** Discourage keep-alive for the drain time, and only then stop accepting. */
  readonly graceful: boolean;
  /** Never stop accepting. */
  readonly skipExit: boolean;
  /** Only listeners with `traffic_direction: INBOUND`. */
  readonly inboundOnly: boolean;
}

export interface AdminState {
  readonly options: ServeOptions;
  readonly stats: StatStore;
  /** Where control counts. */
  readonly blocks: BlockSource;
  /** Control's log files. */
  readonly logs: LogSource;
  readonly build: Build;
  readonly workers: number;
  /** Wall clock of the start, and milliseconds since. */
  readonly started: number;
  uptimeMs(): number;
  state(): ServerState;
  /** The bootstrap as JSON. */
  bootstrap(): string;
  resources(): readonly LiveResource[];
  clusterPlan(name: string): ClusterPlan | undefined;
  hosts(cluster: string): readonly HostSpec[];
  /** Listener name -> the addresses it is bound to. */
  bound(): Readonly<Record<string, readonly string[]>>;
  /** The layers of the runtime as they are now; absent: those of the bootstrap. */
  runtimeLayers?(): readonly RuntimeLayer[];
  /** `POST /runtime_modify`: texts by key, "" takes one back. False: there is no admin layer. */
  modifyRuntime?(texts: ReadonlyMap<string, string>): boolean;
  residentBytes(): number;
  /** Control's heap, bytes. */
  heap(): { readonly used: number; readonly reserved: number };
  /** Brings the gauges that are only measured now and then (`server.uptime` and the like) up to date. */
  measure(): void;
  drainListeners(request: DrainRequest): void;
  /** `POST /healthcheck/fail` and `/ok`. */
  failHealthCheck(failed: boolean): void;
  /** `POST /quitquitquit`. */
  quit(): void;
  reopenLogs(): void;
  /** Sets the level of the server's log; false for an unknown one. */
  setLogLevel(level: string): boolean;
  logLevel(): string;
}
