/**
 * A listener opened in a worker: takes accepted connections, hands them to the filter chain, knows who is still there.
 * The socket itself belongs to the acceptor beside it, so that a changed listener keeps its port open.
 */
import type { Env } from "../contract/env.ts";
import type { ServedConnection, TerminalFilterFactory } from "../contract/network-filter.ts";
import type { Conn } from "../platform/conn.ts";
import { ScopedStats } from "../stats/scoped-stats.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import { AcceptedConnection } from "./accepted-connection.ts";
import type { ListenerPlan } from "./listener-plan.ts";
import {
  L_CX_ACTIVE, L_CX_DESTROY, L_CX_LENGTH_MS, L_CX_TOTAL, LISTENER_SHAPE, LISTENER_THREAD_SHAPE, T_CX_ACTIVE, T_CX_TOTAL,
} from "./manager-stats.ts";

export class LiveListener {
  readonly plan: ListenerPlan;
  private readonly env: Env;
  private readonly stats: StatBlock;
  private readonly threadStats: StatBlock;
  private readonly serve: TerminalFilterFactory;
  private readonly connections = new Set<ServedConnection>();
  private drainGraceMs = -1;
  private readonly scope: ScopedStats;
  private onGone: (() => void) | null = null;

  /** `thread`: `worker_0`, or `main_thread`; its share of the connections is counted under this name too. */
  constructor(plan: ListenerPlan, env: Env, thread: string) {
    this.plan = plan;
    this.env = env;
    this.scope = new ScopedStats(env.stats);
    this.stats = this.scope.block(plan.statsPrefix, LISTENER_SHAPE);
    this.threadStats = this.scope.block(`${plan.statsPrefix}${thread}.`, LISTENER_THREAD_SHAPE);
    this.serve = plan.chain.open({ ...env, stats: this.scope });
  }

  accept(conn: Conn): void {
    const connection = new AcceptedConnection(conn, this.env, false);
    this.stats.inc(L_CX_TOTAL);
    this.stats.add(L_CX_ACTIVE, 1);
    this.threadStats.inc(T_CX_TOTAL);
    this.threadStats.inc(T_CX_ACTIVE);
    conn.highWatermark = this.plan.bufferLimit;
    conn.setNoDelay(true);
    let served: ServedConnection | undefined = undefined;
    served = this.serve(connection, () => {
      if (served !== undefined) this.connections.delete(served);
      this.stats.inc(L_CX_DESTROY);
      this.stats.sub(L_CX_ACTIVE, 1);
      this.threadStats.dec(T_CX_ACTIVE);
      this.stats.record(L_CX_LENGTH_MS, connection.age);
      this.checkGone();
    });
    this.connections.add(served);
    conn.handler = served;
    served.begin?.();
    if (this.drainGraceMs >= 0) served.drain(this.drainGraceMs);
  }

  /** Connections still open. */
  get open(): number {
    return this.connections.size;
  }

  /** It gets no new connections; when the last one has gone, its numbers are given back and `onGone` is called. */
  retire(graceMs: number, onGone: () => void): void {
    this.onGone = onGone;
    this.drain(graceMs);
    this.checkGone();
  }

  private checkGone(): void {
    if (this.onGone === null || this.connections.size > 0) return;
    this.scope.closeAll();
    this.onGone();
    this.onGone = null;
  }

  /** Every connection ends with its next response; one that stays idle ends after `graceMs`. */
  drain(graceMs: number): void {
    this.drainGraceMs = graceMs;
    for (const connection of Array.from(this.connections)) connection.drain(graceMs);
  }
}
