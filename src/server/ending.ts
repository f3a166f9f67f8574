/** The end of the server: a signal drains, a second one stops at once, the drain time cuts what is left. */
import type { Clock, Timer } from "../platform/clock.ts";
import type { ServerLog } from "./server-log.ts";

/** Whoever signals the process and its group (timeout(1), a shell) is heard twice for one wish. */
const SAME_SIGNAL_MS = 100;

export class Ending {
  private readonly clock: Clock;
  private readonly log: ServerLog;
  private readonly drain: () => Promise<void>;
  private readonly deadlines: Timer[] = [];
  private signalledAt = -Infinity;
  private signals = 0;
  private resolveStopped: () => void = () => undefined;
  /** Resolves when the server has ended. */
  readonly stopped: Promise<void>;

  /** `drain` resolves when nothing is under way any more. */
  constructor(clock: Clock, log: ServerLog, drain: () => Promise<void>) {
    this.clock = clock;
    this.log = log;
    this.drain = drain;
    this.stopped = new Promise((resolve) => {
      this.resolveStopped = resolve;
    });
  }

  /** A signal to end. */
  signal(): void {
    const now = this.clock.now();
    if (this.signals === 1 && now - this.signalledAt < SAME_SIGNAL_MS) return;
    this.signalledAt = now;
    this.signals++;
    if (this.signals === 1) return void this.drain().then(() => this.stop());
    this.log.warning("stopping at once");
    this.stop();
  }

  stop(): void {
    this.resolveStopped();
  }

  /** Unless the server has ended by then: a timer that is armed would keep the process alive. */
  later(ms: number, fire: () => void): void {
    this.deadlines.push(this.clock.after(ms, fire));
  }

  close(): void {
    for (const timer of this.deadlines) timer.cancel();
  }
}
