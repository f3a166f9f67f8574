/** A stream as format strings see it: every fact by name, worked out when it is printed. */
import type { LoggedStream } from "../contract/access-logger.ts";
import { filterStateTexts, type StreamInfo } from "../contract/stream-info.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { X_REQUEST_ID } from "../http/names.ts";
import type { FormatContext, MachineFacts, StreamInfo as StreamFacts, TimePoint, TlsSide } from "../match/format/format-context.ts";
import { formatAddress, type SocketAddress } from "../platform/address.ts";
import { tlsView } from "./certificate-facts.ts";

const NOTHING: Readonly<Record<string, never>> = {};

/** `now`: the clock of the moment, for streams that still run. */
export class FormatView implements FormatContext, StreamFacts {
  readonly requestHeaders: HeaderBlock | null;
  readonly responseHeaders: HeaderBlock | null;
  readonly responseTrailers: HeaderBlock | null;
  readonly localReplyBody: string;
  readonly accessLogType: string;
  readonly machine: MachineFacts;
  private readonly info: StreamInfo;
  private readonly now: number;

  constructor(stream: LoggedStream, machine: MachineFacts, now: number, localReplyBody = "", accessLogType = "NotSet") {
    this.requestHeaders = stream.requestHeaders;
    this.responseHeaders = stream.responseHeaders;
    this.responseTrailers = stream.responseTrailers;
    this.info = stream.info;
    this.machine = machine;
    this.now = now;
    this.localReplyBody = localReplyBody;
    this.accessLogType = accessLogType;
  }

  get stream(): StreamFacts {
    return this;
  }

  get startTime(): number {
    return this.info.startWall;
  }

  get duration(): number {
    return (this.info.end < 0 ? this.now : this.info.end) - this.info.start;
  }

  get protocol(): string | null {
    return this.info.protocol === "" ? null : this.info.protocol;
  }

  get upstreamProtocol(): string | null {
    return this.info.upstreamProtocol || null;
  }

  get responseCode(): number {
    return this.info.responseCode;
  }

  get responseCodeDetails(): string | null {
    return this.info.details === "" ? null : this.info.details;
  }

  get responseFlags(): readonly string[] {
    return this.info.flags;
  }

  get bytesReceived(): number {
    return this.info.bytesReceived;
  }

  get bytesSent(): number {
    return this.info.bytesSent;
  }

  get attemptCount(): number {
    return this.info.attempts;
  }

  get connectionId(): number {
    return this.info.downstream.connectionId;
  }

  get upstreamConnectionId(): number {
    return this.info.upstreamConnectionId;
  }

  get streamId(): string | null {
    return this.info.streamId || (this.requestHeaders?.get(X_REQUEST_ID) ?? null);
  }

  get connectionTerminationDetails(): string | null {
    return this.info.connectionTermination === "" ? null : this.info.connectionTermination;
  }

  get downstreamLocalCloseReason(): string | null {
    return this.info.localCloseReason === "" ? null : this.info.localCloseReason;
  }

  get upstreamLocalCloseReason(): string | null {
    return this.info.tcpEnd?.upstreamReason || null;
  }

  get downstreamCloseType(): string {
    return this.info.tcpEnd?.downstream ?? "Normal";
  }

  get upstreamCloseType(): string | null {
    const { tcpEnd, upstreamHost, protocol } = this.info;
    return tcpEnd?.upstream ?? (upstreamHost !== null || protocol === "" ? "Normal" : null);
  }

  get routeName(): string | null {
    return this.info.routeName === "" ? null : this.info.routeName;
  }

  get virtualClusterName(): string | null {
    return this.info.virtualCluster === "" ? null : this.info.virtualCluster;
  }

  get filterChainName(): string | null {
    return this.info.downstream.filterChainName || null;
  }

  get upstreamCluster(): string | null {
    const { cluster, clusterFacts } = this.info;
    return (clusterFacts?.name === cluster ? clusterFacts.observabilityName : undefined) || cluster || null;
  }

  get upstreamClusterName(): string | null {
    return this.info.cluster || null;
  }

  get attemptedHosts(): StreamFacts["attemptedHosts"] {
    return this.info.attemptedHosts.map(({ address, hostname, connectionId }) => ({ address: formatAddress(address), hostname, connectionId }));
  }

  get poolWait(): number | null {
    const { poolAsked, poolReady, firstUpstreamTx } = this.info;
    const ready = poolReady < 0 ? firstUpstreamTx : poolReady;
    return poolAsked < 0 || ready < 0 ? null : ready - poolAsked;
  }

  get listenerMetadata(): Readonly<Record<string, unknown>> | null {
    return this.info.downstream.listenerMetadata ?? null;
  }

  get chainMetadata(): Readonly<Record<string, unknown>> | null {
    return this.info.downstream.chainMetadata ?? null;
  }

  get upstreamHost(): string | null {
    return addressText(this.info.upstreamHost);
  }

  get upstreamHostName(): string | null {
    return this.info.upstreamHostName === "" ? addressText(this.info.upstreamHost) : this.info.upstreamHostName;
  }

  get upstreamLocalAddress(): string | null {
    return addressText(this.info.upstreamLocal);
  }

  get upstreamRemoteAddress(): string | null {
    return addressText(this.info.upstreamHost);
  }

  get upstreamTransportFailureReason(): string | null {
    return this.info.upstreamFailure === "" ? null : this.info.upstreamFailure.replaceAll(" ", "_");
  }

  get downstreamRemoteAddress(): string | null {
    return addressText(this.info.remote);
  }

  get downstreamDirectRemoteAddress(): string | null {
    return addressText(this.info.downstream.direct);
  }

  get downstreamLocalAddress(): string | null {
    return addressText(this.info.downstream.local);
  }

  get downstreamDirectLocalAddress(): string | null {
    return addressText(this.info.downstream.directLocal ?? this.info.downstream.local);
  }

  get downstreamTransportFailureReason(): string | null {
    return (this.info.downstream.transportFailure || this.info.transportFailure).replaceAll(" ", "_") || null;
  }

  get requestedServerName(): string | null {
    return this.info.downstream.requestedServerName || null;
  }

  get downstreamTls(): TlsSide | null {
    return tlsView(this.info.downstream.tls);
  }

  get upstreamTls(): TlsSide | null {
    return tlsView(this.info.upstreamTls);
  }

  get ja3(): string {
    return this.info.downstream.ja3 ?? "";
  }

  get ja4(): string {
    return this.info.downstream.ja4 ?? "";
  }

  get dynamicMetadata(): Readonly<Record<string, unknown>> {
    return this.info.metadata ?? NOTHING;
  }

  get routeMetadata(): Readonly<Record<string, unknown>> | null {
    return this.info.routeMetadata;
  }

  get virtualHostMetadata(): Readonly<Record<string, unknown>> | null {
    return this.info.virtualHostMetadata;
  }

  get clusterMetadata(): Readonly<Record<string, unknown>> | null {
    return this.info.clusterFacts?.metadata ?? null;
  }

  get upstreamMetadata(): Readonly<Record<string, unknown>> | null {
    return this.info.upstreamMetadata;
  }

  get filterState(): Readonly<Record<string, string>> {
    return filterStateTexts(this.info);
  }

  since(point: TimePoint): number | null {
    const at = this.moment(point);
    return at < 0 ? null : at - this.info.start;
  }

  private moment(point: TimePoint): number {
    const info = this.info;
    switch (point) {
      case "DS_RX_BEG": return info.start;
      case "DS_RX_END": return info.requestEnd;
      case "US_CX_BEG": return info.upstreamConnection?.startedAt ?? -1;
      case "US_CX_END": return info.upstreamConnection?.connectedAt ?? -1;
      case "US_RX_BODY_BEG": return info.upstreamBodyRx;
      case "US_TX_BEG": return info.firstUpstreamTx;
      case "US_TX_END": return info.lastUpstreamTx;
      case "US_RX_BEG": return info.firstUpstreamRx;
      case "US_RX_END": return info.lastUpstreamRx;
      case "DS_TX_BEG": return info.firstDownstreamTx;
      case "DS_TX_END": return info.lastDownstreamTx;
      default: return -1;
    }
  }
}

function addressText(address: SocketAddress | null): string | null {
  return address === null ? null : formatAddress(address);
}
