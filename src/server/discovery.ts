/** The hosts of all clusters, as control knows them. */
import { type HostPolicy, type HostSpec, PLAIN_POLICY } from "../contract/host-spec.ts";
import { HOST_EVENTS } from "../contract/host-monitor.ts";
import type { CompiledResource } from "../resources/resource.ts";
import type { ClusterPlan } from "../upstream/cluster-plan.ts";
import type { ClusterOutliers } from "./checks/cluster-outliers.ts";
import type { DiscoveryOptions } from "./discovery-options.ts";
import { ClusterDiscovery } from "./cluster-discovery.ts";

export class Discovery {
  private readonly clusters = new Map<string, ClusterDiscovery>();
  private readonly options: DiscoveryOptions;

  constructor(options: DiscoveryOptions) {
    this.options = options;
  }

  /** Opens or replaces a cluster. Resolves when its hosts are known for the first time and checked, or are known to be unknown. */
  open(resource: CompiledResource, endpoints: CompiledResource | undefined): Promise<void> {
    this.clusters.get(resource.name)?.close();
    const discovery = new ClusterDiscovery(resource, this.options);
    this.clusters.set(resource.name, discovery);
    if (endpoints !== undefined) discovery.setEndpoints(endpoints);
    return discovery.start();
  }

  close(name: string): void {
    this.clusters.get(name)?.close();
    this.clusters.delete(name);
  }

  /** An EDS resource changed. */
  endpointsChanged(name: string, endpoints: CompiledResource): void {
    for (const discovery of this.clusters.values()) if (discovery.endpointsName === name) discovery.setEndpoints(endpoints);
  }

  /** What a worker saw of a host. */
  hostEvent(cluster: string, address: string, event: string): void {
    const known = HOST_EVENTS.find((name) => name === event);
    if (known !== undefined) this.clusters.get(cluster)?.hostEvent(address, known);
  }

  /** What outlier detection knows of a cluster; undefined where there is none. */
  outliers(cluster: string): ClusterOutliers | undefined {
    return this.clusters.get(cluster)?.outliers ?? undefined;
  }

  measure(): void {
    for (const discovery of this.clusters.values()) discovery.measure();
  }

  /** The hosts of a cluster at this moment. */
  hosts(cluster: string): readonly HostSpec[] {
    return this.clusters.get(cluster)?.hosts ?? [];
  }

  /** What its assignment says of all of them. */
  policy(cluster: string): HostPolicy {
    return this.clusters.get(cluster)?.policy ?? PLAIN_POLICY;
  }

  plan(cluster: string): ClusterPlan | undefined {
    return this.clusters.get(cluster)?.plan;
  }

  names(): readonly string[] {
    return [...this.clusters.keys()];
  }
}

/** Under which name an EDS cluster asks for its endpoints; undefined for other clusters. */
export function edsName(resource: CompiledResource): string | undefined {
  const cluster = JSON.parse(resource.text) as { type?: string; name?: string; eds_cluster_config?: { service_name?: string } };
  return cluster.type === "EDS" ? cluster.eds_cluster_config?.service_name || cluster.name : undefined;
}
