/** Pools of a host that serve only some of the requests: those who ask for the same name, or come from the same client. */
import type { Http1Pool } from "./http1-pool.ts";
import type { Http2Pool } from "./http2-pool.ts";
import type { TcpPool } from "./tcp-pool.ts";

export interface PoolSet {
  pool: Http1Pool | null;
  http2Pool: Http2Pool | null;
  tcp: TcpPool | null;
}

/** Beyond so many, those that have nothing left are let go. */
const MANY = 64;

export class KeyedPools {
  private readonly sets = new Map<string, PoolSet>();

  get(key: string): PoolSet {
    let set = this.sets.get(key);
    if (set !== undefined) return set;
    if (this.sets.size >= MANY) this.prune();
    set = { pool: null, http2Pool: null, tcp: null };
    this.sets.set(key, set);
    return set;
  }

  all(): (Http1Pool | Http2Pool | TcpPool)[] {
    return [...this.sets.values()].flatMap(poolsOf);
  }

  private prune(): void {
    for (const [key, set] of this.sets) if (poolsOf(set).every((pool) => pool.empty)) this.sets.delete(key);
  }
}

function poolsOf({ pool, http2Pool, tcp }: PoolSet): (Http1Pool | Http2Pool | TcpPool)[] {
  return [pool, http2Pool, tcp].filter((each) => each !== null);
}
