/** The timers of the stream in progress on one connection, made once a connection and armed for each stream. */
import type { Clock, Timer } from "../platform/clock.ts";

/** Milliseconds; 0 = never. */
export interface StreamTimeouts {
  readonly streamIdleTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly requestHeadersTimeoutMs: number;
  readonly maxStreamDurationMs: number;
}

interface TimedStream {
  onIdle(): void;
  onRequestTimeout(): void;
  onMaxDuration(): void;
}

export class StreamTimers {
  private readonly clock: Clock;
  private readonly timeouts: StreamTimeouts;
  private readonly idle: Timer;
  private readonly request: Timer | null;
  private readonly duration: Timer;
  private idleMs = 0;
  private head: Timer | null = null;
  private headArmed = false;

  constructor(clock: Clock, timeouts: StreamTimeouts, stream: () => TimedStream | null) {
    this.clock = clock;
    this.timeouts = timeouts;
    const make = (fire: (s: TimedStream) => void): Timer => clock.timer(() => {
      const current = stream();
      if (current !== null) fire(current);
    });
    this.idle = make((s) => s.onIdle());
    this.request = timeouts.requestTimeoutMs > 0 ? make((s) => s.onRequestTimeout()) : null;
    this.duration = make((s) => s.onMaxDuration());
  }

  /** The first bytes of a head came, but not all of it. */
  headBegan(fire: () => void): void {
    if (this.headArmed || this.timeouts.requestHeadersTimeoutMs === 0) return;
    this.headArmed = true;
    this.head ??= this.clock.timer(fire);
    this.head.arm(this.timeouts.requestHeadersTimeoutMs);
  }

  headCame(): void {
    this.headArmed = false;
    this.head?.rest();
  }

  streamBegan(): void {
    this.setIdle(this.timeouts.streamIdleTimeoutMs);
    this.request?.arm(this.timeouts.requestTimeoutMs);
    if (this.timeouts.maxStreamDurationMs > 0) this.duration.arm(this.timeouts.maxStreamDurationMs);
  }

  /** Other limits for the stream in progress, ms; 0 = never. */
  setIdle(ms: number): void {
    this.idleMs = ms;
    if (ms > 0) this.idle.arm(ms);
    else this.idle.rest();
  }

  setDuration(ms: number): void {
    if (ms > 0) this.duration.arm(ms);
    else this.duration.rest();
  }

  /** A byte went one way or the other. */
  moved(): void {
    if (this.idleMs > 0) this.idle.arm(this.idleMs);
  }

  requestCame(): void {
    this.request?.rest();
  }

  streamEnded(): void {
    this.idle.rest();
    this.request?.rest();
    this.duration.rest();
    this.headCame();
  }

  /** The connection is over. */
  close(): void {
    this.idle.cancel();
    this.request?.cancel();
    this.duration.cancel();
    this.head?.cancel();
  }
}
