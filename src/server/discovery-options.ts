/** What discovery needs of its surroundings. */
import type { CompileContext } from "../contract/extension.ts";
import type { HostPolicy, HostSpec } from "../contract/host-spec.ts";
import type { Clock } from "../platform/clock.ts";
import type { Resolver } from "../platform/dns.ts";
import type { BlockSource } from "../stats/stat-block.ts";
import type { CheckSurroundings } from "./checks/cluster-checker.ts";

export interface DiscoveryOptions {
  readonly clock: Clock;
  readonly resolver: Resolver;
  /** One that asks these name servers (`ip` or `ip:port`). */
  readonly resolverOf?: (servers: readonly string[]) => Resolver;
  readonly stats: BlockSource;
  readonly context: CompileContext;
  /** What active health checks need; without it there are none. */
  readonly checks?: CheckSurroundings;
  /** The total of a statistic over all threads. */
  readonly totals?: (name: string) => number;
  /** `cluster_manager.outlier_detection.event_log_path`; absent or "": no log. */
  readonly outlierLog?: string;
  /** The hosts of a cluster are now these. `warm`: it was in service before. */
  readonly onHosts: (cluster: string, hosts: readonly HostSpec[], policy: HostPolicy, warm: boolean) => void;
  /** The health of some of its hosts changed: flags by address. */
  readonly onHealth?: (cluster: string, flags: Readonly<Record<string, number>>) => void;
  readonly warn: (text: string) => void;
}
