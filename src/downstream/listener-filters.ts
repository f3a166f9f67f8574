/** Listener filters compiled, and run over one accepted connection (Envoy's ActiveTcpSocket). */
import { Buffer } from "node:buffer";
import { optionalMs } from "../base/duration.ts";
import type { CompileContext, Plan } from "../contract/extension.ts";
import { findExtension } from "../contract/find-extension.ts";
import { Done, type ListenerFilter, type ListenerFilterFactory, type ListenerVerdict, Refuse, Wait } from "../contract/listener-filter.ts";
import type { Clock, Timer } from "../platform/clock.ts";
import type { CloseCause, Conn, ConnHandler } from "../platform/conn.ts";
import type { Listener, ListenerFilterChainMatchPredicate } from "../schema/generated/envoy/config/listener/v3.ts";
import type { AcceptedConnection } from "./accepted-connection.ts";

export const honours = {
  "envoy.config.listener.v3.ListenerFilter": ["name", "typed_config", "filter_disabled"],
  "envoy.config.listener.v3.ListenerFilterChainMatchPredicate": ["or_match", "and_match", "not_match", "any_match", "destination_port_range"],
  "envoy.config.listener.v3.ListenerFilterChainMatchPredicate.MatchSet": ["rules"],
  "envoy.type.v3.Int32Range": ["start", "end"],
} as const;

export interface ListenerFilterPlan {
  readonly plan: Plan<ListenerFilterFactory>;
  /** True: not for this connection. */
  readonly disabled: ((connection: AcceptedConnection) => boolean) | null;
}

export interface ListenerFiltersPlan {
  readonly filters: readonly ListenerFilterPlan[];
  /** 0: no limit. */
  readonly timeoutMs: number;
  readonly continueOnTimeout: boolean;
}

const TIMEOUT_MS = 15_000;

export function compileListenerFilters(listener: Listener, context: CompileContext): ListenerFiltersPlan {
  const filters: ListenerFilterPlan[] = [];
  for (const filter of listener.listener_filters ?? []) {
    const extension = filter.config_discovery === undefined ? findExtension("envoy.filters.listener", filter, context) : undefined;
    if (extension === undefined) continue;
    const disabled = filter.filter_disabled === undefined ? null : predicate(filter.filter_disabled);
    filters.push({ plan: extension.compile(filter.typed_config as never, context), disabled });
  }
  return { filters, timeoutMs: optionalMs(listener.listener_filters_timeout) ?? TIMEOUT_MS, continueOnTimeout: listener.continue_on_listener_filters_timeout ?? false };
}

function predicate(config: ListenerFilterChainMatchPredicate): (connection: AcceptedConnection) => boolean {
  const { or_match: or, and_match: and, not_match: not, destination_port_range: range } = config;
  if (or !== undefined) {
    const some = (or.rules ?? []).map(predicate);
    return (connection) => some.some((test) => test(connection));
  }
  if (and !== undefined) {
    const all = (and.rules ?? []).map(predicate);
    return (connection) => all.every((test) => test(connection));
  }
  if (not !== undefined) {
    const test = predicate(not);
    return (connection) => !test(connection);
  }
  if (range === undefined) return () => config.any_match === true;
  const [start, end] = [range.start ?? 0, range.end ?? 0];
  return ({ local }) => local.kind === "ip" && local.port >= start && local.port < end;
}

/** What becomes of a connection: its chain may be chosen, or it is over. */
export type Outcome = "through" | "refused" | "timeout" | "left" | "broken";

/** Runs the filters; holds what they look at, and puts it back. */
export class ListenerFilterRun implements ConnHandler {
  private readonly connection: AcceptedConnection;
  private readonly filters: readonly ListenerFilter[];
  private readonly onOver: (outcome: Outcome) => void;
  private readonly continueOnTimeout: boolean;
  private readonly timer: Timer | null;
  private received = Buffer.alloc(0);
  private at = 0;
  private waiting = false;
  private over = false;

  constructor(connection: AcceptedConnection, filters: readonly ListenerFilter[], clock: Clock, plan: ListenerFiltersPlan, onOver: (outcome: Outcome) => void) {
    this.connection = connection;
    this.filters = filters;
    this.onOver = onOver;
    this.continueOnTimeout = plan.continueOnTimeout;
    this.timer = plan.timeoutMs > 0 ? clock.after(plan.timeoutMs, () => this.timedOut()) : null;
  }

  begin(): void {
    this.goOn();
  }

  onData(_conn: Conn, chunk: Buffer): void {
    if (this.over) return;
    this.received = this.received.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.received, chunk]);
    this.goOn();
  }

  onDrain(): void {}

  onEnd(): void {
    this.leave("left");
  }

  onClose(_conn: Conn, cause: CloseCause): void {
    this.leave(cause === "remote" ? "left" : "broken");
  }

  private goOn(): void {
    while (this.at < this.filters.length) {
      const verdict = this.ask(this.filters[this.at] as ListenerFilter);
      if (verdict === Wait) return;
      if (verdict === Refuse) return this.end("refused");
      this.waiting = false;
      this.at++;
    }
    this.end("through");
  }

  private ask(filter: ListenerFilter): ListenerVerdict {
    if (!this.waiting) {
      const verdict = filter.onAccept(this.connection);
      if (verdict !== Wait) return verdict;
      this.waiting = true;
    }
    if (this.received.length === 0) return Wait;
    return filter.onData?.(this.received, this.connection, (bytes) => { this.received = this.received.subarray(bytes); }) ?? Done;
  }

  private timedOut(): void {
    if (!this.over) this.end(this.continueOnTimeout ? "through" : "timeout", true);
  }

  private leave(outcome: Outcome): void {
    if (this.over) return;
    this.filters[this.at]?.onClose?.();
    this.end(outcome);
  }

  private end(outcome: Outcome, late = false): void {
    if (this.over) return;
    this.over = true;
    this.late = late;
    this.timer?.cancel();
    this.onOver(outcome);
  }

  /** The filters' time was over. */
  late = false;

  /** Envoy only peeks at what filters look at: closing over it makes a reset. */
  get holdsBytes(): boolean {
    return this.received.length > 0;
  }

  /** Gives the bytes back to whoever is the handler now. */
  putBack(): void {
    if (this.received.length > 0) this.connection.conn.unshift(this.received);
  }
}
