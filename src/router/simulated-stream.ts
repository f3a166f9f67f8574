/** A stream that never ran: the facts a format string prints when a request is simulated. */
import type { HeaderBlock } from "../http/header-block.ts";
import type { FormatContext, MachineFacts, StreamInfo } from "../match/format/format-context.ts";

const NOTHING_YET: StreamInfo = {
  startTime: 0, duration: null, protocol: "HTTP/1.1", upstreamProtocol: null, responseCode: 0, responseCodeDetails: null, responseFlags: [],
  bytesReceived: 0, bytesSent: 0, attemptCount: 0, connectionId: 0, upstreamConnectionId: 0, streamId: null, connectionTerminationDetails: null, downstreamLocalCloseReason: null, upstreamLocalCloseReason: null, downstreamCloseType: "Normal", upstreamCloseType: null,
  routeName: null, virtualClusterName: null, filterChainName: null, upstreamCluster: null, upstreamClusterName: null, attemptedHosts: [], poolWait: null, upstreamHost: null, upstreamHostName: null,
  upstreamLocalAddress: null, upstreamRemoteAddress: null, upstreamTransportFailureReason: null, downstreamRemoteAddress: null,
  downstreamDirectRemoteAddress: null, downstreamLocalAddress: null, downstreamDirectLocalAddress: null, downstreamTransportFailureReason: null,
  requestedServerName: null, downstreamTls: null, upstreamTls: null, dynamicMetadata: {}, clusterMetadata: null,
  upstreamMetadata: null, filterState: {}, since: () => null,
};

const NO_MACHINE: MachineFacts = { hostname: "", environment: () => undefined };

/** A stream with these facts; all others are unknown. */
export function simulatedStream(facts: Partial<StreamInfo>): StreamInfo {
  return { ...NOTHING_YET, ...facts };
}

export function simulatedContext(
  stream: StreamInfo, requestHeaders: HeaderBlock, responseHeaders: HeaderBlock | null = null, machine: MachineFacts = NO_MACHINE,
): FormatContext {
  return { requestHeaders, responseHeaders, responseTrailers: null, localReplyBody: "", accessLogType: "NotSet", stream, machine };
}
