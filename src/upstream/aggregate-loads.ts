/** The priorities of several clusters in a row, as an aggregate cluster sees them (docs: aggregate cluster, load balancing). */
import type { HostSet, HostSets } from "../contract/host-set.ts";
import { type Loads, loadsOf, priorityAt } from "./priority-loads.ts";

/** A cluster that is part of it. */
export interface Part {
  readonly sets: HostSets;
}

/** One of the parts, and a priority in it; degraded: of its degraded hosts. */
export interface Place<P extends Part> {
  readonly part: P;
  readonly priority: number;
  readonly degraded: boolean;
}

export class AggregateLoads<P extends Part> {
  private readonly places: readonly { readonly part: P; readonly priority: number; readonly set: HostSet }[];
  private readonly loads: Loads;
  private readonly made: readonly HostSets[];

  constructor(parts: readonly P[], panicPercent: number) {
    this.made = parts.map(({ sets }) => sets);
    // priorities without hosts do not count
    this.places = parts.flatMap((part) => part.sets.flatMap((set, priority) => (set.hosts.length === 0 ? [] : [{ part, priority, set }])));
    this.loads = loadsOf(this.places.map(({ set }) => set), panicPercent);
  }

  /** The parts have the hosts that this was made for. */
  fits(parts: readonly P[]): boolean {
    return parts.length === this.made.length && parts.every(({ sets }, i) => sets === this.made[i]);
  }

  /** `percent`: 1 to 100. Null where there are no parts. */
  at(percent: number): Place<P> | null {
    const at = priorityAt(this.loads, percent);
    const place = this.places[at < 0 ? -1 - at : at];
    return place === undefined ? null : { part: place.part, priority: place.priority, degraded: at < 0 };
  }
}
