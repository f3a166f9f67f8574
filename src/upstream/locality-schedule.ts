/** Turns of localities by weight, each reduced by what is down in it (Envoy's LocalityWrr). */
import type { HostSet, LocalityHosts } from "../contract/host-set.ts";
import { EdfScheduler, MOST_PICKS } from "./edf-scheduler.ts";

interface Turn {
  readonly index: number;
  readonly weight: number;
}

/** Picks the indices of localities; null where none has both weight and such hosts. `seed`: where it begins. */
export class LocalitySchedule {
  private readonly turns: EdfScheduler<Turn>;

  private constructor(turns: readonly Turn[], seed: number) {
    this.turns = new EdfScheduler(turns, (turn) => turn.weight, false, seed % MOST_PICKS);
  }

  static of(set: HostSet, degraded: boolean, seed: number): LocalitySchedule | null {
    if ((degraded ? set.degraded : set.healthy).length === 0) return null;
    const turns = set.localities.map((locality, index) => ({ index, weight: effectiveWeight(locality, degraded, set.overprovisioning) }));
    const due = turns.filter((turn) => turn.weight > 0);
    return due.length === 0 ? null : new LocalitySchedule(due, seed);
  }

  pick(): number {
    return this.turns.pick()?.index ?? 0;
  }
}

/** `overprovisioning`: percent. */
export function effectiveWeight(locality: LocalityHosts, degraded: boolean, overprovisioning: number): number {
  const count = locality.hosts.length - locality.excluded;
  if (count === 0) return 0;
  const up = (degraded ? locality.degraded : locality.healthy).length / count;
  return locality.weight * Math.min(1, (overprovisioning / 100) * up);
}
