/**
 * What a worker (or control) gives to what is being opened. Everything that a live object claims comes from here, and goes
 * back through `close()`.
 */
import type { Clock } from "../platform/clock.ts";
import type { Dialer } from "../platform/conn.ts";
import type { Files } from "../platform/files.ts";
import type { Random } from "../platform/random.ts";
import type { BlockSource } from "../stats/stat-block.ts";
import type { RuntimeView } from "./request-view.ts";
import type { ClusterSource } from "./cluster.ts";
import type { Locality } from "./host.ts";
import type { LocalCluster } from "./load-balancer.ts";
import type { RouteTableSource } from "./route.ts";
import type { SecretSource } from "./secrets.ts";

export interface LogSink {
  write(line: string): void;
}

export interface LogSource {
  /** A file by its path, shared by all who write to it; `/dev/stdout` and `/dev/stderr` are the process's own. */
  open(path: string): LogSink;
}

export interface Env {
  readonly clock: Clock;
  readonly random: Random;
  readonly dialer: Dialer;
  readonly stats: BlockSource;
  readonly logs: LogSource;
  readonly files: Files;
  readonly secrets: SecretSource;
  readonly runtime: RuntimeView;
  readonly clusters: ClusterSource;
  readonly routes: RouteTableSource;
  /** Where the proxy is: `node.locality`; absent where that is not said. */
  readonly locality?: Locality | null;
  /** Absent where the bootstrap names no local cluster. */
  readonly local?: LocalCluster | null;
  /** False in all threads but one: gauges that are the same in all are set by that one. */
  readonly leader?: boolean;
  /** Tells control what was seen of a host: an event of `host-monitor.ts`. */
  readonly hostEvent?: (cluster: string, address: string, event: string) => void;
  /** This machine's own non-loopback address, for x-forwarded-for of loopback peers; null when it has none. */
  readonly machineAddress: string | null;
  /** What format strings may print of the machine. */
  readonly machine: { readonly hostname: string; environment(name: string): string | undefined; uuid?(): string; utcOffset?(milliseconds: number): number };
  /** True while the server drains: responses carry `connection: close`. */
  draining(): boolean;
  /** True after `/healthcheck/fail`: health checks of this proxy are to fail. */
  healthCheckFailed(): boolean;
}
