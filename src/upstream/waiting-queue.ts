/** Who waits for a connection of a pool, first come first served, and how it is counted. */
import type { Host } from "../contract/host.ts";
import type { PoolCallbacks, PoolTicket, ResetReason } from "../contract/upstream-stream.ts";
import type { CloseCause } from "../platform/conn.ts";
import * as S from "./cluster-stats.ts";
import type { PoolShared } from "./pool-shared.ts";

type HearsFailure = Pick<PoolCallbacks, "onPoolFailure">;

class Waiting<Sink, Callbacks extends HearsFailure> implements PoolTicket {
  readonly sink: Sink;
  readonly callbacks: Callbacks;
  private readonly queue: WaitingQueue<Sink, Callbacks>;

  constructor(queue: WaitingQueue<Sink, Callbacks>, sink: Sink, callbacks: Callbacks) {
    this.queue = queue;
    this.sink = sink;
    this.callbacks = callbacks;
  }

  cancel(): void {
    this.queue.forget(this);
  }
}

export class WaitingQueue<Sink, Callbacks extends HearsFailure> {
  private readonly host: Host;
  private readonly shared: PoolShared;
  private readonly onCancel: () => void;
  private readonly places: Waiting<Sink, Callbacks>[] = [];

  /** `onCancel` is called when somebody waits no longer. */
  constructor(host: Host, shared: PoolShared, onCancel: () => void) {
    this.host = host;
    this.shared = shared;
    this.onCancel = onCancel;
  }

  get length(): number {
    return this.places.length;
  }

  /** A place at the end. Null: too many wait, and `callbacks` were told. */
  enter(sink: Sink, callbacks: Callbacks): PoolTicket | null {
    const { stats, places, limits } = this.shared;
    if (!stats.tryAcquire(places.pending, limits.pending)) {
      stats.inc(S.RQ_PENDING_OVERFLOW);
      callbacks.onPoolFailure("overflow", "", null);
      return null;
    }
    stats.inc(S.RQ_PENDING_TOTAL);
    stats.add(S.RQ_PENDING_ACTIVE, 1);
    this.host.stats.add(S.H_RQ_PENDING_ACTIVE, 1);
    const place = new Waiting(this, sink, callbacks);
    this.places.push(place);
    return place;
  }

  /** Whoever waits longest waits no more. */
  shift(): { readonly sink: Sink; readonly callbacks: Callbacks } | undefined {
    const next = this.places.shift();
    if (next !== undefined) this.left();
    return next;
  }

  forget(place: Waiting<Sink, Callbacks>): void {
    const at = this.places.indexOf(place);
    if (at < 0) return;
    this.places.splice(at, 1);
    this.left();
    this.shared.stats.inc(S.RQ_CANCELLED);
    this.onCancel();
  }

  /** A connection that never came to be fails everybody who waits (as in Envoy). */
  fail(cause: CloseCause, failure: string): void {
    const reason: ResetReason = cause === "timeout" ? "connection timeout" : cause === "local" ? "local connection failure" : "remote connection failure";
    for (const place of this.places.splice(0)) {
      this.left();
      this.shared.stats.inc(S.RQ_PENDING_FAILURE_EJECT);
      place.callbacks.onPoolFailure(reason, failure, this.host);
    }
  }

  private left(): void {
    const { stats, places } = this.shared;
    stats.release(places.pending);
    stats.sub(S.RQ_PENDING_ACTIVE, 1);
    this.host.stats.sub(S.H_RQ_PENDING_ACTIVE, 1);
  }
}
