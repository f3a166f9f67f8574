/**
 * What ROUND_ROBIN, LEAST_REQUEST and RANDOM have in common (Envoy's ZoneAwareLoadBalancerBase): first the priority by its load,
 * then all hosts in a panic, or the healthy or degraded ones, of one locality where localities count; of that list the policy picks.
 */
import type { Host } from "../contract/host.ts";
import type { HostSet, HostSets } from "../contract/host-set.ts";
import type { BalancerGiven, LbContext, LoadBalancer, PriorityLoads } from "../contract/load-balancer.ts";
import { LB_HEALTHY_PANIC, LB_LOCAL_CLUSTER_NOT_OK, LB_RECALCULATE_ZONE_STRUCTURES } from "./cluster-stats.ts";
import type { HostPicker, HostPickerFactory } from "./host-picker.ts";
import { LocalitySchedule } from "./locality-schedule.ts";
import { inPanic, type Loads, loadsOf, priorityAt } from "./priority-loads.ts";
import { runtimeNumber } from "./runtime-number.ts";
import { ZoneRouting, type ZoneOptions } from "./zone-routing.ts";

export interface SpreadOptions {
  /** Percent; `upstream.healthy_panic_threshold` may say otherwise. */
  readonly panicPercent: number;
  readonly localityWeighted: boolean;
  readonly zone: ZoneOptions;
}

const NO_LOADS: Loads = { healthy: [], degraded: [], panic: [] };

export class SpreadBalancer implements LoadBalancer {
  private readonly given: BalancerGiven;
  private readonly options: SpreadOptions;
  private readonly pickers: HostPickerFactory;
  private readonly seed: number;
  private sets: HostSets = [];
  private loads: Loads = NO_LOADS;
  private levels: Level[] = [];
  private zones: ZoneRouting | null = null;
  /** Where nothing but the list of healthy hosts counts. */
  private only: HostPicker | null = null;
  private readonly unwatch: (() => void) | undefined;

  constructor(given: BalancerGiven, options: SpreadOptions, pickers: HostPickerFactory) {
    this.given = given;
    this.options = options;
    this.pickers = pickers;
    this.seed = given.random.u32();
    this.unwatch = given.local?.watch(() => this.update(this.sets));
  }

  choose(context: LbContext): Host | null {
    return this.only !== null ? this.only.pick() : this.chooseAmong(context);
  }

  update(sets: HostSets): void {
    this.sets = sets;
    this.only = null;
    this.loads = loadsOf(sets, this.panicPercent);
    this.levels = sets.map((set, i) => (this.levels[i] ?? new Level(() => this.pickers(this.given, this.seed))).adopt(set));
    if (this.options.localityWeighted) for (const level of this.levels) level.weigh(this.given.random.u32());
    this.zones = this.zonesNow();
    const [first] = this.levels;
    const plain = this.levels.length === 1 && this.loads.healthy[0] === 100 && this.loads.panic[0] === false && this.zones === null && !this.options.localityWeighted;
    if (plain && first !== undefined) this.only = first.healthy;
  }

  close(): void {
    this.unwatch?.();
  }

  private get panicPercent(): number {
    return Math.min(100, Math.floor(runtimeNumber(this.given.runtime, "upstream.healthy_panic_threshold", this.options.panicPercent)));
  }

  private zonesNow(): ZoneRouting | null {
    const local = this.given.local?.current() ?? null;
    const [set] = this.sets;
    if (local === null || set === undefined) return null;
    const { runtime, stats } = this.given;
    const { zone } = this.options;
    stats.inc(LB_RECALCULATE_ZONE_STRUCTURES);
    return ZoneRouting.of(set, local, zone, runtimeNumber(runtime, "upstream.zone_routing.min_cluster_size", zone.minClusterSize), stats);
  }

  private chooseAmong(context: LbContext): Host | null {
    const { given, options } = this;
    if (this.levels.length === 0) return null;
    const loads: PriorityLoads = context.avoid?.loadsFor?.(this.loads, this.sets) ?? this.loads;
    const at = this.levels.length === 1 && loads.healthy[0] === 100 ? 0 : priorityAt(loads, (given.random.u32() % 100) + 1);
    const degraded = at < 0;
    const priority = degraded ? -1 - at : at;
    const level = this.levels[priority] as Level;
    if (this.loads.panic[priority] === true) {
      given.stats.inc(LB_HEALTHY_PANIC);
      return options.zone.failOnPanic ? null : level.all.pick();
    }
    const schedule = degraded ? level.degradedTurns : level.healthyTurns;
    if (schedule !== null) return level.inLocality(schedule.pick(), degraded).pick();
    if (priority === 0 && this.zones !== null && this.zoneEnabled()) {
      const local = given.local?.current() ?? null;
      if (local === null || !inPanic(local, this.panicPercent)) return level.inLocality(this.zones.pick(given.random), degraded).pick();
      given.stats.inc(LB_LOCAL_CLUSTER_NOT_OK);
      if (options.zone.failOnPanic) return null;
    }
    return (degraded ? level.degraded : level.healthy).pick();
  }

  private zoneEnabled(): boolean {
    const percent = runtimeNumber(this.given.runtime, "upstream.zone_routing.enabled", this.options.zone.enabled);
    return percent >= 100 || this.given.random.u32() % 100 < percent;
  }
}

/** The lists of one priority, each with its picker: a picker keeps its place while its list changes. */
class Level {
  readonly all: HostPicker;
  readonly healthy: HostPicker;
  readonly degraded: HostPicker;
  healthyTurns: LocalitySchedule | null = null;
  degradedTurns: LocalitySchedule | null = null;
  private set: HostSet | null = null;
  private readonly make: () => HostPicker;
  private readonly localities = new Map<number, HostPicker>();

  constructor(make: () => HostPicker) {
    this.make = make;
    this.all = make();
    this.healthy = make();
    this.degraded = make();
  }

  adopt(set: HostSet): this {
    this.set = set;
    this.all.update(set.hosts);
    this.healthy.update(set.healthy);
    this.degraded.update(set.degraded);
    for (const [key, picker] of this.localities) picker.update(this.hostsIn(key >> 1, (key & 1) === 1));
    return this;
  }

  weigh(seed: number): void {
    if (this.set === null) return;
    this.healthyTurns = LocalitySchedule.of(this.set, false, seed);
    this.degradedTurns = LocalitySchedule.of(this.set, true, seed);
  }

  inLocality(index: number, degraded: boolean): HostPicker {
    const key = index * 2 + (degraded ? 1 : 0);
    let picker = this.localities.get(key);
    if (picker === undefined) {
      picker = this.make();
      picker.update(this.hostsIn(index, degraded));
      this.localities.set(key, picker);
    }
    return picker;
  }

  private hostsIn(index: number, degraded: boolean): readonly Host[] {
    const locality = this.set?.localities[index];
    return (degraded ? locality?.degraded : locality?.healthy) ?? [];
  }
}
