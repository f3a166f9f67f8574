/**
 * Control's half of one cluster: which hosts it has, and how they are. Static ones are known, names are resolved again and again, EDS
 * comes from its resource; active checks and outlier detection add their flags. Workers are only told the result.
 */
import { ExponentialBackOff } from "../base/back-off.ts";
import type { HostEvent } from "../contract/host-monitor.ts";
import { isDegraded, isExcluded, isHealthy, isUnhealthy, PENDING_DYNAMIC_REMOVAL } from "../contract/host-health.ts";
import type { HostPolicy, HostSpec } from "../contract/host-spec.ts";
import { formatAddress, ipAddress, type SocketAddress } from "../platform/address.ts";
import type { Timer } from "../platform/clock.ts";
import type { DnsAnswer, Resolver } from "../platform/dns.ts";
import type { CompiledResource } from "../resources/resource.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { ClusterLoadAssignment } from "../schema/generated/envoy/config/endpoint/v3.ts";
import { statShape } from "../stats/shape.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import { measureBreakers } from "../upstream/breaker-gauges.ts";
import type { Dialer } from "../platform/conn.ts";
import { TransportDialer } from "../upstream/transport-dialer.ts";
import { isPlain, matchOf, NO_MATCH } from "../upstream/transport-matches.ts";
import { type ClusterPlan, compileCluster } from "../upstream/cluster-plan.ts";
import {
  CLUSTER_SHAPE, clusterPrefix, MEMBERSHIP_CHANGE, MEMBERSHIP_DEGRADED, MEMBERSHIP_EXCLUDED, MEMBERSHIP_HEALTHY, MEMBERSHIP_TOTAL, UPDATE_ATTEMPT, UPDATE_EMPTY,
  UPDATE_FAILURE, TOTAL_MATCH_COUNT, UPDATE_NO_REBUILD, UPDATE_SUCCESS,
} from "../upstream/cluster-stats.ts";
import { compileEndpoints, type NamedEndpoint } from "../upstream/endpoints.ts";
import { ClusterOutliers } from "./checks/cluster-outliers.ts";
import { checkEnv } from "./checks/check-env.ts";
import { ClusterChecker } from "./checks/cluster-checker.ts";
import type { DiscoveryOptions } from "./discovery-options.ts";

const MATCH_SHAPE = statShape([{ name: "total_match_count", kind: "counter" }]);

export class ClusterDiscovery {
  readonly plan: ClusterPlan;
  /** With their health as it is now. */
  hosts: readonly HostSpec[] = [];
  policy: HostPolicy;
  private readonly place: string;
  private readonly options: DiscoveryOptions;
  private readonly stats: StatBlock;
  /** Of each of `transport_socket_matches`: the hosts that it was for. */
  private readonly matchStats: readonly StatBlock[];
  readonly outliers: ClusterOutliers | null;
  private readonly checker: ClusterChecker | null;
  /** For checks, through the cluster's transport socket; null: there are none, or none can be made. */
  private readonly dialer: Dialer | null;
  private readonly keepsRemoved: boolean;
  /** Hosts as they were found, by key, without what checks say of them. */
  private members = new Map<string, HostSpec>();
  private readonly resolved = new Map<NamedEndpoint, readonly HostSpec[]>();
  private readonly timers: Timer[] = [];
  private readonly failing = new Set<string>();
  private readonly backOffs = new Map<NamedEndpoint, ExponentialBackOff>();
  private readonly resolver: Resolver;
  /** What was published last, as text. */
  private published: string;
  /** Its first hosts were known. */
  private warm = false;
  private closed = false;

  constructor(resource: CompiledResource, options: DiscoveryOptions) {
    const message = JSON.parse(resource.text) as Cluster;
    this.plan = compileCluster(message, options.context);
    this.policy = this.plan.endpoints.policy;
    this.published = JSON.stringify([[], this.policy]);
    this.resolver = this.plan.dns.servers.length === 0 ? options.resolver : (options.resolverOf?.(this.plan.dns.servers) ?? options.resolver);
    this.place = resource.place;
    this.options = options;
    this.stats = options.stats.block(clusterPrefix(this.plan.statName), CLUSTER_SHAPE);
    this.matchStats = this.plan.transports.matches.map(({ name }) => options.stats.block(`${clusterPrefix(this.plan.statName)}${name}.`, MATCH_SHAPE));
    this.outliers = this.newOutliers();
    this.keepsRemoved = this.plan.discovery !== "static" && message.ignore_health_on_host_removal !== true;
    this.dialer = this.newDialer();
    this.checker = options.checks === undefined || this.dialer === null ? null : ClusterChecker.of(message, {
      surroundings: options.checks, dialer: this.dialer, stats: this.stats, transports: this.plan.transports, hasTraffic: () => (options.totals?.(`${clusterPrefix(this.plan.statName)}upstream_cx_total`) ?? 1) > 0,
      onFlags: (key) => this.onFlags(key), onPassed: (key) => this.outliers?.passedCheck(key),
    }, (reason) => options.warn(`${this.place}: cluster '${this.plan.name}': ${reason}; its hosts count as healthy`));
  }

  private newDialer(): Dialer | null {
    const { checks, stats, warn } = this.options;
    const { transports, name } = this.plan;
    if (checks === undefined || !this.plan.checked || transports.fallback === undefined) return null;
    if (isPlain(transports)) return checks.dialer;
    try {
      return new TransportDialer(transports, checkEnv(checks, stats));
    } catch (error) {
      warn(`${this.place}: cluster '${name}': no health checks: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
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
    this.warm = true;
  }

  /** Of its subscription (which counts its updates itself). */
  setEndpoints(resource: CompiledResource): void {
    if (this.closed) return;
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
    if (this.dialer instanceof TransportDialer) this.dialer.close();
    this.outliers?.close();
    for (const gauge of [MEMBERSHIP_TOTAL, MEMBERSHIP_HEALTHY, MEMBERSHIP_DEGRADED, MEMBERSHIP_EXCLUDED]) this.stats.set(gauge, 0);
    for (const block of this.matchStats) block.close();
    this.stats.close();
  }

  private async resolve(endpoint: NamedEndpoint): Promise<void> {
    const { clock } = this.options;
    const { dns } = this.plan;
    this.stats.inc(UPDATE_ATTEMPT);
    const answer = await this.resolver.resolve(endpoint.name, dns.family, { wantTtl: dns.respectTtl, ...(dns.timeoutMs === undefined ? {} : { timeoutMs: dns.timeoutMs }) });
    if (this.closed) return;
    this.take(endpoint, answer);
    this.timers.push(clock.after(this.nextLook(endpoint, answer), () => {
      this.timers.splice(0, this.timers.length, ...this.timers.filter((timer) => timer.armed));
      void this.resolve(endpoint);
    }));
  }

  /** When a name is asked for again, ms. */
  private nextLook(endpoint: NamedEndpoint, answer: DnsAnswer): number {
    const { dns } = this.plan;
    const random = this.options.checks?.random;
    if ("error" in answer) {
      if (dns.failureMs === null || random === undefined) return dns.failureMs?.[0] ?? dns.refreshMs;
      const backOff = this.backOffs.get(endpoint) ?? new ExponentialBackOff(...dns.failureMs);
      this.backOffs.set(endpoint, backOff);
      return backOff.wait(random.u64());
    }
    this.backOffs.delete(endpoint);
    const wait = dns.respectTtl && answer.ttlSeconds !== undefined && answer.ttlSeconds > 0 ? Math.max(answer.ttlSeconds * 1000, dns.leastTtlMs) : dns.refreshMs;
    return wait + (dns.jitterMs > 0 && random !== undefined ? random.u32() % dns.jitterMs : 0);
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
      const addresses = [...new Set(answer.addresses)].map((ip) => ipAddress(ip, endpoint.port));
      this.resolved.set(endpoint, this.plan.discovery === "logical_dns" ? logicalHost(endpoint, addresses) : addresses.map((address) => ({ ...endpoint.host, address })));
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
      if (this.plan.discovery !== "eds" && this.plan.discovery !== "static") this.stats.inc(UPDATE_NO_REBUILD);
      return;
    }
    const others = members.size !== this.members.size || [...members.keys()].some((key) => !this.members.has(key));
    this.published = text;
    for (const [key, host] of members) if (!this.members.has(key)) this.countMatch(host);
    this.members = members;
    this.policy = policy;
    this.outliers?.setHosts(new Map([...members].map(([key, host]) => [key, formatAddress(host.address)])));
    this.checker?.setHosts(members, this.plan.discovery !== "static");
    if (others) this.stats.inc(MEMBERSHIP_CHANGE);
    this.refresh();
    this.options.onHosts(this.plan.name, this.hosts, policy, this.warm);
  }

  private countMatch(host: HostSpec): void {
    const index = matchOf(this.plan.transports, host);
    if (index === NO_MATCH) this.stats.inc(TOTAL_MATCH_COUNT);
    else this.matchStats[index]?.inc(0);
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

/** One host whose address is the first; the others are tried where that one does not answer. */
function logicalHost({ host }: NamedEndpoint, [first, ...others]: readonly SocketAddress[]): HostSpec[] {
  return first === undefined ? [] : [{ ...host, address: first, ...(others.length === 0 ? {} : { others }) }];
}
