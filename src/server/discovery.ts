/**
 * Control's half of every cluster: which hosts it has. Static ones are known, names are resolved again and again, EDS comes
 * from its resource. Workers are only told the result.
 */
import { isDegraded, isExcluded, isHealthy } from "../contract/host-health.ts";
import { type HostPolicy, type HostSpec, PLAIN_POLICY } from "../contract/host-spec.ts";
import type { CompileContext } from "../contract/extension.ts";
import { ipAddress } from "../platform/address.ts";
import type { Clock, Timer } from "../platform/clock.ts";
import type { DnsAnswer, Resolver } from "../platform/dns.ts";
import type { CompiledResource } from "../resources/resource.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { ClusterLoadAssignment } from "../schema/generated/envoy/config/endpoint/v3.ts";
import type { BlockSource, StatBlock } from "../stats/stat-block.ts";
import { type ClusterPlan, compileCluster } from "../upstream/cluster-plan.ts";
import {
  CLUSTER_SHAPE, clusterPrefix, MEMBERSHIP_CHANGE, MEMBERSHIP_DEGRADED, MEMBERSHIP_EXCLUDED, MEMBERSHIP_HEALTHY, MEMBERSHIP_TOTAL, UPDATE_ATTEMPT, UPDATE_FAILURE, UPDATE_NO_REBUILD, UPDATE_SUCCESS,
} from "../upstream/cluster-stats.ts";
import { compileEndpoints, type NamedEndpoint } from "../upstream/endpoints.ts";

export interface DiscoveryOptions {
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly stats: BlockSource;
  readonly context: CompileContext;
  /** The hosts of a cluster are now these. */
  readonly onHosts: (cluster: string, hosts: readonly HostSpec[], policy: HostPolicy) => void;
  readonly warn: (text: string) => void;
}

export class Discovery {
  private readonly clusters = new Map<string, ClusterDiscovery>();
  private readonly options: DiscoveryOptions;

  constructor(options: DiscoveryOptions) {
    this.options = options;
  }

  /** Opens or replaces a cluster. Resolves when its hosts are known for the first time, or are known to be unknown. */
  open(resource: CompiledResource, endpoints: CompiledResource | undefined): Promise<void> {
    this.clusters.get(resource.name)?.close();
    const plan = compileCluster(JSON.parse(resource.text) as Cluster, this.options.context);
    const discovery = new ClusterDiscovery(plan, resource.place, this.options);
    this.clusters.set(resource.name, discovery);
    if (endpoints !== undefined) discovery.setEndpoints(endpoints);
    return discovery.start();
  }

  close(name: string): void {
    this.clusters.get(name)?.close();
    this.clusters.delete(name);
  }

  /** An EDS resource changed (or went, when undefined). */
  endpointsChanged(name: string, endpoints: CompiledResource | undefined): void {
    for (const discovery of this.clusters.values()) if (discovery.endpointsName === name) discovery.setEndpoints(endpoints);
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

class ClusterDiscovery {
  readonly plan: ClusterPlan;
  hosts: readonly HostSpec[] = [];
  policy: HostPolicy;
  private readonly place: string;
  private readonly options: DiscoveryOptions;
  private readonly stats: StatBlock;
  private readonly resolved = new Map<NamedEndpoint, readonly HostSpec[]>();
  private readonly timers: Timer[] = [];
  private readonly failing = new Set<string>();
  private closed = false;

  constructor(plan: ClusterPlan, place: string, options: DiscoveryOptions) {
    this.plan = plan;
    this.policy = plan.endpoints.policy;
    this.place = place;
    this.options = options;
    this.stats = options.stats.block(clusterPrefix(plan.statName), CLUSTER_SHAPE);
  }

  get endpointsName(): string | undefined {
    return this.plan.needs.find((need) => need.type === "endpoints")?.name;
  }

  async start(): Promise<void> {
    const { names } = this.plan.endpoints;
    if (this.plan.discovery === "static") this.publish(this.plan.endpoints.hosts);
    await Promise.all(names.map((name) => this.resolve(name)));
  }

  setEndpoints(resource: CompiledResource | undefined): void {
    if (this.closed) return;
    this.stats.inc(UPDATE_ATTEMPT);
    this.stats.inc(UPDATE_SUCCESS);
    if (resource === undefined) return this.publish([]);
    const { hosts, policy } = compileEndpoints(JSON.parse(resource.text) as ClusterLoadAssignment, false, this.options.context.diagnostics);
    this.publish(hosts, policy);
  }

  close(): void {
    this.closed = true;
    for (const timer of this.timers) timer.cancel();
    this.stats.set(MEMBERSHIP_TOTAL, 0);
    for (const gauge of [MEMBERSHIP_HEALTHY, MEMBERSHIP_DEGRADED, MEMBERSHIP_EXCLUDED]) this.stats.set(gauge, 0);
    this.stats.close();
  }

  private async resolve(endpoint: NamedEndpoint): Promise<void> {
    const { resolver, clock } = this.options;
    const { dns } = this.plan;
    this.stats.inc(UPDATE_ATTEMPT);
    const answer = await resolver.resolve(endpoint.name, dns.family, { wantTtl: dns.respectTtl });
    if (this.closed) return;
    this.take(endpoint, answer);
    const failed = "error" in answer;
    const ttl = !failed && dns.respectTtl && answer.ttlSeconds !== undefined ? Math.max(answer.ttlSeconds * 1000, 1) : dns.refreshMs;
    this.timers.push(clock.after(failed ? dns.failureRefreshMs : ttl, () => {
      this.timers.splice(0, this.timers.length, ...this.timers.filter((timer) => timer.armed));
      void this.resolve(endpoint);
    }));
  }

  private take(endpoint: NamedEndpoint, answer: DnsAnswer): void {
    if ("error" in answer) {
      this.stats.inc(UPDATE_FAILURE);
      this.warnOnce(endpoint, answer.error);
      // A name that is gone has no hosts; servers that do not answer leave what was known, and a logical host stays in any case.
      if (!answer.notFound || this.plan.discovery === "logical_dns") return;
      this.resolved.set(endpoint, []);
    } else {
      this.stats.inc(UPDATE_SUCCESS);
      this.failing.delete(endpoint.name);
      const addresses = this.plan.discovery === "logical_dns" ? answer.addresses.slice(0, 1) : [...new Set(answer.addresses)];
      this.resolved.set(endpoint, addresses.map((ip) => ({ ...endpoint.host, address: ipAddress(ip, endpoint.port) })));
    }
    this.publish([...this.plan.endpoints.hosts, ...this.plan.endpoints.names.flatMap((name) => this.resolved.get(name) ?? [])]);
  }

  private warnOnce(endpoint: NamedEndpoint, error: string): void {
    if (this.failing.has(endpoint.name)) return;
    this.failing.add(endpoint.name);
    this.options.warn(`${this.place}: cluster '${this.plan.name}': '${endpoint.name}' does not resolve (${error}); requests to it are answered 503 until it does`);
  }

  private publish(hosts: readonly HostSpec[], policy = this.policy): void {
    const before = JSON.stringify([this.hosts, this.policy]);
    const unique = [...new Map(hosts.map((host) => [JSON.stringify(host.address), host])).values()];
    if (JSON.stringify([unique, policy]) === before) {
      this.stats.inc(UPDATE_NO_REBUILD);
      return;
    }
    this.hosts = unique;
    this.policy = policy;
    this.stats.inc(MEMBERSHIP_CHANGE);
    this.stats.set(MEMBERSHIP_TOTAL, unique.length);
    this.stats.set(MEMBERSHIP_HEALTHY, unique.filter((host) => isHealthy(host.flags)).length);
    this.stats.set(MEMBERSHIP_DEGRADED, unique.filter((host) => isDegraded(host.flags)).length);
    this.stats.set(MEMBERSHIP_EXCLUDED, unique.filter((host) => isExcluded(host.flags)).length);
    this.options.onHosts(this.plan.name, unique, policy);
  }
}

/** Under which name an EDS cluster asks for its endpoints; undefined for other clusters. */
export function edsName(resource: CompiledResource): string | undefined {
  const cluster = JSON.parse(resource.text) as { type?: string; name?: string; eds_cluster_config?: { service_name?: string } };
  return cluster.type === "EDS" ? cluster.eds_cluster_config?.service_name || cluster.name : undefined;
}
