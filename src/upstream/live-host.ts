/** A host as a worker keeps it: what discovery says of it, and its pools. */
import type { Cluster } from "../contract/cluster.ts";
import { CHECK_FLAGS, isUnhealthy } from "../contract/host-health.ts";
import type { HostMetadata, Locality } from "../contract/host.ts";
import type { HostSpec } from "../contract/host-spec.ts";
import type { SocketAddress } from "../platform/address.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import type { Http1Pool } from "./http1-pool.ts";
import type { Http2Pool } from "./http2-pool.ts";
import { KeyedPools } from "./keyed-pools.ts";
import type { WatchedHost } from "./host-watch.ts";
import type { TcpPool } from "./tcp-pool.ts";

const NO_METADATA: HostMetadata = {};

export interface HighPools {
  pool: Http1Pool | null;
  http2Pool: Http2Pool | null;
  tunnels: Http1Pool | null;
}

/** `owner`: the cluster that it belongs to. */
export class LiveHost implements WatchedHost {
  address: SocketAddress;
  readonly hostname: string;
  weight: number;
  priority: number;
  locality: Locality;
  localityWeight: number;
  flags: number;
  metadata: HostMetadata;
  transport = -1;
  healthySince: number;
  readonly stats: StatBlock;
  readonly owner: Cluster;
  readonly window: StatBlock | null;
  pool: Http1Pool | null = null;
  http2Pool: Http2Pool | null = null;
  tunnels: Http1Pool | null = null;
  tcp: TcpPool | null = null;
  /** The same for requests of high priority, which have limits of their own. */
  high: HighPools | null = null;
  /** Those that serve only some of the requests. */
  readonly keyed = new KeyedPools();

  constructor(spec: HostSpec, stats: StatBlock, window: StatBlock | null, now: number, owner: Cluster) {
    this.owner = owner;
    this.window = window;
    this.address = spec.address;
    this.hostname = spec.hostname;
    this.weight = spec.weight;
    this.priority = spec.priority;
    this.locality = spec.locality;
    this.localityWeight = spec.localityWeight;
    this.flags = spec.flags;
    this.metadata = spec.metadata ?? NO_METADATA;
    this.healthySince = now;
    this.stats = stats;
  }

  /** A logical host's address changes; connections that are there stay where they are. */
  adopt(spec: HostSpec, now: number): void {
    this.address = spec.address;
    this.weight = spec.weight;
    this.priority = spec.priority;
    this.locality = spec.locality;
    this.localityWeight = spec.localityWeight;
    this.metadata = spec.metadata ?? NO_METADATA;
    this.mark(spec.flags, now);
  }

  /** True: it fails from now on. */
  mark(flags: number, now: number): boolean {
    const failed = !isUnhealthy(this.flags) && isUnhealthy(flags);
    if ((this.flags & CHECK_FLAGS) !== 0 && (flags & CHECK_FLAGS) === 0) this.healthySince = now;
    this.flags = flags;
    return failed;
  }
}

/** Made when first asked for. */
export function highPools(host: LiveHost): HighPools {
  return (host.high ??= { pool: null, http2Pool: null, tunnels: null });
}
