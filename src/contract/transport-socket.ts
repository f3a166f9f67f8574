/** How the bytes of connections come and go (Envoy's transport sockets): as they are, or sealed. */
import type { SocketAddress } from "../platform/address.ts";
import type { Prelude } from "../platform/conn.ts";
import type { TlsClientOptions, TlsServerOptions } from "../platform/tls.ts";

/** Connections of a filter chain. */
export type DownstreamTransport = PlainTransport | TlsDownstreamTransport;

export interface PlainTransport {
  readonly kind: "raw_buffer";
}

export interface TlsDownstreamTransport {
  readonly kind: "tls";
  /** What to answer a client with who has said this so far. `more`: let it go on. A text: why nobody can be answered now. */
  answer(received: Buffer): TlsServerOptions | "more" | string;
  close(): void;
}

/** Whom a connection is dialed to, as far as its transport cares. */
export interface UpstreamPeer {
  readonly address: SocketAddress;
  /** "": none. */
  readonly hostname: string;
  /** What a request asks for in place of the configured name. */
  readonly serverName?: string | undefined;
  /** Names one of which must be in the host's certificate, in place of the configured ones. */
  readonly acceptedNames?: readonly string[] | undefined;
  /** Protocols to offer where none are configured. */
  readonly alpn?: readonly string[] | undefined;
  /** Addresses of the client, for the PROXY protocol. */
  readonly client?: { readonly remote: SocketAddress; readonly local: SocketAddress } | undefined;
}

/** What a connection begins with. */
export interface UpstreamStart {
  readonly prelude?: Prelude | undefined;
  readonly tls?: TlsClientOptions | undefined;
  /** To be dialed in place of the host: a proxy in front of it. */
  readonly address?: SocketAddress | undefined;
}

/** Connections to the hosts of a cluster. */
export interface UpstreamTransport {
  /** TLS. */
  readonly secure: boolean;
  /** It tells the host who the client is: a connection serves one client only. */
  readonly perClient?: boolean;
  /** A text: why nobody can be dialed now. */
  start(peer: UpstreamPeer): UpstreamStart | string;
  close(): void;
}
