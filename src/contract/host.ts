/** An upstream host as load balancers and pools see it. */
import type { SocketAddress } from "../platform/address.ts";
import type { StatBlock } from "../stats/stat-block.ts";

export interface Locality {
  readonly region: string;
  readonly zone: string;
  readonly sub_zone: string;
}

export interface Host {
  readonly address: SocketAddress;
  /** The name it was resolved from, or `Endpoint.hostname`; "" when it has none. */
  readonly hostname: string;
  /** 1 or more. */
  readonly weight: number;
  readonly priority: number;
  readonly locality: Locality;
  /** May it be chosen: discovery, active checks and outlier detection agree. */
  readonly healthy: boolean;
  /** `HOST_STATS`, as `/clusters` prints them. */
  readonly stats: StatBlock;
}
