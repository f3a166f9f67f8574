/**
 * Circuit breakers of a cluster: limits that hold for the whole process. Each limit is one cell in shared memory beside one
 * column a worker, so that the counts of a worker that died can be given back.
 *
 *     cell:  [ total | worker 0 | worker 1 | ... ]      Int32, one such row a limit
 */
export const ROWS = 3;

/** Int32 cells for a cluster's breakers with this many workers. */
export function breakerCells(workers: number): number {
  return ROWS * (workers + 1);
}

/** One limit as one worker uses it. Every acquire is paid back by one release. */
export class Breaker {
  private readonly cells: Int32Array;
  private readonly total: number;
  private readonly own: number;
  private readonly limit: number;

  constructor(cells: Int32Array, row: number, workers: number, worker: number, limit: number) {
    this.cells = cells;
    this.total = row * (workers + 1);
    this.own = this.total + 1 + worker;
    this.limit = limit;
  }

  tryAcquire(): boolean {
    if (Atomics.add(this.cells, this.total, 1) >= this.limit) {
      Atomics.sub(this.cells, this.total, 1);
      return false;
    }
    this.cells[this.own] = (this.cells[this.own] as number) + 1;
    return true;
  }

  /** Takes a place beyond the limit: the first connection of a pool is always allowed. */
  force(): void {
    Atomics.add(this.cells, this.total, 1);
    this.cells[this.own] = (this.cells[this.own] as number) + 1;
  }

  release(): void {
    Atomics.sub(this.cells, this.total, 1);
    this.cells[this.own] = (this.cells[this.own] as number) - 1;
  }

  get open(): boolean {
    return Atomics.load(this.cells, this.total) >= this.limit;
  }
}

export interface BreakerLimits {
  readonly connections: number;
  readonly pending: number;
  readonly requests: number;
}

export class Breakers {
  readonly connections: Breaker;
  readonly pending: Breaker;
  readonly requests: Breaker;

  constructor(cells: Int32Array, workers: number, worker: number, limits: BreakerLimits) {
    this.connections = new Breaker(cells, 0, workers, worker, limits.connections);
    this.pending = new Breaker(cells, 1, workers, worker, limits.pending);
    this.requests = new Breaker(cells, 2, workers, worker, limits.requests);
  }
}

/** Control's side: what a dead worker held is given back. */
export function retireBreakers(cells: Int32Array, workers: number, worker: number): void {
  for (let row = 0; row < ROWS; row++) {
    const total = row * (workers + 1);
    const held = cells[total + 1 + worker] as number;
    cells[total + 1 + worker] = 0;
    Atomics.sub(cells, total, held);
  }
}
