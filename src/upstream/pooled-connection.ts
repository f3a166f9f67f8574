/** What a pool needs of the connections it keeps. */
import type { Host } from "../contract/host.ts";
import type { ResponseSink, UpstreamStream } from "../contract/upstream-stream.ts";
import type { Conn, ConnHandler } from "../platform/conn.ts";

export interface PooledConnection extends ConnHandler {
  readonly host: Host;
  conn: Conn;
  readonly connected: boolean;
  readonly startedAt: number;
  /** Exchanges begun. */
  readonly requests: number;
  /** An exchange is under way. */
  readonly active: boolean;
  begin(sink: ResponseSink): UpstreamStream;
  close(): void;
}
