/** What drives a thread's turns besides its sockets: rounds of events, and one alarm. */
export interface EventLoop {
  /** Calls `run` when all that was ready has been handled. */
  afterRound(run: () => void): void;
  /** Calls `wake` in so many ms. A new wish replaces the one before. */
  wakeIn(ms: number, wake: () => void): void;
}

/** The runtime's own loop. */
export class RuntimeLoop implements EventLoop {
  #sleeping: ReturnType<typeof setTimeout> | undefined;

  afterRound(run: () => void): void {
    setImmediate(run);
  }

  wakeIn(ms: number, wake: () => void): void {
    if (this.#sleeping !== undefined) clearTimeout(this.#sleeping);
    // runtimes round down to whole ms and would wake the wheel just before its slot
    this.#sleeping = setTimeout(wake, Math.ceil(ms));
  }
}
