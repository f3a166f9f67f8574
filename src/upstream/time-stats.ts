/** A histogram that is born with its first value: `upstream_rq_time`, `external.upstream_rq_time`. */
import { HISTOGRAM } from "../stats/shape.ts";
import type { StatBlock } from "../stats/stat-block.ts";

export class TimeStats {
  private readonly block: StatBlock;
  private readonly infix: string;
  private histogram: StatBlock | null = null;

  /** Its name is the block's prefix, `infix` ("" or "external.") and `upstream_rq_time`. */
  constructor(block: StatBlock, infix: string) {
    this.block = block;
    this.infix = infix;
  }

  charge(milliseconds: number): void {
    (this.histogram ??= this.block.child(`${this.infix}upstream_rq_time`, HISTOGRAM)).record(0, milliseconds);
  }
}
