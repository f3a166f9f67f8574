/**
 * The network filters of one connection (Envoy's FilterManagerImpl, the reading half): each is asked in turn, what comes meanwhile is
 * held, and the terminal filter takes over behind them.
 */
import { Buffer } from "node:buffer";
import {
  type DownstreamConnection, Hold, type NetworkFilter, type NetworkHandle, PassForGood, type ServedConnection, type TerminalFilterFactory,
} from "../contract/network-filter.ts";
import type { DownstreamFacts, StreamInfo } from "../contract/stream-info.ts";
import type { CloseCause, Conn } from "../platform/conn.ts";

export type FilterFactory = (handle: NetworkHandle) => NetworkFilter;

const NOTHING = Buffer.alloc(0);

/** A filter's place in the chain. */
class Place implements NetworkHandle {
  readonly chain: NetworkChain;
  readonly index: number;
  readonly filter: NetworkFilter;
  /** It has been told of the connection. */
  begun = false;
  /** It wants to hear of bytes. */
  asked: boolean;

  constructor(chain: NetworkChain, index: number, create: FilterFactory) {
    this.chain = chain;
    this.index = index;
    this.filter = create(this);
    this.asked = this.filter.onData !== undefined;
  }

  get conn(): Conn {
    return this.chain.conn;
  }

  get info(): StreamInfo {
    return this.chain.info;
  }

  get facts(): DownstreamFacts {
    return this.chain.facts;
  }

  get logged(): boolean {
    return this.chain.logged;
  }

  resume(): void {
    this.chain.goOn(this.index + 1);
  }

  close(reason: string): void {
    this.chain.close(reason);
  }
}

export class NetworkChain implements ServedConnection {
  readonly conn: Conn;
  private readonly connection: DownstreamConnection;
  private readonly places: readonly Place[];
  private readonly terminal: ServedConnection;
  private begun = false;
  private over = false;
  /** Bytes that some filter holds; null when there are none. */
  private held: Buffer | null = null;
  private heldBack = false;
  private finished = false;

  constructor(connection: DownstreamConnection, filters: readonly FilterFactory[], terminal: TerminalFilterFactory, done: () => void) {
    this.connection = connection;
    this.conn = connection.conn;
    this.places = filters.map((create, index) => new Place(this, index, create));
    this.terminal = terminal(connection, () => {
      for (const { filter } of this.places) filter.onClose?.();
      done();
    });
  }

  get info(): StreamInfo {
    return this.connection.info;
  }

  get facts(): DownstreamFacts {
    return this.connection.facts;
  }

  get logged(): boolean {
    return this.connection.logged;
  }

  get busy(): boolean {
    return this.terminal.busy;
  }

  drain(graceMs: number): void {
    this.terminal.drain(graceMs);
  }

  begin(): void {
    this.goOn(0);
  }

  onData(conn: Conn, chunk: Buffer): void {
    if (this.over) return;
    this.held = this.held === null ? chunk : Buffer.concat([this.held, chunk]);
    if (conn.highWatermark > 0 && this.held.length >= conn.highWatermark) this.holdBack(true);
    this.goOn(0);
  }

  onSecured(conn: Conn): void {
    for (const { filter } of this.places) filter.onSecured?.();
    this.terminal.onSecured?.(conn);
  }

  onDrain(conn: Conn): void {
    this.terminal.onDrain(conn);
  }

  onEnd(conn: Conn): void {
    if (this.terminal.halfCloses !== true) return this.terminal.onEnd(conn);
    this.finished = true;
    this.goOn(0);
  }

  onClose(conn: Conn, cause: CloseCause): void {
    this.giveUp();
    this.terminal.onClose(conn, cause);
  }

  /** Nothing that is held is sent on, and nothing more is read. */
  close(reason: string): void {
    if (this.over) return;
    this.info.localCloseReason = reason;
    this.giveUp();
    this.conn.close();
  }

  /** Asks the filters from `index` on; behind the last one the terminal filter gets what is held. */
  goOn(index: number): void {
    for (let i = index; i < this.places.length; i++) {
      if (this.stops(this.places[i] as Place) || this.over || !this.conn.writable) return;
    }
    this.handOver();
  }

  /** What is held goes nowhere: it was received all the same. */
  private giveUp(): void {
    this.over = true;
    const { held, terminal, info } = this;
    if (held === null) return;
    this.held = null;
    info.bytesReceived += held.length;
    terminal.onDenied?.(held.length);
  }

  private stops(place: Place): boolean {
    const { filter } = place;
    if (!place.begun) {
      place.begun = true;
      const verdict = filter.onNewConnection?.() ?? PassForGood;
      if (verdict === PassForGood && filter.onNewConnection !== undefined) place.asked = false;
      if (verdict === Hold || this.over) return verdict === Hold;
    }
    if (!place.asked || (this.held === null && !this.finished)) return false;
    const verdict = filter.onData?.(this.held ?? NOTHING, this.finished);
    if (verdict === PassForGood) place.asked = false;
    return verdict === Hold;
  }

  private handOver(): void {
    this.holdBack(false);
    const { terminal, conn, held, finished } = this;
    this.held = null;
    this.finished = false;
    if (this.places.every((place) => place.begun && !place.asked) && conn.handler === this) conn.handler = terminal;
    if (!this.begun) {
      this.begun = true;
      terminal.begin?.();
    }
    if (held !== null && conn.writable) terminal.onData(conn, held);
    if (finished && conn.writable) terminal.onEnd(conn);
  }

  private holdBack(on: boolean): void {
    if (on === this.heldBack) return;
    this.heldBack = on;
    if (on) this.conn.pause();
    else this.conn.resume();
  }
}
