import { BufferPool } from "./buffer-pool.ts";
import type { EventLoop } from "./event-loop.ts";

/** Something that wants to be called when the turn ends. */
export interface Settled {
  settle(): void;
}

/** After so many rounds of settling, the event loop gets a look in. */
const ROUNDS = 64;

/**
 * The handling of one event in this thread. Transports and clocks enclose their callbacks in `begin` and `end`; a connection
 * that has something to send or to tell touches the turn and is settled once when it ends. A touch outside any turn is settled
 * in a microtask.
 */
export class Turn {
  readonly pool = new BufferPool();
  /** The number of the turn that is under way, 0 outside of any. */
  number = 0;
  readonly #report: (error: unknown) => void;
  #depth = 0;
  #last = 0;
  #scheduled = false;
  #touched: Settled[] = [];
  #settling: Settled[] = [];
  readonly #defer: (run: () => void) => void;
  readonly #afterRound: (run: () => void) => void;
  #patient: Settled[] = [];
  readonly #round = (): void => {
    const patient = this.#patient;
    this.#patient = [];
    this.begin();
    for (const settled of patient) this.#touched.push(settled);
    this.end();
  };
  readonly #late = (): void => {
    this.#scheduled = false;
    this.begin();
    this.end();
  };

  /** `report` hears what handlers throw. Without a `loop`, what is to wait until that has been round waits for a microtask. */
  constructor(report: (error: unknown) => void, loop?: EventLoop) {
    this.#report = report;
    this.#afterRound = loop === undefined ? setImmediate : (run) => loop.afterRound(run);
    this.#defer = loop === undefined ? queueMicrotask : this.#afterRound;
  }

  begin(): void {
    if (this.#depth++ === 0) this.number = ++this.#last;
  }

  end(): void {
    if (this.#depth === 1 && this.#touched.length > 0) this.#settle();
    if (--this.#depth === 0) this.number = 0;
  }

  /** `settled.settle()` is to be called when the turn ends. The caller takes care to touch only once before that. */
  touch(settled: Settled): void {
    this.#touched.push(settled);
    if (this.#depth > 0 || this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(this.#late);
  }

  /** `settled.settle()` is to be called when the event loop has been round, and other turns with it. */
  touchLater(settled: Settled): void {
    this.#patient.push(settled);
    if (this.#patient.length === 1) this.#defer(this.#round);
  }

  /** Calls `run` as an event of its own; what it throws is reported. */
  run(run: () => void): void {
    this.begin();
    try {
      run();
    } catch (error) {
      this.report(error);
    }
    this.end();
  }

  report(error: unknown): void {
    try {
      this.#report(error);
    } catch {
      // a reporter that fails has nobody to tell
    }
  }

  #settle(): void {
    for (let round = 0; this.#touched.length > 0; round++) {
      if (round === ROUNDS) {
        this.#scheduled = true;
        this.#afterRound(this.#late);
        return;
      }
      const batch = this.#touched;
      this.#touched = this.#settling;
      for (const settled of batch) {
        try {
          settled.settle();
        } catch (error) {
          this.report(error);
        }
      }
      batch.length = 0;
      this.#settling = batch;
    }
  }
}
