/**
 * Outlier detection of one cluster, one for the process (Envoy's DetectorImpl): it runs in control. Workers count in shared memory and tell of rows
 * of failures; at each interval the rates are compared. What is ejected here is ejected for all workers.
 */
import { DEGRADED_OUTLIER_DETECTION, FAILED_OUTLIER_CHECK } from "../../contract/host-health.ts";
import type { LogSink } from "../../contract/env.ts";
import type { HostEvent } from "../../contract/host-monitor.ts";
import type { RuntimeView } from "../../contract/request-view.ts";
import type { Clock, Timer } from "../../platform/clock.ts";
import type { Random } from "../../platform/random.ts";
import type { BlockSource, StatBlock } from "../../stats/stat-block.ts";
import { ENFORCING_KEYS, type EjectionType, type OutlierNumber, type OutlierPlan } from "../../upstream/outlier-plan.ts";
import * as S from "../../upstream/outlier-stats.ts";
import { runtimeNumber } from "../../upstream/runtime-number.ts";
import { mayEject, rateThreshold, successRate } from "./ejection-math.ts";
import { OutlierEvents, type RateAverages } from "./outlier-events.ts";
import { OutlierHost, type Totals } from "./outlier-host.ts";

export interface OutlierOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly runtime: RuntimeView;
  /** The cluster's own numbers. */
  readonly stats: StatBlock;
  readonly blocks: BlockSource;
  readonly totals: Totals;
  readonly log: LogSink | null;
  /** The flags of the host of this key changed. */
  readonly onFlags: (key: string) => void;
}

const UNKNOWN: RateAverages = { average: -1, threshold: -1 };
const ROWS: Partial<Readonly<Record<HostEvent, number>>> = {
  CONSECUTIVE_5XX: S.W_5XX, CONSECUTIVE_GATEWAY_FAILURE: S.W_GATEWAY, CONSECUTIVE_LOCAL_ORIGIN_FAILURE: S.W_LOCAL,
};

export class ClusterOutliers {
  /** Of the last interval. */
  averages = { external: UNKNOWN, local: UNKNOWN };
  private readonly cluster: string;
  private readonly plan: OutlierPlan;
  private readonly options: OutlierOptions;
  private readonly stats: StatBlock;
  private readonly events: OutlierEvents;
  private readonly hosts = new Map<string, OutlierHost>();
  private readonly timer: Timer;

  constructor(cluster: string, plan: OutlierPlan, options: OutlierOptions) {
    this.cluster = cluster;
    this.plan = plan;
    this.options = options;
    this.stats = options.stats.child("outlier_detection.", S.OUTLIER_SHAPE);
    this.events = new OutlierEvents(options.log, cluster, options.clock);
    this.timer = options.clock.timer(() => this.onInterval());
    this.timer.arm(this.number("interval_ms"));
  }

  /** The hosts are now these: addresses by key. */
  setHosts(addresses: ReadonlyMap<string, string>): void {
    for (const [key, host] of this.hosts) if (addresses.get(key) !== host.address) this.remove(key, host);
    for (const [key, address] of addresses) if (!this.hosts.has(key)) this.hosts.set(key, new OutlierHost(this.cluster, address, this.options.blocks));
  }

  host(key: string): OutlierHost | undefined {
    return this.hosts.get(key);
  }

  flags(key: string): number {
    return this.hosts.get(key)?.flags ?? 0;
  }

  /** A worker saw a row of failures, or that a host says it is degraded. */
  event(key: string, event: HostEvent): void {
    const host = this.hosts.get(key);
    if (host === undefined || event === "immediate-fail") return;
    if (event === "DEGRADED") return this.degrade(key, host);
    if ((host.flags & FAILED_OUTLIER_CHECK) !== 0) return;
    this.detect(key, host, event);
    if (event === "CONSECUTIVE_5XX") this.stats.inc(S.EJECTIONS_CONSECUTIVE_5XX);
    host.resetRows(ROWS[event] ?? S.W_5XX);
  }

  /** The host passed an active check. */
  passedCheck(key: string): void {
    const host = this.hosts.get(key);
    if (host !== undefined && this.plan.unejectByCheck && (host.flags & FAILED_OUTLIER_CHECK) !== 0) this.uneject(key, host);
  }

  close(): void {
    this.timer.cancel();
    for (const [key, host] of this.hosts) this.remove(key, host);
  }

  private get ejected(): number {
    let count = 0;
    for (const host of this.hosts.values()) if ((host.flags & FAILED_OUTLIER_CHECK) !== 0) count++;
    return count;
  }

  private number(name: OutlierNumber): number {
    return runtimeNumber(this.options.runtime, `outlier_detection.${name}`, this.plan.numbers[name]);
  }

  private remove(key: string, host: OutlierHost): void {
    if ((host.flags & FAILED_OUTLIER_CHECK) !== 0) this.stats.sub(S.EJECTIONS_ACTIVE, 1);
    host.close();
    this.hosts.delete(key);
  }

  private detect(key: string, host: OutlierHost, type: EjectionType, averages = UNKNOWN): void {
    this.stats.inc(S.detectedPlace(type));
    if (!mayEject(this.ejected, this.hosts.size, this.number("max_ejection_percent"), this.plan.alwaysOne)) {
      this.stats.inc(S.EJECTIONS_OVERFLOW);
      return;
    }
    if (type === "CONSECUTIVE_5XX" || type === "SUCCESS_RATE") this.stats.inc(S.EJECTIONS_TOTAL);
    const percent = runtimeNumber(this.options.runtime, `outlier_detection.${ENFORCING_KEYS[type]}`, this.plan.enforcing[type]);
    const enforced = percent >= 100 || this.options.random.u32() % 100 < percent;
    if (enforced) this.eject(host, type);
    if (enforced) this.options.onFlags(key);
    this.events.ejected(host, type, enforced, averages);
  }

  private eject(host: OutlierHost, type: EjectionType): void {
    this.stats.add(S.EJECTIONS_ACTIVE, 1);
    this.stats.inc(S.EJECTIONS_ENFORCED_TOTAL);
    this.stats.inc(S.enforcedPlace(type));
    host.flags |= FAILED_OUTLIER_CHECK;
    host.ejections++;
    host.lastEjection = this.options.clock.now();
    host.jitterMs = this.jitter();
    if (this.mayGrow(host.ejectionBackOff)) host.ejectionBackOff++;
  }

  private uneject(key: string, host: OutlierHost): void {
    this.stats.sub(S.EJECTIONS_ACTIVE, 1);
    host.flags &= ~FAILED_OUTLIER_CHECK;
    host.resetRows();
    host.lastUnejection = this.options.clock.now();
    this.options.onFlags(key);
    this.events.returned(host);
  }

  private degrade(key: string, host: OutlierHost): void {
    if (!this.plan.detectDegraded || (host.flags & DEGRADED_OUTLIER_DETECTION) !== 0) return;
    this.stats.inc(S.EJECTIONS_DETECTED_DEGRADATION);
    host.flags |= DEGRADED_OUTLIER_DETECTION;
    host.lastDegraded = this.options.clock.now();
    host.jitterMs = this.jitter();
    if (this.mayGrow(host.degradedBackOff)) host.degradedBackOff++;
    this.events.ejected(host, "DEGRADED", true, UNKNOWN);
    this.options.onFlags(key);
  }

  private jitter(): number {
    return this.options.random.u32() % (this.number("max_ejection_time_jitter_ms") + 1);
  }

  private mayGrow(backOff: number): boolean {
    const base = this.number("base_ejection_time_ms");
    return backOff * base < this.number("max_ejection_time_ms") + base;
  }

  private onInterval(): void {
    const now = this.options.clock.now();
    for (const [key, host] of this.hosts) {
      this.release(key, host, now);
      host.turn(this.options.totals);
    }
    this.averages = { external: this.compare("external"), local: this.compare("local") };
    for (const host of this.hosts.values()) this.relax(host, now);
    this.timer.arm(this.number("interval_ms"));
  }

  /** Lets a host back whose time is up. */
  private release(key: string, host: OutlierHost, now: number): void {
    const due = (backOff: number): number => Math.min(this.number("base_ejection_time_ms") * backOff, this.number("max_ejection_time_ms")) + host.jitterMs;
    if ((host.flags & FAILED_OUTLIER_CHECK) !== 0 && due(host.ejectionBackOff) <= now - host.lastEjection) this.uneject(key, host);
    if ((host.flags & DEGRADED_OUTLIER_DETECTION) === 0 || due(host.degradedBackOff) > now - host.lastDegraded) return;
    host.flags &= ~DEGRADED_OUTLIER_DETECTION;
    host.lastUndegraded = now;
    this.options.onFlags(key);
    this.events.returned(host);
  }

  /** A host that has stayed in gets its next ejection shorter. */
  private relax(host: OutlierHost, now: number): void {
    const interval = this.number("interval_ms");
    const rested = (flag: number, since: number): boolean => (host.flags & flag) === 0 && since >= 0 && now - since >= interval;
    if (rested(FAILED_OUTLIER_CHECK, host.lastUnejection)) host.ejectionBackOff = Math.max(0, host.ejectionBackOff - 1);
    if (rested(DEGRADED_OUTLIER_DETECTION, host.lastUndegraded)) host.degradedBackOff = Math.max(0, host.degradedBackOff - 1);
  }

  /** Ejects by success rates and failure percentages. Answers the averages. */
  private compare(origin: "external" | "local"): RateAverages {
    const [rateHosts, failureHosts] = [this.number("success_rate_minimum_hosts"), this.number("failure_percentage_minimum_hosts")];
    if (this.hosts.size < rateHosts && this.hosts.size < failureHosts) return UNKNOWN;
    const [rateVolume, failureVolume] = [this.number("success_rate_request_volume"), this.number("failure_percentage_request_volume")];
    const measured = this.measured(origin, Math.min(rateVolume, failureVolume));
    const averages = this.compareRates(origin, measured.filter(({ total }) => total >= rateVolume), rateHosts);
    const busy = measured.filter(({ total }) => total >= failureVolume);
    if (busy.length > 0 && busy.length >= failureHosts) {
      const threshold = this.number("failure_percentage_threshold");
      for (const { key, host, rate } of busy) if (100 - rate >= threshold) this.detect(key, host, origin === "external" ? "FAILURE_PERCENTAGE" : "FAILURE_PERCENTAGE_LOCAL_ORIGIN", averages);
    }
    return averages;
  }

  private measured(origin: "external" | "local", volume: number): Measured[] {
    return [...this.hosts].flatMap(([key, host]) => {
      const window = host.windows[origin];
      const rate = successRate(window);
      if (rate === null || (host.flags & FAILED_OUTLIER_CHECK) !== 0) return [];
      if (window.total >= volume) host[origin] = rate;
      return [{ key, host, rate, total: window.total }];
    });
  }

  private compareRates(origin: "external" | "local", measured: readonly Measured[], minimum: number): RateAverages {
    if (measured.length === 0 || measured.length < minimum) return UNKNOWN;
    const averages = rateThreshold(measured.map(({ rate }) => rate), this.number("success_rate_stdev_factor") / 1000);
    for (const { key, host, rate } of measured) {
      if (rate >= averages.threshold) continue;
      this.stats.inc(S.EJECTIONS_SUCCESS_RATE);
      this.detect(key, host, origin === "external" ? "SUCCESS_RATE" : "SUCCESS_RATE_LOCAL_ORIGIN", averages);
    }
    return averages;
  }
}

interface Measured {
  readonly key: string;
  readonly host: OutlierHost;
  readonly rate: number;
  readonly total: number;
}
