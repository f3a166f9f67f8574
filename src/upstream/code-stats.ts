/** Counters by response status, born when a status is first seen (Envoy's CodeStats): `upstream_rq_503`, `upstream_rq_5xx`, external and internal. */
import type { DynamicCounter, StatSource } from "../contract/env.ts";

interface StatusCounters {
  readonly code: DynamicCounter;
  readonly group: DynamicCounter | null;
}

export class CodeStats {
  private readonly source: StatSource;
  private readonly prefix: string;
  private readonly byStatus: (StatusCounters | undefined)[] = [];
  private readonly completed: DynamicCounter;

  /** `prefix`: `cluster.NAME.` or `cluster.NAME.external.`. */
  constructor(source: StatSource, prefix: string) {
    this.source = source;
    this.prefix = prefix;
    this.completed = source.counter(`${prefix}upstream_rq_completed`);
  }

  charge(status: number): void {
    const counters = (this.byStatus[status] ??= this.make(status));
    this.completed.inc();
    counters.code.inc();
    counters.group?.inc();
  }

  private make(status: number): StatusCounters {
    const group = Math.floor(status / 100);
    return {
      code: this.source.counter(`${this.prefix}upstream_rq_${status}`),
      group: group >= 1 && group <= 5 ? this.source.counter(`${this.prefix}upstream_rq_${group}xx`) : null,
    };
  }
}
