/**
 * Control's half of one cluster: which hosts it has, and how they are. Static ones are known, names are resolved again and again, EDS
 * comes from its resource; active checks and outlier detection add their flags. Workers are only told the result.
 */
import type { HostEvent } from "../contract/host-monitor.ts";
import { isDegraded, isExcluded, isHealthy, isUnhealthy, PENDING_DYNAMIC_REMOVAL } from "../contract/host-health.ts";
import type { HostPolicy, HostSpec } from "../contract/host-spec.ts";
import { formatAddress, ipAddress } from "../platform/address.ts";
import type { Timer } from "../platform/clock.ts";
import type { DnsAnswer } from "../platform/dns.ts";
import type { CompiledResource } from "../resources/resource.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { ClusterLoadAssignment } from "../schema/generated/envoy/config/endpoint/v3.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import { measureBreakers } from "../upstream/breaker-gauges.ts";
import { type ClusterPlan, compileCluster } from "../upstream/cluster-plan.ts";
import {
  CLUSTER_SHAPE, clusterPrefix, MEMBERSHIP_CHANGE, MEMBERSHIP_DEGRADED, MEMBERSHIP_EXCLUDED, MEMBERSHIP_HEALTHY, MEMBERSHIP_TOTAL, UPDATE_ATTEMPT, UPDATE_EMPTY,
  UPDATE_FAILURE, UPDATE_NO_REBUILD, UPDATE_SUCCESS,
} from "../upstream/cluster-stats.ts";
import { compileEndpoints, type NamedEndpoint } from "../upstream/endpoints.ts";
import { ClusterOutliers } from "./checks/cluster-outliers.ts";
import { ClusterChecker } from "./checks/cluster-checker.ts";
import type { DiscoveryOptions } from "./discovery-options.ts";

export class ClusterDiscovery {
  readonly plan: ClusterPlan;
  /** With their health as it is now. */
  hosts: readonly HostSpec[] = [];
  policy: HostPolicy;
  private readonly place: string;
  private readonly options: DiscoveryOptions;
  private readonly stats: StatBlock;
  readonly outliers: ClusterOutliers | null;
  private readonly checker: ClusterChecker | null;
  private readonly keepsRemoved: boolean;
  /** Hosts as they were found, by key, without what checks say of them. */
  private members = new Map<string, HostSpec>();
  private readonly resolved = new Map<NamedEndpoint, readonly HostSpec[]>();
  private readonly timers: Timer[] = [];
  private readonly failing = new Set<string>();
  /** What was published last, as text. */
  private published: string;
  private closed = false;

  constructor(resource: CompiledResource, options: DiscoveryOptions) {
    const message = JSON.parse(resource.text) as Cluster;
    this.plan = compileCluster(message, options.context);
    this.policy = this.plan.endpoints.policy;
    this.published = JSON.stringify([[], this.policy]);
    this.place = resource.place;
    this.options = options;
    this.stats = options.stats.block(clusterPrefix(this.plan.statName), CLUSTER_SHAPE);
    this.outliers = this.newOutliers();
    this.keepsRemoved = this.plan.discovery !== "static" && message.ignore_health_on_host_removal !== true;
    this.checker = options.checks === undefined ? null : ClusterChecker.of(message, {
      surroundings: options.checks, stats: this.stats, hasTraffic: () => (options.totals?.(`${clusterPrefix(this.plan.statName)}upstream_cx_total`) ?? 1) > 0,
      onFlags: (key) => this.onFlags(key), onPassed: (key) => this.outliers?.passedCheck(key),
    }, (reason) => options.warn(`${this.place}: cluster '${this.plan.name}': ${reason}; its hosts count as healthy`));
  }

  private newOutliers(): ClusterOutliers | null {
    const { checks, totals, stats, outlierLog = "" } = this.options;
    if (this.plan.outliers === undefined || checks === undefined || totals === undefined) return null;
    return new ClusterOutliers(this.plan.name, this.plan.outliers, {
      clock: checks.clock, random: checks.random, runtime: checks.runtime, stats: this.stats, blocks: stats, totals, log: outlierLog === "" ? null : checks.logs.open(outlierLog),
      onFlags: (key) => this.onFlags(key),
    });
  }

  get endpointsName(): string | undefined {
    return this.plan.needs.find((need) => need.type === "endpoints")?.name;
  }

  /** Resolves when the hosts are known and have been checked once. */
  async start(): Promise<void> {
    const { names } = this.plan.endpoints;
    if (this.plan.discovery === "static") this.publish(this.plan.endpoints.hosts);
    await Promise.all(names.map((name) => this.resolve(name)));
    await this.checker?.firstRound();
  }

  setEndpoints(resource: CompiledResource | undefined): void {
    if (this.closed) return;
    this.stats.inc(UPDATE_ATTEMPT);
    this.stats.inc(UPDATE_SUCCESS);
    if (resource === undefined) return this.publish([]);
    const { hosts, policy } = compileEndpoints(JSON.parse(resource.text) as ClusterLoadAssignment, false, this.options.context.diagnostics);
    this.publish(hosts, policy);
  }

  /** What a worker saw of the host of this address. */
  hostEvent(address: string, event: HostEvent): void {
    for (const [key, host] of this.members) {
      if (formatAddress(host.address) !== address) continue;
      if (event === "immediate-fail") this.checker?.failImmediately(key);
      else this.outliers?.event(key, event);
    }
  }

  /** Brings the gauges up to date that are only worked out when somebody looks. */
  measure(): void {
    measureBreakers(this.stats, this.plan, (this.options.totals?.(`${clusterPrefix(this.plan.statName)}upstream_cx_total`) ?? 0) > 0);
  }

  close(): void {
    this.closed = true;
    for (const timer of this.timers) timer.cancel();
    this.checker?.close();
    this.outliers?.close();
    for (const gauge of [MEMBERSHIP_TOTAL, MEMBERSHIP_HEALTHY, MEMBERSHIP_DEGRADED, MEMBERSHIP_EXCLUDED]) this.stats.set(gauge, 0);
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
      if (answer.addresses.length === 0) this.stats.inc(UPDATE_EMPTY);
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

  /** These hosts were found; those that are gone but pass their checks stay until they fail one. */
  private publish(found: readonly HostSpec[], policy = this.policy): void {
    const members = new Map(found.map((host) => [this.keyOf(host), host]));
    for (const [key, host] of this.members) {
      if (!members.has(key) && this.mayStay(key, host)) members.set(key, { ...host, flags: host.flags | PENDING_DYNAMIC_REMOVAL });
    }
    const text = JSON.stringify([[...members.values()], policy]);
    if (text === this.published) {
      this.stats.inc(UPDATE_NO_REBUILD);
      return;
    }
    this.published = text;
    this.members = members;
    this.policy = policy;
    this.outliers?.setHosts(new Map([...members].map(([key, host]) => [key, formatAddress(host.address)])));
    this.checker?.setHosts(members, this.plan.discovery !== "static");
    this.stats.inc(MEMBERSHIP_CHANGE);
    this.refresh();
    this.options.onHosts(this.plan.name, this.hosts, policy);
  }

  private mayStay(key: string, host: HostSpec): boolean {
    return this.checker !== null && this.keepsRemoved && host.check?.disabled !== true && !isUnhealthy(this.flagsOf(key, host));
  }

  private keyOf(host: HostSpec): string {
    return this.plan.discovery === "logical_dns" ? host.hostname : formatAddress(host.address);
  }

  private flagsOf(key: string, host: HostSpec): number {
    return host.flags | (this.checker?.flags(key) ?? 0) | (this.outliers?.flags(key) ?? 0);
  }

  /** What checks found of one host. */
  private onFlags(key: string): void {
    const host = this.members.get(key);
    if (host === undefined || this.closed) return;
    const flags = this.flagsOf(key, host);
    if ((host.flags & PENDING_DYNAMIC_REMOVAL) !== 0 && isUnhealthy(flags)) {
      this.publish([...this.members].filter(([other]) => other !== key).map(([, member]) => member));
      return;
    }
    this.refresh();
    this.options.onHealth?.(this.plan.name, { [formatAddress(host.address)]: flags });
  }

  private refresh(): void {
    this.hosts = [...this.members].map(([key, host]) => {
      const flags = this.flagsOf(key, host);
      return flags === host.flags ? host : { ...host, flags };
    });
    this.stats.set(MEMBERSHIP_TOTAL, this.hosts.length);
    this.stats.set(MEMBERSHIP_HEALTHY, this.hosts.filter((host) => isHealthy(host.flags)).length);
    this.stats.set(MEMBERSHIP_DEGRADED, this.hosts.filter((host) => isDegraded(host.flags)).length);
    this.stats.set(MEMBERSHIP_EXCLUDED, this.hosts.filter((host) => isExcluded(host.flags)).length);
  }
}
