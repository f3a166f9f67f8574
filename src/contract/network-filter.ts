/**
 * A network filter of a filter chain. The runner hands the connection on by assigning `conn.handler`; a terminal filter
 * simply becomes the handler. (Filters that only look at the bytes come with the connections issue; the seam is here.)
 */
import type { Conn, ConnHandler } from "../platform/conn.ts";

/** A connection that is being served: what drain and reload need of it. */
export interface ServedConnection extends ConnHandler {
  /** Work is in progress on it. */
  readonly busy: boolean;
  /** Closes with the next response; if it stays idle, after `graceMs`. */
  drain(graceMs: number): void;
}

/** Takes a new connection over: sets its handler. `done` is to be called when the connection is over. */
export type NetworkFilterFactory = (conn: Conn, done: () => void) => ServedConnection;
