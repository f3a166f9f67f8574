/**
 * The commands of format strings (docs: advanced/substitution_formatter). A command is compiled once to a writer, which reads
 * one fact of a stream; commands that Envoy knows and this proxy does not are listed, so that they are told from mistakes.
 */
import { bare, endpointId, nameWithoutPort, port, requestedServerName } from "./address-commands.ts";
import { ATTEMPT_COMMANDS } from "./attempt-commands.ts";
import { cel, typedCel } from "./cel-commands.ts";
import { headerCommand } from "./header-commands.ts";
import { clusterMetadata, dynamicMetadata, filterState, placedMetadata, upstreamFilterState, upstreamMetadata } from "./metadata-commands.ts";
import { grpcStatus, grpcStatusNumber } from "./grpc-status.ts";
import { path, queryParam, queryParams } from "./path-commands.ts";
import { commonDuration, emitTime, emitTimeLocal, startTime, startTimeLocal } from "./time-commands.ts";
import { TLS_COMMANDS } from "./tls-commands.ts";
import type { Command, Writer, Written } from "./command.ts";
import type { StreamInfo, TimePoint } from "./format-context.ts";

function fact(read: (stream: StreamInfo) => Written): Command {
  return { parameters: "none", length: false, compile: () => (context) => read(context.stream) };
}

/** Text of which the empty one counts as unknown. */
function text(read: (stream: StreamInfo) => string | null): Command {
  return fact((stream) => read(stream) || null);
}

function sinceStart(point: TimePoint): Command {
  return fact((stream) => whole(stream.since(point)));
}

function whole(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.trunc(milliseconds);
}

function responseTx(stream: StreamInfo): number | null {
  const from = stream.since("US_RX_BEG");
  const to = stream.since("DS_TX_END");
  return from === null || to === null ? null : Math.trunc(to - from);
}

const LONG_FLAGS: Readonly<Record<string, string>> = {
  LH: "FailedLocalHealthCheck", UH: "NoHealthyUpstream", UT: "UpstreamRequestTimeout", LR: "LocalReset", UR: "UpstreamRemoteReset",
  UF: "UpstreamConnectionFailure", UC: "UpstreamConnectionTermination", UO: "UpstreamOverflow", NR: "NoRouteFound", DI: "DelayInjected",
  FI: "FaultInjected", RL: "RateLimited", UAEX: "UnauthorizedExternalService", RLSE: "RateLimitServiceError", DC: "DownstreamConnectionTermination",
  URX: "UpstreamRetryLimitExceeded", SI: "StreamIdleTimeout", IH: "InvalidEnvoyRequestHeaders", DPE: "DownstreamProtocolError",
  UMSDR: "UpstreamMaxStreamDurationReached", RFCF: "ResponseFromCacheFilter", NFCF: "NoFilterConfigFound", DT: "DurationTimeout",
  UPE: "UpstreamProtocolError", NC: "NoClusterFound", OM: "OverloadManagerTerminated", DF: "DnsResolutionFailed", DO: "DropOverload",
  DR: "DownstreamRemoteReset", UDO: "UnconditionalDropOverload",
};

function responseCodeDetails(parameters: string): Writer {
  if (parameters === "ALLOW_WHITESPACES") return ({ stream }) => stream.responseCodeDetails;
  return ({ stream }) => stream.responseCodeDetails?.replace(/\s/g, "_") ?? null;
}

function environment(name: string, length: number | undefined): Writer {
  return ({ machine }) => machine.environment(name)?.slice(0, length) ?? "-";
}

/** Every command that this proxy honours, by name. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["REQ", headerCommand("requestHeaders")],
  ["REQUEST_HEADER", headerCommand("requestHeaders")],
  ["RESP", headerCommand("responseHeaders")],
  ["RESPONSE_HEADER", headerCommand("responseHeaders")],
  ["TRAILER", headerCommand("responseTrailers")],
  ["RESPONSE_TRAILER", headerCommand("responseTrailers")],
  ["LOCAL_REPLY_BODY", { parameters: "none", length: false, compile: () => (context) => context.localReplyBody }],
  ["ACCESS_LOG_TYPE", { parameters: "none", length: false, compile: () => (context) => context.accessLogType }],
  ["HOSTNAME", { parameters: "none", length: false, compile: () => (context) => context.machine.hostname || null }],
  ["ENVIRONMENT", { parameters: "required", length: true, compile: environment }],
  ["REQUEST_HEADERS_BYTES", { parameters: "none", length: false, compile: () => (context) => context.requestHeaders?.byteSize() ?? 0 }],
  ["RESPONSE_HEADERS_BYTES", { parameters: "none", length: false, compile: () => (context) => context.responseHeaders?.byteSize() ?? 0 }],
  ["RESPONSE_TRAILERS_BYTES", { parameters: "none", length: false, compile: () => (context) => context.responseTrailers?.byteSize() ?? 0 }],
  ["START_TIME", startTime],
  ["START_TIME_LOCAL", startTimeLocal],
  ["EMIT_TIME", emitTime],
  ["EMIT_TIME_LOCAL", emitTimeLocal],
  ["DURATION", fact((s) => whole(s.duration))],
  ["REQUEST_DURATION", sinceStart("DS_RX_END")],
  ["REQUEST_TX_DURATION", sinceStart("US_TX_END")],
  ["RESPONSE_DURATION", sinceStart("US_RX_BEG")],
  ["RESPONSE_TX_DURATION", fact(responseTx)],
  ["COMMON_DURATION", commonDuration],
  ["UPSTREAM_CONNECTION_POOL_READY_DURATION", fact((s) => whole(s.poolWait))],
  // facts of QUIC
  ["ROUNDTRIP_DURATION", fact(() => null)],
  ["BYTES_RETRANSMITTED", fact(() => 0)],
  ["PACKETS_RETRANSMITTED", fact(() => 0)],
  ["PROTOCOL", text((s) => s.protocol)],
  ["UPSTREAM_PROTOCOL", text((s) => s.upstreamProtocol)],
  ["RESPONSE_CODE", fact((s) => s.responseCode)],
  ["RESPONSE_CODE_DETAILS", { parameters: "optional", length: false, compile: responseCodeDetails }],
  ["RESPONSE_FLAGS", fact((s) => s.responseFlags.join(",") || "-")],
  ["RESPONSE_FLAGS_LONG", fact((s) => s.responseFlags.map((flag) => LONG_FLAGS[flag] ?? flag).join(",") || "-")],
  ["GRPC_STATUS", grpcStatus],
  ["GRPC_STATUS_NUMBER", grpcStatusNumber],
  ["CONNECTION_TERMINATION_DETAILS", text((s) => s.connectionTerminationDetails)],
  ["DOWNSTREAM_LOCAL_CLOSE_REASON", text((s) => s.downstreamLocalCloseReason)],
  ["UPSTREAM_LOCAL_CLOSE_REASON", text((s) => s.upstreamLocalCloseReason)],
  ["DOWNSTREAM_DETECTED_CLOSE_TYPE", text((s) => s.downstreamCloseType)],
  ["UPSTREAM_DETECTED_CLOSE_TYPE", text((s) => s.upstreamCloseType)],
  ["BYTES_RECEIVED", fact((s) => s.bytesReceived)],
  ["BYTES_SENT", fact((s) => s.bytesSent)],
  ["CONNECTION_ID", fact((s) => s.connectionId)],
  ["STREAM_ID", text((s) => s.streamId)],
  ["ROUTE_NAME", text((s) => s.routeName)],
  ["VIRTUAL_CLUSTER_NAME", text((s) => s.virtualClusterName)],
  ["FILTER_CHAIN_NAME", text((s) => s.filterChainName)],
  ["UPSTREAM_CLUSTER", text((s) => s.upstreamCluster)],
  ["UPSTREAM_CLUSTER_RAW", text((s) => s.upstreamClusterName)],
  ["UPSTREAM_HOST", text((s) => s.upstreamHost)],
  ["UPSTREAM_HOST_NAME", text((s) => s.upstreamHostName)],
  ["UPSTREAM_HOST_NAME_WITHOUT_PORT", text((s) => (s.upstreamHostName === null ? null : nameWithoutPort(s.upstreamHostName)))],
  ...ATTEMPT_COMMANDS,
  ["UPSTREAM_CONNECTION_ID", fact((s) => s.upstreamConnectionId)],
  ["UPSTREAM_LOCAL_ADDRESS", text((s) => s.upstreamLocalAddress)],
  ["UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", bare((s) => s.upstreamLocalAddress)],
  ["UPSTREAM_LOCAL_PORT", port((s) => s.upstreamLocalAddress)],
  ["UPSTREAM_REMOTE_ADDRESS", text((s) => s.upstreamRemoteAddress)],
  ["UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", bare((s) => s.upstreamRemoteAddress)],
  ["UPSTREAM_REMOTE_PORT", port((s) => s.upstreamRemoteAddress)],
  ["UPSTREAM_REQUEST_ATTEMPT_COUNT", fact((s) => s.attemptCount)],
  ["UPSTREAM_TRANSPORT_FAILURE_REASON", text((s) => s.upstreamTransportFailureReason)],
  ["DOWNSTREAM_REMOTE_ADDRESS", text((s) => s.downstreamRemoteAddress)],
  ["DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", bare((s) => s.downstreamRemoteAddress)],
  ["DOWNSTREAM_REMOTE_PORT", port((s) => s.downstreamRemoteAddress)],
  ["DOWNSTREAM_DIRECT_REMOTE_ADDRESS", text((s) => s.downstreamDirectRemoteAddress)],
  ["DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT", bare((s) => s.downstreamDirectRemoteAddress)],
  ["DOWNSTREAM_DIRECT_REMOTE_PORT", port((s) => s.downstreamDirectRemoteAddress)],
  ["DOWNSTREAM_LOCAL_ADDRESS", text((s) => s.downstreamLocalAddress)],
  ["DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", bare((s) => s.downstreamLocalAddress)],
  ["DOWNSTREAM_LOCAL_PORT", port((s) => s.downstreamLocalAddress)],
  ["DOWNSTREAM_DIRECT_LOCAL_ADDRESS", text((s) => s.downstreamDirectLocalAddress)],
  ["DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT", bare((s) => s.downstreamDirectLocalAddress)],
  ["DOWNSTREAM_DIRECT_LOCAL_PORT", port((s) => s.downstreamDirectLocalAddress)],
  ["UPSTREAM_REMOTE_ADDRESS_ENDPOINT_ID", endpointId((s) => s.upstreamRemoteAddress)],
  ["DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID", endpointId((s) => s.downstreamLocalAddress)],
  ["DOWNSTREAM_DIRECT_LOCAL_ADDRESS_ENDPOINT_ID", endpointId((s) => s.downstreamDirectLocalAddress)],
  ["DOWNSTREAM_TRANSPORT_FAILURE_REASON", text((s) => s.downstreamTransportFailureReason)],
  ...TLS_COMMANDS,
  ["REQUESTED_SERVER_NAME", requestedServerName],
  ["PATH", path],
  ["QUERY_PARAM", queryParam],
  ["QUERY_PARAMS", queryParams],
  ["STREAM_INFO_REQ", headerCommand("requestHeaders")],
  ["UNIQUE_ID", { parameters: "none", length: false, compile: () => (context) => context.machine.uuid?.() ?? null }],
  // nothing sets flags of its own here, and there is no tracer
  ["CUSTOM_FLAGS", fact(() => "")],
  ["TRACE_ID", fact(() => null)],
  ["SPAN_ID", fact(() => null)],
  ["METADATA", placedMetadata],
  ["DYNAMIC_METADATA", dynamicMetadata],
  ["CLUSTER_METADATA", clusterMetadata],
  ["UPSTREAM_METADATA", upstreamMetadata],
  ["FILTER_STATE", filterState],
  ["UPSTREAM_FILTER_STATE", upstreamFilterState],
  ["CEL", cel],
  ["TYPED_CEL", typedCel],
]);

/** Commands of Envoy 1.40 that this proxy does not honour. */
export const UNAVAILABLE: ReadonlySet<string> = new Set(
  `DOWNSTREAM_HANDSHAKE_DURATION UPSTREAM_WIRE_BYTES_RECEIVED UPSTREAM_HEADER_BYTES_RECEIVED
  UPSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED DOWNSTREAM_WIRE_BYTES_RECEIVED DOWNSTREAM_HEADER_BYTES_RECEIVED
  DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED UPSTREAM_WIRE_BYTES_SENT UPSTREAM_HEADER_BYTES_SENT
  UPSTREAM_DECOMPRESSED_HEADER_BYTES_SENT DOWNSTREAM_WIRE_BYTES_SENT DOWNSTREAM_HEADER_BYTES_SENT
  DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_SENT DOWNSTREAM_PEER_ISSUER_FINGERPRINT_256
  DOWNSTREAM_PEER_ISSUER_SERIAL`.split(/\s+/),
);
