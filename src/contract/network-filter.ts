/**
 * Network filters. A chain is any number of filters that look at a connection, and one terminal filter that serves it. The filters
 * answer with a number and may call `resume()` later; when all that care for no more bytes have said so, the terminal filter becomes the
 * connection's handler and the chain is out of the way. A lone terminal filter is the handler from the start.
 *
 * Envoy's write filters have no counterpart: of its own filters only those for databases that legate does not run are such.
 */
import type { Conn, ConnHandler } from "../platform/conn.ts";
import type { DownstreamFacts, StreamInfo } from "./stream-info.ts";

/** A downstream connection and what is known of it. */
export interface DownstreamConnection {
  readonly conn: Conn;
  /** Addresses, TLS and names, as they stand at the moment. */
  readonly facts: DownstreamFacts;
  /** Of the connection: its filter state, metadata, flags and addresses. Made when it is first asked for. */
  readonly info: StreamInfo;
  /** Whether somebody logs the connection: then the terminal filter counts its bytes in `info`. */
  readonly logged: boolean;
}

/** A connection that is being served: what drain and reload need of it. */
export interface ServedConnection extends ConnHandler {
  /** Work is in progress on it. */
  readonly busy: boolean;
  /** A client that has sent its FIN may go on reading: its half close is handed on, and does not end the connection. */
  readonly halfCloses?: boolean;
  /** Closes with the next response; if it stays idle, after `graceMs`. */
  drain(graceMs: number): void;
  /**
   * All filters in front let the connection pass. Called once, before the first bytes, if at all: it may have been denied. Where `facts.secure`,
   * nothing may be written before `onSecured`.
   */
  begin?(): void;
  /** So many bytes were received that the filters in front kept to themselves: for statistics. */
  onDenied?(bytes: number): void;
}

/** Takes a new connection over: it is handed its events. It calls `done` in its `onClose`, once. */
export type TerminalFilterFactory = (connection: DownstreamConnection, done: () => void) => ServedConnection;

/** Go on with the next filter. */
export const Pass = 0 as const;
/** Go on with the next filter, and ask me no more. */
export const PassForGood = 1 as const;
/** Nothing for the filters behind me until I resume. Bytes that come are held, up to the connection's buffer limit, and I see all of them again with the next ones. */
export const Hold = 2 as const;
export type NetworkVerdict = typeof Pass | typeof PassForGood | typeof Hold;

/** What a filter has of its connection. */
export interface NetworkHandle extends DownstreamConnection {
  /** After `Hold`: the filters behind this one go on, with all that is held. */
  resume(): void;
  /** Closes at once. `reason` is Envoy's, for logs. */
  close(reason: string): void;
}

/** Looks at a connection. Nothing is called after `onClose`, or after a verdict `PassForGood` but `onClose`. */
export interface NetworkFilter {
  /** When the filters before this one have let the connection pass. Its TLS handshake may be still to come. */
  onNewConnection?(): NetworkVerdict;
  /** The connection's TLS handshake is done; not of plain text. */
  onSecured?(): void;
  /** Bytes, or the client's FIN (then `data` may be empty). The bytes are not this filter's to change. */
  onData?(data: Buffer, endStream: boolean): NetworkVerdict;
  /** Exactly once, whatever became of the connection. */
  onClose?(): void;
}

/** What a network filter opens to. */
export type NetworkFilterFactory =
  | { readonly kind: "terminal"; readonly create: TerminalFilterFactory }
  | { readonly kind: "filter"; readonly create: (handle: NetworkHandle) => NetworkFilter };
