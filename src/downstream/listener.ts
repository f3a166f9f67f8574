/**
 * A listener opened in a worker: takes accepted connections, runs the listener filters, chooses the filter chain, knows who is still
 * there. The socket itself belongs to the acceptor beside it, so that a changed listener keeps its port open.
 */
import type { Env } from "../contract/env.ts";
import type { AccessLogger } from "../contract/access-logger.ts";
import type { ListenerFilterFactory } from "../contract/listener-filter.ts";
import type { SocketAddress } from "../platform/address.ts";
import type { Conn, ConnHandler } from "../platform/conn.ts";
import { ScopedStats } from "../stats/scoped-stats.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import { AcceptedConnection } from "./accepted-connection.ts";
import type { ChainPlan } from "./chain-plan.ts";
import { ConnectionLimits } from "./connection-limits.ts";
import { ListenerFilterRun, type Outcome } from "./listener-filters.ts";
import type { ListenerPlan } from "./listener-plan.ts";
import { type ChainOwner, LiveChain } from "./live-chain.ts";
import {
  L_CX_ACTIVE, L_CX_DESTROY, L_CX_LENGTH_MS, L_CX_TOTAL, L_FILTER_ERROR, L_FILTER_REMOTE_CLOSE, L_NO_FILTER_CHAIN_MATCH, L_PRE_CX_ACTIVE, L_PRE_CX_TIMEOUT,
  L_TRANSPORT_TIMEOUT, LISTENER_SHAPE, LISTENER_THREAD_SHAPE, T_CX_ACTIVE, T_CX_TOTAL,
} from "./manager-stats.ts";

/** A listener filter, opened. */
interface OpenFilter {
  readonly create: ListenerFilterFactory;
  readonly disabled: ((connection: AcceptedConnection) => boolean) | null;
}

const GONE: ConnHandler = { onData: () => {}, onDrain: () => {}, onEnd: () => {}, onClose: () => {} };

export class LiveListener implements ChainOwner {
  readonly plan: ListenerPlan;
  private readonly env: Env;
  private readonly stats: StatBlock;
  private readonly threadStats: StatBlock;
  private readonly chains = new Map<ChainPlan, LiveChain>();
  private readonly filters: readonly OpenFilter[];
  private readonly limits: ConnectionLimits;
  private readonly loggers: readonly AccessLogger[];
  /** Finds the listener of an address, to which connections are handed over. */
  private readonly listenerAt: (address: SocketAddress) => LiveListener | undefined;
  private readonly scope: ScopedStats;
  /** In listener filters. */
  private readonly early = new Set<ListenerFilterRun>();
  private onGone: (() => void) | null = null;

  /**
   * `thread`: `worker_0`, or `main_thread`; its share of the connections is counted under this name too. `before`: the listener that this one
   * replaces; where they differ in their chains only, chains that did not change go on here, with their connections.
   */
  constructor(plan: ListenerPlan, env: Env, thread: string, before?: LiveListener, listenerAt: (address: SocketAddress) => LiveListener | undefined = () => undefined) {
    this.plan = plan;
    this.env = env;
    this.listenerAt = listenerAt;
    this.scope = new ScopedStats(env.stats);
    this.stats = this.scope.block(plan.statsPrefix, LISTENER_SHAPE);
    this.threadStats = this.scope.block(`${plan.statsPrefix}${thread}.`, LISTENER_THREAD_SHAPE);
    const inside = { ...env, stats: this.scope };
    this.filters = plan.filters.filters.map((filter) => ({ create: filter.plan.open(inside), disabled: filter.disabled }));
    this.limits = new ConnectionLimits(plan.name, plan.ignoresGlobalLimit, this.stats, inside);
    this.loggers = plan.loggers.map((logger) => logger.open(inside));
    const kept = before?.plan.text === plan.text ? before : undefined;
    // what may throw comes first: the listener before has lost nothing then
    for (const chain of plan.chains) if (kept?.find(chain) === undefined) this.chains.set(chain, new LiveChain(chain, this, env));
    for (const chain of plan.chains) if (!this.chains.has(chain)) this.takeOver(chain, kept as LiveListener);
  }

  accept(conn: Conn): void {
    if (!this.limits.admit()) {
      conn.close();
      return;
    }
    conn.setNoDelay(true);
    this.receive(new AcceptedConnection(conn, this.env, this.loggers.length > 0));
  }

  private receive(connection: AcceptedConnection): void {
    connection.conn.highWatermark = this.plan.bufferLimit;
    connection.listenerMetadata = this.plan.metadata;
    if (this.filters.length === 0) this.choose(connection);
    else this.inspect(connection);
  }

  /** Where `use_original_dst` says so, the listener of the address that a connection was sent to at first serves it. */
  private handOver(connection: AcceptedConnection): boolean {
    if (!this.plan.handsOver || !connection.localRestored || connection.handedOver) return false;
    const other = this.listenerAt(connection.local);
    if (other === undefined) return false;
    connection.handedOver = true;
    this.limits.release();
    if (other.limits.admit()) {
      connection.logged ||= other.loggers.length > 0;
      other.receive(connection);
    } else {
      connection.conn.handler = GONE;
      connection.conn.close();
    }
    return true;
  }

  /** Connections still open. */
  get open(): number {
    let open = this.early.size;
    for (const chain of this.chains.values()) open += chain.open;
    return open;
  }

  connectionOver(connection: AcceptedConnection): void {
    this.stats.inc(L_CX_DESTROY);
    this.stats.sub(L_CX_ACTIVE, 1);
    this.threadStats.dec(T_CX_ACTIVE);
    this.stats.record(L_CX_LENGTH_MS, connection.age);
    this.gone(connection);
  }

  handshakeTimedOut(): void {
    this.stats.inc(L_TRANSPORT_TIMEOUT);
  }

  /** It gets no new connections; when the last one has gone, its numbers are given back and `onGone` is called. */
  retire(graceMs: number, onGone: () => void): void {
    this.onGone = onGone;
    for (const [plan, chain] of this.chains) chain.retire(graceMs, () => {
      this.chains.delete(plan);
      this.checkGone();
    });
    this.checkGone();
  }

  /** Every connection ends with its next response; one that stays idle ends after `graceMs`. */
  drain(graceMs: number): void {
    for (const chain of this.chains.values()) chain.drain(graceMs);
  }

  /** The place of a chain of this text. */
  private find({ text }: ChainPlan): ChainPlan | undefined {
    for (const [place, chain] of this.chains) if (chain.plan.text === text) return place;
    return undefined;
  }

  /** A chain comes over from the listener before, with its connections. */
  private takeOver(plan: ChainPlan, before: LiveListener): void {
    const place = before.find(plan) as ChainPlan;
    const chain = before.chains.get(place) as LiveChain;
    before.chains.delete(place);
    this.chains.set(plan, chain);
    chain.owner = this;
    before.stats.sub(L_CX_ACTIVE, chain.open);
    before.threadStats.sub(T_CX_ACTIVE, chain.open);
    this.stats.add(L_CX_ACTIVE, chain.open);
    this.threadStats.add(T_CX_ACTIVE, chain.open);
  }

  private checkGone(): void {
    if (this.onGone === null || this.chains.size > 0 || this.early.size > 0) return;
    this.scope.closeAll();
    this.onGone();
    this.onGone = null;
  }

  private inspect(connection: AcceptedConnection): void {
    const filters = this.filters.filter(({ disabled }) => disabled?.(connection) !== true).map(({ create }) => create());
    this.stats.inc(L_PRE_CX_ACTIVE);
    const run = new ListenerFilterRun(connection, filters, this.env.clock, this.plan.filters, (outcome) => this.inspected(connection, run, outcome));
    this.early.add(run);
    connection.conn.handler = run;
    run.begin();
  }

  private inspected(connection: AcceptedConnection, run: ListenerFilterRun, outcome: Outcome): void {
    this.early.delete(run);
    this.stats.dec(L_PRE_CX_ACTIVE);
    if (run.late) this.stats.inc(L_PRE_CX_TIMEOUT);
    if (outcome === "left") this.stats.inc(L_FILTER_REMOTE_CLOSE);
    else if (outcome === "broken") this.stats.inc(L_FILTER_ERROR);
    if (outcome === "through") {
      if (!this.handOver(connection)) this.choose(connection, run.holdsBytes);
      run.putBack();
    } else {
      this.drop(connection, run.holdsBytes);
    }
    this.checkGone();
  }

  private choose(connection: AcceptedConnection, peeked = false): void {
    const { choose, chains } = this.plan;
    if (connection.transportProtocol === "") connection.transportProtocol = "raw_buffer";
    const plan = choose === null ? chains[0] : choose(connection);
    const chain = plan === undefined ? undefined : this.chains.get(plan);
    if (chain === undefined) {
      this.stats.inc(L_NO_FILTER_CHAIN_MATCH);
      this.drop(connection, peeked);
      return;
    }
    this.stats.inc(L_CX_TOTAL);
    this.stats.add(L_CX_ACTIVE, 1);
    this.threadStats.inc(T_CX_TOTAL);
    this.threadStats.inc(T_CX_ACTIVE);
    chain.accept(connection);
  }

  /** `unread`: bytes of the client's were not taken. */
  private drop(connection: AcceptedConnection, unread: boolean): void {
    connection.conn.handler = GONE;
    if (unread) connection.conn.reset();
    else connection.conn.close();
    this.gone(connection);
  }

  /** Of every connection that was let in, once: it counts no longer, and is logged. */
  private gone(connection: AcceptedConnection): void {
    this.limits.release();
    if (this.loggers.length === 0) return;
    const { info } = connection;
    if (info.end < 0) info.end = this.env.clock.now();
    for (const logger of this.loggers) logger.log({ info, requestHeaders: null, responseHeaders: null, responseTrailers: null }, "NotSet");
  }
}
