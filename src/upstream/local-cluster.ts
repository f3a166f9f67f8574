/** The cluster that the proxy itself belongs to (`cluster_manager.local_cluster_name`), as zone aware routing looks at it. */
import type { HostSet } from "../contract/host-set.ts";
import type { LocalCluster } from "../contract/load-balancer.ts";

export class LocalHosts implements LocalCluster {
  readonly name: string;
  private set: HostSet | null = null;
  private readonly watchers = new Set<() => void>();

  constructor(name: string) {
    this.name = name;
  }

  publish(set: HostSet | null): void {
    this.set = set;
    for (const changed of this.watchers) changed();
  }

  current(): HostSet | null {
    return this.set;
  }

  watch(changed: () => void): () => void {
    this.watchers.add(changed);
    return () => void this.watchers.delete(changed);
  }
}
