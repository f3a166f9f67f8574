/** Who hears how hosts do, besides counting: outlier detection, and checks that a host fails by its own word. Only of clusters that have either. */
import type { Host } from "./host.ts";

export interface HostMonitor {
  /** A connection for a request was had. */
  connected(host: Host): void;
  /** `status`: of a gRPC response, its HTTP counterpart. `degraded`, `immediate`: `x-envoy-degraded`, `x-envoy-immediate-health-check-fail`. */
  answered(host: Host, status: number, degraded: boolean, immediate: boolean): void;
  /** No answer came in time; `status` is the one the client gets for it. */
  timedOut(host: Host, status: number): void;
  /** The exchange broke off, or no connection came to be. */
  broken(host: Host): void;
}

/** What workers report of a host: it asks to be left out, it says that it is degraded, or so many failures came in a row. */
export const HOST_EVENTS = ["immediate-fail", "DEGRADED", "CONSECUTIVE_5XX", "CONSECUTIVE_GATEWAY_FAILURE", "CONSECUTIVE_LOCAL_ORIGIN_FAILURE"] as const;
export type HostEvent = (typeof HOST_EVENTS)[number];
