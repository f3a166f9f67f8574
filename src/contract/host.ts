/** An upstream host as load balancers and pools see it. */
import type { SocketAddress } from "../platform/address.ts";
import type { StatBlock } from "../stats/stat-block.ts";

export interface Locality {
  readonly region: string;
  readonly zone: string;
  readonly sub_zone: string;
}

/** `filter_metadata`: filter name to a struct. */
export type HostMetadata = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface Host {
  readonly address: SocketAddress;
  /** The name it was resolved from, or `Endpoint.hostname`; "" when it has none. */
  readonly hostname: string;
  /** 1 or more. */
  readonly weight: number;
  readonly priority: number;
  readonly locality: Locality;
  /** `load_balancing_weight` of its locality; 0 where it has none. */
  readonly localityWeight: number;
  /** Health: bits of `host-health.ts`. */
  readonly flags: number;
  readonly metadata: HostMetadata;
  /** Which of the cluster's transports it is spoken to through; absent: the default. */
  readonly transport?: number;
  /** When it last became healthy, ms of the clock: the begin of its slow start. */
  readonly healthySince: number;
  /** `HOST_STATS`, as `/clusters` prints them. */
  readonly stats: StatBlock;
}
