/** Counters by response status, born when a status is first seen (Envoy's CodeStats): `upstream_rq_503`, `upstream_rq_5xx`, external and internal. */
import { COUNTER } from "../stats/shape.ts";
import type { StatBlock } from "../stats/stat-block.ts";

interface StatusCounters {
  readonly code: StatBlock | null;
  readonly group: StatBlock | null;
}

export class CodeStats {
  private readonly block: StatBlock;
  private readonly infix: string;
  private readonly byStatus: (StatusCounters | undefined)[] = [];
  private completed: StatBlock | null = null;
  private readonly completedPlace: number;

  /** Names are the block's prefix, `infix` ("" or "external.") and `upstream_rq_...`. `completedPlace`: where the block itself has `upstream_rq_completed`. */
  constructor(block: StatBlock, infix: string, completedPlace?: number) {
    this.block = block;
    this.infix = infix;
    if (completedPlace !== undefined) this.completed = block;
    this.completedPlace = completedPlace ?? 0;
  }

  charge(status: number): void {
    const counters = (this.byStatus[status] ??= this.make(status));
    (this.completed ??= this.counter("completed")).inc(this.completedPlace);
    counters.code?.inc(0);
    counters.group?.inc(0);
  }

  private make(status: number): StatusCounters {
    const group = Math.floor(status / 100);
    return { code: status < 600 ? this.counter(String(status)) : null, group: group >= 1 && group <= 5 ? this.counter(`${group}xx`) : null };
  }

  private counter(name: string): StatBlock {
    return this.block.child(`${this.infix}upstream_rq_${name}`, COUNTER);
  }
}
