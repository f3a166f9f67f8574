/** What a format string may print: the live proxy and the simulator each implement it over one stream. */
import type { HeaderBlock } from "../../http/header-block.ts";

/** Moments in the life of a stream, by Envoy's names for COMMON_DURATION. */
export type TimePoint =
  | "DS_RX_BEG" | "DS_RX_END" | "US_CX_BEG" | "US_CX_END" | "US_HS_END" | "US_TX_BEG" | "US_TX_END" | "US_RX_BEG" | "US_RX_BODY_BEG" | "US_RX_END"
  | "DS_TX_BEG" | "DS_TX_END";

/** A certificate, in the forms that are printed. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly sha256: string;
  readonly sha1: string;
  /** PEM, escaped as in a URL. */
  readonly pem: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Its alternative names of one type: `URI`, `DNS`, `IP_ADDRESS`, `EMAIL`, `OTHER_NAME`. */
  names(type: string): readonly string[];
}

/** A finished handshake. */
export interface TlsSide {
  readonly peer: CertificateFacts | null;
  readonly local: CertificateFacts | null;
  /** All that the peer presented. */
  readonly chain: readonly CertificateFacts[];
  readonly version: string;
  readonly cipher: string;
  readonly sessionId: string;
  readonly group: string;
  readonly serverName: string;
}

/** Facts about a stream. Text is in wire form; `null` is "not known", printed as `-` (or nothing, or JSON null). */
export interface StreamInfo {
  /** When the request began, in milliseconds since the epoch (with a fraction for what is finer). */
  readonly startTime: number;
  /** Milliseconds from the start to the end of the stream, or to now while it runs. */
  readonly duration: number | null;
  /** `HTTP/1.1`, `HTTP/2`, ... */
  readonly protocol: string | null;
  readonly upstreamProtocol: string | null;
  /** 0 if there was no response. */
  readonly responseCode: number;
  readonly responseCodeDetails: string | null;
  /** Short names (`UF`) in the order in which they were set. */
  readonly responseFlags: readonly string[];
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly attemptCount: number;
  readonly connectionId: number;
  readonly upstreamConnectionId: number;
  /** The stream id as a UUID. */
  readonly streamId: string | null;
  readonly connectionTerminationDetails: string | null;
  /** Why this side closed the client's connection, of a log of the connection. */
  readonly downstreamLocalCloseReason: string | null;
  readonly upstreamLocalCloseReason: string | null;
  /** `Normal`, `LocalReset`, `RemoteReset`. */
  readonly downstreamCloseType: string;
  readonly upstreamCloseType: string | null;
  readonly routeName: string | null;
  readonly virtualClusterName: string | null;
  readonly filterChainName: string | null;
  /** Its `alt_stat_name`, or its name. */
  readonly upstreamCluster: string | null;
  readonly upstreamClusterName: string | null;
  /** Those that attempts had connections to, in order. */
  readonly attemptedHosts: readonly { readonly address: string; readonly hostname: string; readonly connectionId: number }[];
  /** Milliseconds that the last attempt waited for a connection. */
  readonly poolWait: number | null;
  /** Addresses as `ip:port`, `[ip6]:port` or a path. */
  readonly upstreamHost: string | null;
  readonly upstreamHostName: string | null;
  readonly upstreamLocalAddress: string | null;
  readonly upstreamRemoteAddress: string | null;
  readonly upstreamTransportFailureReason: string | null;
  readonly downstreamRemoteAddress: string | null;
  readonly downstreamDirectRemoteAddress: string | null;
  readonly downstreamLocalAddress: string | null;
  readonly downstreamDirectLocalAddress: string | null;
  readonly downstreamTransportFailureReason: string | null;
  readonly requestedServerName: string | null;
  /** Handshake with the client; null: there was none. */
  readonly downstreamTls?: TlsSide | null;
  /** ... with the upstream host. */
  readonly upstreamTls?: TlsSide | null;
  /** Fingerprints of the client's hello; "": nobody took them. */
  readonly ja3?: string;
  readonly ja4?: string;
  /** Filter name to a struct. */
  readonly dynamicMetadata: Readonly<Record<string, unknown>>;
  readonly clusterMetadata: Readonly<Record<string, unknown>> | null;
  readonly upstreamMetadata: Readonly<Record<string, unknown>> | null;
  /** Of the route and its virtual host, by namespace; absent: none. */
  readonly listenerMetadata?: Readonly<Record<string, unknown>> | null;
  readonly chainMetadata?: Readonly<Record<string, unknown>> | null;
  readonly routeMetadata?: Readonly<Record<string, unknown>> | null;
  readonly virtualHostMetadata?: Readonly<Record<string, unknown>> | null;
  readonly filterState: Readonly<Record<string, string>>;
  /** Milliseconds from the start to a moment, `null` if it has not come. */
  since(point: TimePoint): number | null;
}

/** Facts about the machine that a format may name. */
export interface MachineFacts {
  readonly hostname: string;
  environment(name: string): string | undefined;
  /** A fresh one each time. */
  uuid?(): string;
  /** Minutes that the machine's time zone is east of UTC at a moment; absent: it has none. */
  utcOffset?(milliseconds: number): number;
}

export interface FormatContext {
  readonly requestHeaders: HeaderBlock | null;
  readonly responseHeaders: HeaderBlock | null;
  readonly responseTrailers: HeaderBlock | null;
  /** The body of a local reply, `""` outside one. */
  readonly localReplyBody: string;
  /** `DownstreamEnd`, ... */
  readonly accessLogType: string;
  readonly stream: StreamInfo;
  readonly machine: MachineFacts;
}
