/**
 * Listener filters look at an accepted connection before its filter chain is chosen: they find out what it is, and may change who it
 * seems to come from. One after the other: a filter that waits for bytes holds up those behind it.
 */
import type { SocketAddress } from "../platform/address.ts";
import type { Conn } from "../platform/conn.ts";
import type { StreamInfo } from "./stream-info.ts";

/** An accepted connection as listener filters find and leave it. */
export interface AcceptedSocket {
  readonly conn: Conn;
  /** Of the connection: metadata and filter state live on. */
  readonly info: StreamInfo;
  /** Who sent it; the peer of the socket unless a filter knows better. */
  remote: SocketAddress;
  /** Where it was sent to, likewise. */
  local: SocketAddress;
  /** A filter has set `local`: the original destination. */
  localRestored: boolean;
  /** Lower case; "": none. */
  serverName: string;
  /** "": nobody looked. */
  transportProtocol: string;
  applicationProtocols: readonly string[];
  ja3: string;
  ja4: string;
  /** Why it is no TLS, in Envoy's words; "" otherwise. */
  failure: string;
}

/** The next filter's turn. */
export const Done = 0 as const;
/** More bytes are needed. */
export const Wait = 1 as const;
/** The connection is closed at once. */
export const Refuse = 2 as const;
export type ListenerVerdict = typeof Done | typeof Wait | typeof Refuse;

/** For one connection. */
export interface ListenerFilter {
  onAccept(socket: AcceptedSocket): ListenerVerdict;
  /** After `Wait`: all that was received and not taken yet. `take(n)`: the first n bytes are this filter's, nobody else sees them. */
  onData?(received: Buffer, socket: AcceptedSocket, take: (bytes: number) => void): ListenerVerdict;
  /** The client went away while the filter waited. */
  onClose?(): void;
}

export type ListenerFilterFactory = () => ListenerFilter;
