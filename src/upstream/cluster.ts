/** A cluster opened in a worker: its hosts at this moment, its balancer, a pool for each host. */
import { formatAddress, type SocketAddress } from "../platform/address.ts";
import type { Cluster, PoolRequest } from "../contract/cluster.ts";
import type { Env } from "../contract/env.ts";
import type { HostSets } from "../contract/host-set.ts";
import type { HostMonitor } from "../contract/host-monitor.ts";
import type { Host } from "../contract/host.ts";
import { isUnhealthy } from "../contract/host-health.ts";
import { type HostPolicy, type HostSpec, PLAIN_POLICY } from "../contract/host-spec.ts";
import type { LbContext, LoadBalancer, LoadReports, OverrideHost } from "../contract/load-balancer.ts";
import type { ConnectionPool } from "../contract/upstream-stream.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import type { BreakerLimits, ClusterPlan } from "./cluster-plan.ts";
import { CLUSTER_SHAPE, clusterPrefix, CX_NONE_HEALTHY, DEFAULT_LIMITS, HIGH_LIMITS, HOST_SHAPE, hostPrefix, type LimitPlaces, RQ_COMPLETED } from "./cluster-stats.ts";
import { CodeStats } from "./code-stats.ts";
import { hostSetsOf } from "./host-sets.ts";
import { WINDOW_SHAPE, windowPrefix } from "./outlier-stats.ts";
import { limitsNow } from "./runtime-limits.ts";
import { TimeStats } from "./time-stats.ts";
import type { PoolShared } from "./pool-shared.ts";
import { Http1Pool } from "./http1-pool.ts";
import { Http2Pool } from "./http2-pool.ts";
import { HostDialer } from "./host-dialer.ts";
import { HostWatch } from "./host-watch.ts";
import { highPools, LiveHost } from "./live-host.ts";
import { TcpPool } from "./tcp-pool.ts";
import { TransportDialer } from "./transport-dialer.ts";
import { isPlain, matchOf } from "./transport-matches.ts";
import { type PeerWishes, wishesOf, wishing } from "./peer-wishes.ts";

const NOWHERE_ELSE: readonly SocketAddress[] = [];
export class LiveCluster implements Cluster {
  readonly name: string;
  readonly stats: StatBlock;
  readonly maxStreamDurationMs: number;
  readonly monitor: HostMonitor | null;
  protected readonly env: Env;
  /** Its one host is known by its name, wherever that leads. */
  private readonly logical: boolean;
  protected readonly plan: ClusterPlan;
  /** As the runtime has them now; pools look at them each time. */
  private readonly limits: BreakerLimits;
  private readonly highLimits: BreakerLimits;
  private readonly shared: PoolShared;
  private readonly sharedHigh: PoolShared;
  /** Null: hosts are dialed as they are. */
  private readonly dialer: TransportDialer | null;
  private readonly balancer: LoadBalancer;
  private readonly codes: CodeStats;
  private readonly externalCodes: CodeStats;
  private internalCodes: CodeStats | null = null;
  private canaryCodes: CodeStats | null = null;
  private retryCodes: CodeStats | null = null;
  private readonly times: TimeStats;
  private readonly externalTimes: TimeStats;
  private internalTimes: TimeStats | null = null;
  private canaryTimes: TimeStats | null = null;
  /** The hosts by priority, health and locality. */
  sets: HostSets = [];
  protected hosts: LiveHost[] = [];
  readonly observabilityName: string;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  private policy = PLAIN_POLICY;
  private readonly nursery = new Map<string, LiveHost>();
  private others: ReadonlyMap<string, readonly SocketAddress[]> = new Map();
  private readonly maintenanceKey: string;
  /** Outlier detection looks at its hosts. */
  private readonly watched: boolean;
  /** Hosts that have gone, but not their last request. */
  private leaving = 0;
  private closed = false;

  constructor(plan: ClusterPlan, env: Env) {
    this.name = plan.name;
    this.observabilityName = plan.statName;
    this.metadata = plan.metadata;
    this.plan = plan;
    this.env = env;
    this.logical = plan.discovery === "logical_dns";
    this.maxStreamDurationMs = plan.maxStreamDurationMs;
    this.stats = env.stats.block(clusterPrefix(plan.statName), CLUSTER_SHAPE);
    this.balancer = plan.balancer({
      random: env.random, runtime: env.runtime, clock: env.clock, stats: this.stats, leader: env.leader ?? true, local: env.local?.name === plan.name ? null : (env.local ?? null),
    });
    this.codes = new CodeStats(this.stats, "", RQ_COMPLETED);
    this.externalCodes = new CodeStats(this.stats, "external.");
    this.times = new TimeStats(this.stats, "");
    this.externalTimes = new TimeStats(this.stats, "external.");
    this.maintenanceKey = `upstream.maintenance_mode.${plan.name}`;
    this.watched = plan.outliers !== undefined;
    this.monitor = plan.outliers === undefined && !plan.checked ? null : new HostWatch(plan.outliers, plan.checked, env.runtime, (address, event) => env.hostEvent?.(plan.name, address, event));
    this.dialer = isPlain(plan.transports) ? null : new TransportDialer(plan.transports, env);
    this.limits = limitsNow(plan.limits, env.runtime, `circuit_breakers.${plan.name}.default.`);
    this.highLimits = limitsNow(plan.highLimits, env.runtime, `circuit_breakers.${plan.name}.high.`);
    this.shared = {
      clock: env.clock, random: env.random, dialer: new HostDialer(this.dialer ?? env.dialer, env.clock, plan, (address) => this.othersOf(address)), stats: this.stats, limits: this.limits, places: DEFAULT_LIMITS, connectTimeoutMs: plan.connectTimeoutMs,
      idleTimeoutMs: plan.idleTimeoutMs, maxRequestsPerConnection: plan.maxRequestsPerConnection, bufferLimit: plan.bufferLimit, codec: plan.codec,
      http2: plan.http2,
    };
    this.sharedHigh = { ...this.shared, limits: this.highLimits, places: HIGH_LIMITS };
  }

  get loadReports(): LoadReports | undefined {
    return this.balancer.reports;
  }

  chooseHost(context: LbContext): Host | null {
    const override = context.overrideHost ?? null;
    const named = override === null ? null : this.named(override);
    if (named !== null) return named;
    if (override?.strict === true) {
      this.stats.inc(CX_NONE_HEALTHY);
      return null;
    }
    const host = this.pick(context);
    if (host === null) this.stats.inc(CX_NONE_HEALTHY);
    return host;
  }

  /** The balancer's choice, again and again while a retry does not want it. */
  pick(context: LbContext): Host | null {
    let host = this.balancer.choose(context);
    const avoid = context.avoid ?? null;
    if (avoid !== null) {
      for (let attempt = 1; attempt <= avoid.hostAttempts && host !== null && avoid.rejects(host); attempt++) host = this.balancer.choose(context, attempt);
    }
    return host;
  }

  /** The host that a request names, unless it is unhealthy. */
  private named(override: OverrideHost): Host | null {
    const host = this.hosts.find(({ address }) => formatAddress(address) === override.address);
    override.missing = host === undefined;
    return host === undefined || isUnhealthy(host.flags) ? null : host;
  }

  pool(host: Host, protocol: string, high = false, request?: PoolRequest): ConnectionPool {
    const live = host as LiveHost;
    const own = this.dialer === null ? null : wishesOf(request, this.plan.names, this.dialer.perClient);
    const pools = own !== null ? live.keyed.get(`${high} ${own.key}`) : high ? highPools(live) : live;
    const shared = this.sharedBy(high, own?.wishes);
    const { use } = shared.http2;
    if (use === "always" || (use === "downstream" && protocol === "HTTP/2")) return (pools.http2Pool ??= new Http2Pool(live, shared));
    return (pools.pool ??= new Http1Pool(live, shared));
  }

  tunnelPool(host: Host, high = false): ConnectionPool {
    const live = host as LiveHost;
    const pools = high ? highPools(live) : live;
    return (pools.tunnels ??= new Http1Pool(live, high ? this.sharedHigh : this.shared, true));
  }

  tcpPool(host: Host, request?: PoolRequest): TcpPool {
    const live = host as LiveHost;
    const own = this.dialer === null ? null : wishesOf(request, null, this.dialer.perClient);
    const pools = own === null ? live : live.keyed.get(own.key);
    return (pools.tcp ??= new TcpPool(live, this.sharedBy(false, own?.wishes)));
  }

  private sharedBy(high: boolean, wishes: PeerWishes | undefined): PoolShared {
    const shared = high ? this.sharedHigh : this.shared;
    return wishes === undefined ? shared : { ...shared, dialer: wishing(shared.dialer, wishes) };
  }

  canConnect(): boolean {
    return this.stats.held(DEFAULT_LIMITS.connections) < this.shared.limits.connections;
  }

  chargeResponse(status: number, internal: boolean, canary: boolean): void {
    this.codes.charge(status);
    if (canary) (this.canaryCodes ??= new CodeStats(this.stats, "canary.")).charge(status);
    if (internal) (this.internalCodes ??= new CodeStats(this.stats, "internal.")).charge(status);
    else this.externalCodes.charge(status);
  }

  chargeTime(milliseconds: number, internal: boolean, canary: boolean): void {
    this.times.charge(milliseconds);
    if (canary) (this.canaryTimes ??= new TimeStats(this.stats, "canary.")).charge(milliseconds);
    if (internal) (this.internalTimes ??= new TimeStats(this.stats, "internal.")).charge(milliseconds);
    else this.externalTimes.charge(milliseconds);
  }

  chargeRetried(status: number): void {
    (this.retryCodes ??= new CodeStats(this.stats, "retry.")).charge(status);
  }

  acquireRetry(high = false): boolean {
    const { places, limits } = high ? this.sharedHigh : this.shared;
    return this.stats.tryAcquire(places.retries, this.mostRetries(places, limits));
  }

  releaseRetry(high = false): void {
    this.stats.release((high ? HIGH_LIMITS : DEFAULT_LIMITS).retries);
  }

  /** `max_retries`, or the budget's share of the requests there are now. */
  private mostRetries(places: LimitPlaces, { retries, retryBudget }: BreakerLimits): number {
    if (retryBudget === undefined) return retries;
    const requests = this.stats.held(places.requests) + this.stats.held(places.pending);
    return Math.max(Math.floor((retryBudget.percent / 100) * requests), retryBudget.least);
  }

  /** The runtime has new values: limits may be others. */
  onRuntime(): void {
    Object.assign(this.limits, limitsNow(this.plan.limits, this.env.runtime, `circuit_breakers.${this.name}.default.`));
    Object.assign(this.highLimits, limitsNow(this.plan.highLimits, this.env.runtime, `circuit_breakers.${this.name}.high.`));
  }

  inMaintenance(): boolean {
    const percent = this.env.runtime.get(this.maintenanceKey);
    return typeof percent === "number" && (percent >= 100 || this.env.random.u32() % 100 < percent);
  }

  get dropShare(): number {
    return this.policy.drop;
  }

  /** Makes hosts ahead of an update that will bring them, so that a large one need not be done at once. */
  prepareHosts(specs: readonly HostSpec[]): void {
    const now = this.env.clock.now();
    const known = new Set(this.hosts.map(placeOf));
    for (const spec of specs) if (!known.has(placeOf(spec)) && !this.nursery.has(placeOf(spec))) this.nursery.set(placeOf(spec), this.newHost(spec, now));
  }

  /** The hosts as discovery has them now: known ones keep their pools, gone ones finish what they have begun. */
  updateHosts(specs: readonly HostSpec[], policy: HostPolicy = PLAIN_POLICY): void {
    const now = this.env.clock.now();
    this.policy = policy;
    const identity = this.logical ? nameOf : placeOf;
    const before = new Map(this.hosts.map((host) => [identity(host), host]));
    this.hosts = specs.map((spec) => {
      const known = before.get(identity(spec)) ?? this.nursery.get(placeOf(spec));
      if (known === undefined) return this.newHost(spec, now);
      known.adopt(spec, now);
      known.transport = matchOf(this.plan.transports, spec);
      return known;
    });
    this.emptyNursery();
    this.others = new Map(specs.flatMap((spec) => (spec.others === undefined ? [] : [[formatAddress(spec.address), spec.others]])));
    const present = new Set(this.hosts);
    if (this.plan.closeOnChange && before.size > 0) for (const host of this.hosts) this.renew(host);
    for (const host of before.values()) if (!present.has(host)) this.retire(host);
    this.spread();
  }

  /** Where else the host of this address can be had. */
  private othersOf(address: SocketAddress): readonly SocketAddress[] {
    return this.others.get(formatAddress(address)) ?? NOWHERE_ELSE;
  }

  protected newHost(spec: HostSpec, now: number): LiveHost {
    const { stats } = this.env;
    const address = formatAddress(spec.address);
    const host = new LiveHost(spec, stats.block(hostPrefix(this.name, address), HOST_SHAPE), this.watched ? stats.block(windowPrefix(this.name, address), WINDOW_SHAPE) : null, now, this);
    host.transport = matchOf(this.plan.transports, spec);
    return host;
  }

  /** Hosts that were prepared and did not come are forgotten. */
  private emptyNursery(): void {
    if (this.nursery.size === 0) return;
    const present = new Set(this.hosts);
    for (const host of this.nursery.values()) if (!present.has(host)) this.retire(host);
    this.nursery.clear();
  }

  /** Health changed: flags by address. */
  updateHealth(flags: Readonly<Record<string, number>>): void {
    const now = this.env.clock.now();
    for (const host of this.hosts) {
      const word = flags[formatAddress(host.address)];
      if (word !== undefined && host.mark(word, now)) this.onFailure(host);
    }
    this.spread();
  }

  /** Connections to a host that fails carry nothing new; those of TCP are cut where that is asked for. */
  private onFailure(host: LiveHost): void {
    this.renew(host);
    if (this.plan.closeOnFailure) host.tcp?.closeAll();
  }

  private renew(host: LiveHost): void {
    for (const pool of [host.pool, host.http2Pool, host.tunnels, host.high?.pool, host.high?.http2Pool, host.high?.tunnels]) pool?.renew();
  }

  /** Sorts the hosts and tells the balancer. */
  private spread(): void {
    const sets = (this.sets = hostSetsOf(this.hosts, this.policy, this.env.locality ?? null));
    if (this.env.local?.name === this.name) this.env.local.publish(sets[0] ?? null);
    this.balancer.update(sets);
  }

  /** The cluster is taken out of service: pools end when their requests have, and the numbers with them. */
  close(): void {
    this.closed = true;
    for (const host of [...this.hosts, ...this.nursery.values()]) this.retire(host);
    this.nursery.clear();
    this.hosts = [];
    this.balancer.close?.();
    this.balancer.update([]);
    this.checkGone();
  }

  protected retire(host: LiveHost): void {
    const pools = [host.pool, host.http2Pool, host.tunnels, host.tcp, host.high?.pool ?? null, host.high?.http2Pool ?? null, host.high?.tunnels ?? null, ...host.keyed.all()].filter((pool) => pool !== null);
    let left = pools.length;
    host.window?.close();
    if (left === 0) host.stats.close();
    this.leaving += left;
    for (const pool of pools) {
      pool.drain(() => {
        this.leaving--;
        if (--left === 0) host.stats.close();
        this.checkGone();
      });
    }
  }

  private checkGone(): void {
    if (!this.closed || this.leaving > 0) return;
    this.dialer?.close();
    this.stats.close();
  }
}

interface Placed {
  readonly address: SocketAddress;
  readonly hostname: string;
}

function nameOf({ hostname }: Placed): string {
  return hostname;
}

function placeOf(host: Placed): string {
  return `${formatAddress(host.address)} ${host.hostname}`;
}
