/**
 * What is known of one request while it runs and when it is logged: plain data, written by codec, chain and forwarder.
 * Times are monotonic milliseconds of the worker's clock unless they say otherwise; -1 means "did not happen".
 */
import type { OverrideHost } from "./load-balancer.ts";
import type { SocketAddress } from "../platform/address.ts";
import type { TlsFacts } from "../platform/tls.ts";

/** Response flags by Envoy's short names, in the order they were set. */
export type ResponseFlag =
  | "LH" | "UH" | "UT" | "LR" | "UR" | "UF" | "UC" | "UO" | "NR" | "DI" | "FI" | "RL" | "UAEX" | "RLSE" | "DC" | "URX" | "SI" | "IH"
  | "DPE" | "UMSDR" | "RFCF" | "NFCF" | "DT" | "UPE" | "NC" | "OM" | "DF" | "DO" | "DR" | "UDO";

export interface DownstreamFacts {
  readonly connectionId: number;
  /** Who sent it, as listener filters understand it. */
  readonly remote: SocketAddress;
  readonly local: SocketAddress;
  /** Peer of the socket, whatever XFF and the PROXY protocol say. */
  readonly direct: SocketAddress;
  /** Local end of the socket. */
  readonly directLocal?: SocketAddress;
  /** Its transport is TLS. */
  readonly secure?: boolean;
  /** Once the handshake is done. */
  readonly tls?: TlsFacts | undefined;
  /** Name asked for in TLS; "": none. */
  readonly requestedServerName?: string;
  readonly filterChainName?: string;
  /** `filter_metadata` of the listener and of the filter chain. */
  readonly listenerMetadata?: Readonly<Record<string, unknown>> | null;
  readonly chainMetadata?: Readonly<Record<string, unknown>> | null;
  readonly ja3?: string;
  readonly ja4?: string;
  /** Why its transport failed; "": it did not. */
  readonly transportFailure?: string;
  /** What filters left in the connection's filter state, for all its requests. */
  readonly filterState?: ReadonlyMap<string, unknown> | null;
}

/** A host that an attempt went to. */
export interface AttemptedHost {
  readonly address: SocketAddress;
  readonly hostname: string;
  /** 0: no connection was had. */
  readonly connectionId: number;
}

type AttemptedPlace = Pick<AttemptedHost, "address" | "hostname">;

/** What logs tell of a cluster besides its name. */
export interface ClusterFacts {
  readonly name: string;
  readonly observabilityName?: string;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
}

/** Which side broke a connection off, in Envoy's words. Of HTTP connections it is always `Normal`. */
export type CloseType = "Normal" | "LocalReset" | "RemoteReset";

const NO_FLAGS: readonly ResponseFlag[] = [];

export class StreamInfo {
  /** Wall clock, ms since the epoch. */
  startWall = 0;
  start = 0;
  /** Last byte of the request received. */
  requestEnd = -1;
  /** First and last byte to the upstream, first and last byte from it, first and last byte to the downstream. */
  firstUpstreamTx = -1;
  lastUpstreamTx = -1;
  firstUpstreamRx = -1;
  lastUpstreamRx = -1;
  firstDownstreamTx = -1;
  lastDownstreamTx = -1;
  end = -1;
  protocol = "HTTP/1.1";
  /** A UUID, of a connection that is logged as such. */
  streamId = "";
  bytesReceived = 0;
  bytesSent = 0;
  responseCode = 0;
  details = "";
  flags: readonly ResponseFlag[] = NO_FLAGS;
  attempts = 0;
  routeName = "";
  /** `filter_metadata` of the route and of its virtual host. */
  routeMetadata: Readonly<Record<string, unknown>> | null = null;
  virtualHostMetadata: Readonly<Record<string, unknown>> | null = null;
  virtualHost = "";
  cluster = "";
  /** The cluster of that name, where there is one. */
  clusterFacts: ClusterFacts | null = null;
  /** A request of the health check filter's kind. */
  healthCheck = false;
  /** Traced because the request asked for it. */
  traceForced = false;
  /** The port that host normalisation took from the authority of a CONNECT request. */
  connectPort: string | undefined = undefined;
  virtualCluster = "";
  upstreamConnectionId = 0;
  /** When the connection of the present attempt was begun and had, and when the body of its response began. */
  upstreamConnection: { readonly startedAt: number; readonly connectedAt: number } | null = null;
  upstreamBodyRx = -1;
  upstreamProtocol = "";
  /** When the present attempt asked for a connection. */
  poolAsked = -1;
  /** When it was had, of TCP sessions: of requests it is {@link firstUpstreamTx}. */
  poolReady = -1;
  upstreamHostName = "";
  upstreamMetadata: Readonly<Record<string, unknown>> | null = null;
  upstreamHost: SocketAddress | null = null;
  upstreamLocal: SocketAddress | null = null;
  /** Of the handshake with the host, where there was one. */
  upstreamTls: TlsFacts | undefined = undefined;
  upstreamFailure = "";
  connectionTermination = "";
  /** Of a connection: what an inspector found wrong with its transport. */
  transportFailure = "";
  /** Why this side closed the connection, in Envoy's words. */
  localCloseReason = "";
  /** Of a TCP session that was not ended in good order: how each side was closed, and why this side closed the upstream's. */
  tcpEnd: { readonly downstream: CloseType; readonly upstream: CloseType; readonly upstreamReason: string } | null = null;
  private attempted: { readonly address: SocketAddress; readonly hostname: string } | null = null;
  private attemptedBefore: AttemptedHost[] | null = null;
  downstream: DownstreamFacts;
  /** The address that counts as the client's after XFF and the like. */
  remote: SocketAddress;
  /** `filter name -> metadata`, made when first written. */
  metadata: Record<string, Readonly<Record<string, unknown>>> | null = null;
  /** The host that a filter chose for the request. */
  overrideHost: OverrideHost | null = null;
  /** Made when first written. Strings are what conditions, formats and hash policies see. */
  filterState: Map<string, unknown> | null = null;

  constructor(downstream: DownstreamFacts) {
    this.downstream = downstream;
    this.remote = downstream.remote;
  }

  /** A new attempt: of what an earlier one had, nothing is told (as in Envoy, whatever its documentation says of hosts attempted). */
  attemptBegins(): void {
    this.attempted = null;
    this.attemptedBefore = null;
    this.upstreamConnectionId = 0;
    this.upstreamProtocol = "";
    this.upstreamLocal = null;
    this.upstreamTls = undefined;
    this.upstreamConnection = null;
    this.upstreamBodyRx = -1;
    this.firstUpstreamTx = -1;
  }

  /** An attempt goes to a host; the number of its connection is 0 until there is one. */
  attemptAt(host: AttemptedPlace): void {
    if (this.attempted !== null) (this.attemptedBefore ??= []).push({ address: this.attempted.address, hostname: this.attempted.hostname, connectionId: this.upstreamConnectionId });
    this.attempted = host;
    this.upstreamConnectionId = 0;
  }

  /** An attempt has a connection to a host. */
  connectedTo(host: AttemptedPlace, connectionId: number): void {
    this.attemptAt(host);
    this.upstreamConnectionId = connectionId;
  }

  /** The hosts of attempts, in order: for HTTP those that a connection was had to. */
  get attemptedHosts(): readonly AttemptedHost[] {
    const { attempted } = this;
    if (attempted === null) return [];
    return [...(this.attemptedBefore ?? []), { address: attempted.address, hostname: attempted.hostname, connectionId: this.upstreamConnectionId }];
  }

  setFlag(flag: ResponseFlag): void {
    if (!this.flags.includes(flag)) this.flags = [...this.flags, flag];
  }

  hasFlag(flag: ResponseFlag): boolean {
    return this.flags.includes(flag);
  }

  /** Merges fields into a filter's metadata: what is there under another key stays. `fields` must not change afterwards. */
  mergeMetadata(namespace: string, fields: Readonly<Record<string, unknown>>): void {
    const all = (this.metadata ??= {}); // (an object without a prototype would cost a request microseconds)
    const there = Object.hasOwn(all, namespace) ? all[namespace] : undefined;
    const value = there === undefined ? fields : { ...there, ...fields };
    if (namespace !== "__proto__") all[namespace] = value;
    else Object.defineProperty(all, namespace, { value, enumerable: true, writable: true, configurable: true });
  }
}

const NO_STATE: Readonly<Record<string, string>> = {};

/** The filter state objects that have a text. */
export function filterStateTexts({ filterState }: StreamInfo): Readonly<Record<string, string>> {
  if (filterState === null) return NO_STATE;
  const texts: Record<string, string> = {};
  for (const [key, value] of filterState) if (typeof value === "string") texts[key] = value;
  return texts;
}
