/** A filter chain opened in a worker. It outlives an update of its listener that does not change it. */
import type { Env } from "../contract/env.ts";
import type { ServedConnection, TerminalFilterFactory } from "../contract/network-filter.ts";
import type { DownstreamTransport } from "../contract/transport-socket.ts";
import type { Timer } from "../platform/clock.ts";
import type { Conn } from "../platform/conn.ts";
import { ScopedStats } from "../stats/scoped-stats.ts";
import type { AcceptedConnection } from "./accepted-connection.ts";
import type { ChainPlan } from "./chain-plan.ts";
import { Handshake } from "./handshake.ts";

/** The listener a chain belongs to at the moment. */
export interface ChainOwner {
  connectionOver(connection: AcceptedConnection): void;
  handshakeTimedOut(): void;
}

export class LiveChain {
  readonly plan: ChainPlan;
  owner: ChainOwner;
  private readonly env: Env;
  private readonly scope: ScopedStats;
  private readonly serve: TerminalFilterFactory | null;
  private readonly transport: DownstreamTransport | null;
  private readonly connections = new Map<ServedConnection, Conn>();
  private cutting: Timer | null = null;
  private drainGraceMs = -1;
  private onGone: (() => void) | null = null;

  /** Throws where its transport cannot be made of what it names: a file that is not there, a key that does not fit. */
  constructor(plan: ChainPlan, owner: ChainOwner, env: Env) {
    this.plan = plan;
    this.owner = owner;
    this.env = env;
    this.scope = new ScopedStats(env.stats);
    const inside = { ...env, stats: this.scope };
    this.transport = plan.transport?.open(inside) ?? null;
    this.serve = plan.filters?.open(inside) ?? null;
  }

  accept(connection: AcceptedConnection): void {
    const { conn } = connection;
    const { transport } = this;
    connection.filterChainName = this.plan.name;
    connection.chainMetadata = this.plan.metadata;
    connection.secure = transport?.kind === "tls";
    if (this.serve === null) {
      conn.handler = closing(() => this.owner.connectionOver(connection));
      conn.close();
      return;
    }
    let served: ServedConnection | undefined = undefined;
    served = this.serve(connection, () => {
      if (served !== undefined) this.connections.delete(served);
      this.owner.connectionOver(connection);
      this.checkGone();
    });
    this.connections.set(served, conn);
    conn.handler = transport?.kind === "tls" ? this.handshake(connection, served, transport) : served;
    served.begin?.();
    if (this.drainGraceMs >= 0) served.drain(this.drainGraceMs);
  }

  get open(): number {
    return this.connections.size;
  }

  drain(graceMs: number): void {
    this.drainGraceMs = graceMs;
    for (const connection of Array.from(this.connections.keys())) connection.drain(graceMs);
  }

  /** It gets no new connections; when the last one has gone, its numbers are given back and `onGone` is called. */
  retire(graceMs: number, onGone: () => void): void {
    this.onGone = onGone;
    this.drain(graceMs);
    // what has no next response, as bytes that are only carried, is cut then
    if (this.connections.size > 0) this.cutting = this.env.clock.after(graceMs, () => this.cut());
    this.checkGone();
  }

  private cut(): void {
    for (const conn of Array.from(this.connections.values())) conn.close();
  }

  private checkGone(): void {
    if (this.onGone === null || this.connections.size > 0) return;
    this.cutting?.cancel();
    if (this.transport?.kind === "tls") this.transport.close();
    this.scope.closeAll();
    const tell = this.onGone;
    this.onGone = null;
    tell();
  }

  private handshake(connection: AcceptedConnection, served: ServedConnection, transport: DownstreamTransport & { readonly kind: "tls" }): Handshake {
    const handshake = new Handshake(served, transport, (reason) => { connection.transportReason = reason; });
    const { connectTimeoutMs } = this.plan;
    if (connectTimeoutMs > 0) {
      handshake.timer = this.env.clock.after(connectTimeoutMs, () => {
        connection.transportReason = "connect timeout";
        this.owner.handshakeTimedOut();
        connection.conn.close();
      });
    }
    return handshake;
  }
}

function closing(onClose: () => void): { onData(): void; onDrain(): void; onEnd(): void; onClose(): void } {
  return { onData: () => {}, onDrain: () => {}, onEnd: () => {}, onClose };
}
