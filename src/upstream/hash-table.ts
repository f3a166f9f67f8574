/** What a balancer that hashes looks a hash up in: a ring or a Maglev table. */
import type { Host } from "../contract/host.ts";
import { formatAddress } from "../platform/address.ts";
import type { StatBlock } from "../stats/stat-block.ts";

export interface HashTable {
  /** `attempt`: so many hosts were refused before. Null when there are no hosts. */
  lookUp(hash: bigint, attempt: number): Host | null;
}

/** A host and its part of all weights, which add up to 1. */
export interface WeightedHost {
  readonly host: Host;
  readonly weight: number;
}

/** Makes the table of a priority's hosts. `stats`: where its numbers go; null for nowhere. */
export interface HashTableMaker {
  make(hosts: readonly WeightedHost[], stats: StatBlock | null): HashTable;
  /** Opens the numbers of such tables: `cluster.NAME.ring_hash_lb.` and the like. */
  stats(cluster: StatBlock): StatBlock;
}

/** What is hashed of a host: `hash_key` of its metadata under `envoy.lb`, else its name or address. */
export function hashKeyOf(host: Host, byHostname: boolean): string {
  const key = host.metadata["envoy.lb"]?.["hash_key"];
  if (typeof key === "string" && key !== "") return key;
  return byHostname ? host.hostname : formatAddress(host.address);
}
