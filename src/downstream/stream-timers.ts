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
  private readonly idle: Timer | null;
  private readonly request: Timer | null;
  private readonly duration: Timer | null;
  private head: Timer | null = null;
  private headArmed = false;

  constructor(clock: Clock, timeouts: StreamTimeouts, stream: () => TimedStream | null) {
    this.clock = clock;
    this.timeouts = timeouts;
    const make = (ms: number, fire: (s: TimedStream) => void): Timer | null =>
      ms > 0 ? clock.timer(() => {
        const current = stream();
        if (current !== null) fire(current);
      }) : null;
    this.idle = make(timeouts.streamIdleTimeoutMs, (s) => s.onIdle());
    this.request = make(timeouts.requestTimeoutMs, (s) => s.onRequestTimeout());
    this.duration = make(timeouts.maxStreamDurationMs, (s) => s.onMaxDuration());
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
    this.head?.cancel();
  }

  streamBegan(): void {
    this.idle?.arm(this.timeouts.streamIdleTimeoutMs);
    this.request?.arm(this.timeouts.requestTimeoutMs);
    this.duration?.arm(this.timeouts.maxStreamDurationMs);
  }

  /** A byte went one way or the other. */
  moved(): void {
    this.idle?.arm(this.timeouts.streamIdleTimeoutMs);
  }

  requestCame(): void {
    this.request?.cancel();
  }

  streamEnded(): void {
    this.idle?.cancel();
    this.request?.cancel();
    this.duration?.cancel();
    this.headCame();
  }
}
