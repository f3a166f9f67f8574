/** What a pool needs of the connections it keeps. */
import type { Host } from "../contract/host.ts";
import type { ResponseSink, UpstreamStream } from "../contract/upstream-stream.ts";
import type { Timer } from "../platform/clock.ts";
import type { Conn, ConnHandler } from "../platform/conn.ts";

export interface PooledConnection extends ConnHandler {
  readonly host: Host;
  conn: Conn;
  readonly connected: boolean;
  readonly startedAt: number;
  /** -1 until it is connected. */
  connectedAt: number;
  /** Exchanges begun. */
  readonly requests: number;
  /** An exchange is under way. */
  readonly active: boolean;
  /** The pool's: closes it after too long without an exchange. */
  idleTimer: Timer | null;
  begin(sink: ResponseSink): UpstreamStream;
  close(): void;
}
