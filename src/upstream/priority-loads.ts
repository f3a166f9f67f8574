/**
 * How the load is shared among priorities, and which of them are in a panic (Envoy's LoadBalancerBase; docs: load balancing,
 * priority levels and panic threshold). Whole percents, rounded down; what rounding leaves goes to the first that can take it.
 */
import type { Host } from "../contract/host.ts";
import type { HostSet, HostSets } from "../contract/host-set.ts";
import type { PriorityLoads } from "../contract/load-balancer.ts";

export interface Loads extends PriorityLoads {
  /** By priority: too few hosts are up, all are taken. */
  readonly panic: readonly boolean[];
}

/** `panicPercent`: fewer hosts up than that is a panic; 0: never. */
export function loadsOf(sets: HostSets, panicPercent: number): Loads {
  const { healthy: health, degraded: degradation } = availabilitiesOf(sets);
  const total = Math.min(100, sum(health) + sum(degradation));
  if (total === 0 && panicPercent === 0) return { ...onlyFirst(sets), panic: sets.map(() => false) };
  const panic = sets.map((set) => total !== 100 && inPanic(set, panicPercent));
  if (panic.every(Boolean)) return { ...inTotalPanic(sets), panic };
  return { ...distribute(health, degradation, total), panic };
}

/** Percent of each priority's load that its healthy and its degraded hosts can carry. */
export function availabilitiesOf(sets: HostSets): PriorityLoads {
  return { healthy: sets.map((set) => availability(set, set.healthy)), degraded: sets.map((set) => availability(set, set.degraded)) };
}

/** Percent of a priority's load that these of its hosts can carry. */
function availability(set: HostSet, up: readonly Host[]): number {
  if (set.hosts.length === set.excluded.length) return 0;
  const [most, part] = set.weighted ? [weightOf(set.hosts) - weightOf(set.excluded), weightOf(up)] : [set.hosts.length - set.excluded.length, up.length];
  return most === 0 ? 0 : Math.min(100, Math.floor((set.overprovisioning * part) / most));
}

export function inPanic(set: HostSet, panicPercent: number): boolean {
  const count = set.hosts.length - set.excluded.length;
  const up = count === 0 ? 0 : (100 * set.healthy.length) / count + (100 * set.degraded.length) / count;
  return up < Math.min(100, panicPercent);
}

function distribute(health: readonly number[], degradation: readonly number[], total: number): PriorityLoads {
  let left = 100;
  const give = (available: number): number => {
    const load = Math.min(left, Math.floor((available * 100) / total));
    left -= load;
    return load;
  };
  const healthy = health.map(give);
  const degraded = degradation.map(give);
  const first = health.findIndex((percent) => percent > 0);
  const [list, at] = first >= 0 ? [healthy, first] : [degraded, degradation.findIndex((percent) => percent > 0)];
  if (left > 0 && at >= 0) list[at] = (list[at] as number) + left;
  return { healthy, degraded };
}

/** By the number of hosts, whatever their health. */
function inTotalPanic(sets: HostSets): PriorityLoads {
  const all = sum(sets.map((set) => set.hosts.length));
  if (all === 0) return onlyFirst(sets);
  const healthy = sets.map((set) => Math.floor((100 * set.hosts.length) / all));
  const first = sets.findIndex((set) => set.hosts.length > 0);
  healthy[first] = (healthy[first] as number) + 100 - sum(healthy);
  return { healthy, degraded: sets.map(() => 0) };
}

function onlyFirst(sets: HostSets): PriorityLoads {
  return { healthy: sets.map((_, i) => (i === 0 ? 100 : 0)), degraded: sets.map(() => 0) };
}

/** The priority that a number of 1 to 100 falls on; `-1 - priority` for its degraded hosts. */
export function priorityAt(loads: PriorityLoads, percent: number): number {
  let sum = 0;
  for (let i = 0; i < loads.healthy.length; i++) {
    sum += loads.healthy[i] as number;
    if (percent <= sum) return i;
  }
  for (let i = 0; i < loads.degraded.length; i++) {
    sum += loads.degraded[i] as number;
    if (percent <= sum) return -1 - i;
  }
  return 0;
}

function weightOf(hosts: readonly Host[]): number {
  return sum(hosts.map((host) => host.weight));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
