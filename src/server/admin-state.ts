/** What the admin server may ask of control, and what it may tell it to do. */
import type { HostSpec } from "../contract/host-spec.ts";
import type { CompiledResource } from "../resources/resource.ts";
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

export interface AdminState {
  readonly options: ServeOptions;
  readonly stats: StatStore;
  /** `legate/0.1.0/...` as `/server_info` prints it. */
  readonly version: string;
  readonly pid: number;
  readonly hostname: string;
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
  /** Listener name -> the address it is bound to. */
  bound(): Readonly<Record<string, string>>;
  residentBytes(): number;
  /** `POST /drain_listeners`; graceful: only discourage keep-alive first. */
  drainListeners(): void;
  /** `POST /healthcheck/fail` and `/ok`. */
  failHealthCheck(failed: boolean): void;
  /** `POST /quitquitquit`. */
  quit(): void;
  reopenLogs(): void;
  /** Sets the level of the server's log; false for an unknown one. */
  setLogLevel(level: string): boolean;
  logLevel(): string;
}
