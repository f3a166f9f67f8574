/** Envoy's attributes (docs: advanced/attributes) over the facts that format strings print. Those that are not known here are left out. */
import { asciiLower, toWire } from "../../base/wire-text.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { AUTHORITY, CONTENT_LENGTH, knownId, METHOD, nameId, PATH, REFERER, SCHEME, USER_AGENT, X_REQUEST_ID } from "../../http/names.ts";
import { isIpAndPort, portOf } from "../format/address-text.ts";
import type { FormatContext, CertificateFacts, TlsSide } from "../format/format-context.ts";
import type { Names } from "./compile.ts";
import { Duration, ofJson, Timestamp, Uint } from "./values.ts";
import type { CelMap, CelValue } from "./values.ts";

type Attribute = (context: FormatContext) => CelValue | null | undefined;
type Block = "requestHeaders" | "responseHeaders" | "responseTrailers";

/** Headers as a map from name to lines joined with commas. */
class HeaderMap implements CelMap {
  private readonly headers: HeaderBlock | null;

  constructor(headers: HeaderBlock | null) {
    this.headers = headers;
  }

  get(key: string): CelValue | undefined {
    const name = asciiLower(key);
    const id = knownId(name);
    if (id !== 0) return this.headers?.joined(id) ?? undefined;
    let joined: string | undefined;
    this.headers?.forEach((found, value) => {
      if (found === name) joined = joined === undefined ? value : `${joined},${value}`;
    });
    return joined;
  }

  get size(): number {
    return this.headers?.size ?? 0;
  }
}

const header = (id: number): Attribute => ({ requestHeaders }) => requestHeaders?.get(id);
const headers = (block: Block): Attribute => (context) => new HeaderMap(context[block]);
const bytes = (context: FormatContext, block: Block): number => context[block]?.byteSize() ?? 0;
const port = (address: string | null): bigint | undefined => (address !== null && isIpAndPort(address) ? BigInt(portOf(address)) : undefined);

function path(context: FormatContext): string {
  return context.requestHeaders?.get(PATH) ?? "";
}

function urlPath(context: FormatContext): string {
  return path(context).split("?", 1)[0] ?? "";
}

function query(context: FormatContext): string {
  const mark = path(context).indexOf("?");
  return mark < 0 ? "" : (path(context).slice(mark + 1).split("#", 1)[0] ?? "");
}

function requestSize({ requestHeaders, stream }: FormatContext): bigint | undefined {
  const length = requestHeaders?.get(CONTENT_LENGTH);
  if (length === undefined || length === null) return BigInt(stream.bytesReceived);
  return /^\d+$/.test(length) ? BigInt(length) : undefined;
}

/** Of milliseconds with a fraction. */
function nanos(ms: number): bigint {
  return BigInt(Math.round(ms * 1e6));
}

function span(ms: number | null): Duration | undefined {
  return ms === null ? undefined : new Duration(nanos(ms));
}

const FLAGS = [
  "LH", "UH", "UT", "LR", "UR", "UF", "UC", "UO", "NR", "DI", "FI", "RL", "UAEX", "RLSE", "DC", "URX", "SI", "IH", "DPE", "UMSDR", "RFCF", "NFCF", "DT", "UPE", "NC", "OM", "DF", "DO", "DR", "UDO",
];

/** One bit a flag. */
function flagBits(flags: readonly string[]): bigint {
  let bits = 0n;
  for (const flag of flags) bits |= 1n << BigInt(Math.max(FLAGS.indexOf(flag), 0));
  return bits;
}

const GRPC_STATUS = nameId("grpc-status");
const GRPC_OF_HTTP: ReadonlyMap<number, bigint> = new Map([[400, 13n], [401, 16n], [403, 7n], [404, 12n], [429, 14n], [502, 14n], [503, 14n], [504, 14n]]);

function grpcStatus({ responseHeaders, responseTrailers, stream }: FormatContext): bigint | undefined {
  const written = responseTrailers?.get(GRPC_STATUS) ?? responseHeaders?.get(GRPC_STATUS) ?? null;
  if (written !== null && /^\d{1,9}$/.test(written)) return BigInt(written);
  return stream.responseCode === 0 ? undefined : (GRPC_OF_HTTP.get(stream.responseCode) ?? 2n);
}

/** Of a handshake: subjects, first names and digest of the certificates. */
function certificates(pick: (context: FormatContext) => TlsSide | null | undefined): Readonly<Record<string, Attribute>> {
  const of = (whose: "peer" | "local", read: (facts: CertificateFacts) => string | undefined): Attribute => (context) => {
    const facts = pick(context)?.[whose] ?? null;
    return facts === null ? undefined : read(facts);
  };
  return {
    subject_local_certificate: of("local", (facts) => facts.subject), subject_peer_certificate: of("peer", (facts) => facts.subject),
    uri_san_local_certificate: of("local", (facts) => facts.names("URI")[0]), uri_san_peer_certificate: of("peer", (facts) => facts.names("URI")[0]),
    dns_san_local_certificate: of("local", (facts) => facts.names("DNS")[0]), dns_san_peer_certificate: of("peer", (facts) => facts.names("DNS")[0]),
    sha256_peer_certificate_digest: of("peer", (facts) => facts.sha256), peer_certificate: of("peer", (facts) => decodeURIComponent(facts.pem)),
  };
}

const ATTRIBUTES: Readonly<Record<string, Readonly<Record<string, Attribute>>>> = {
  request: {
    path: header(PATH), url_path: urlPath, host: header(AUTHORITY), scheme: header(SCHEME), method: header(METHOD), referer: header(REFERER),
    useragent: header(USER_AGENT), id: header(X_REQUEST_ID), query, headers: headers("requestHeaders"), size: requestSize, time: ({ stream }) => new Timestamp(nanos(stream.startTime)),
    duration: ({ stream }) => (stream.since("DS_TX_END") === null ? undefined : span(stream.duration)), // (known at the end)
    headers_bytes: (context) => BigInt(bytes(context, "requestHeaders")), protocol: ({ stream }) => stream.protocol,
    total_size: (context) => BigInt(context.stream.bytesReceived + bytes(context, "requestHeaders")),
  },
  response: {
    code: ({ stream }) => (stream.responseCode === 0 ? undefined : BigInt(stream.responseCode)), code_details: ({ stream }) => stream.responseCodeDetails,
    headers: headers("responseHeaders"), trailers: headers("responseTrailers"), headers_bytes: (context) => BigInt(bytes(context, "responseHeaders")),
    size: ({ stream }) => BigInt(stream.bytesSent), flags: ({ stream }) => flagBits(stream.responseFlags), grpc_status: grpcStatus,
    backend_latency: ({ stream }) => {
      const [end, start] = [stream.since("US_RX_END"), stream.since("US_TX_BEG")];
      return end === null || start === null ? undefined : span(end - start);
    },
    total_size: (context) => BigInt(context.stream.bytesSent + bytes(context, "responseHeaders") + bytes(context, "responseTrailers")),
  },
  source: { address: ({ stream }) => stream.downstreamRemoteAddress, port: ({ stream }) => port(stream.downstreamRemoteAddress) },
  destination: { address: ({ stream }) => stream.downstreamLocalAddress, port: ({ stream }) => port(stream.downstreamLocalAddress) },
  connection: {
    id: ({ stream }) => new Uint(BigInt(stream.connectionId)), requested_server_name: ({ stream }) => stream.requestedServerName ?? "", tls_version: ({ stream }) => stream.downstreamTls?.version,
    mtls: ({ stream }) => (stream.downstreamTls?.peer ?? null) !== null, ...certificates(({ stream }) => stream.downstreamTls),
    termination_details: ({ stream }) => stream.connectionTerminationDetails, transport_failure_reason: ({ stream }) => stream.downstreamTransportFailureReason || undefined,
  },
  upstream: {
    tls_version: ({ stream }) => stream.upstreamTls?.version, ...certificates(({ stream }) => stream.upstreamTls),
    address: ({ stream }) => stream.upstreamHost, port: ({ stream }) => port(stream.upstreamHost), local_address: ({ stream }) => stream.upstreamLocalAddress,
    transport_failure_reason: ({ stream }) => stream.upstreamTransportFailureReason ?? "", request_attempt_count: ({ stream }) => new Uint(BigInt(stream.attemptCount)), server_name: ({ stream }) => stream.upstreamTls?.serverName || undefined,
  },
  xds: { cluster_name: ({ stream }) => stream.upstreamCluster, route_name: ({ stream }) => stream.routeName, filter_chain_name: ({ stream }) => stream.filterChainName },
  metadata: { filter_metadata: ({ stream }) => ofJson(stream.dynamicMetadata, toWire) },
};

/** What Envoy knows besides. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  connection: ["peer_certificate_valid"], upstream: ["locality", "cx_pool_ready_duration", "num_endpoints"],
  xds: [
    "node", "cluster_metadata", "route_metadata", "virtual_host_name", "virtual_host_metadata", "upstream_host_metadata", "upstream_host_locality_metadata", "listener_metadata",
    "listener_direction",
  ],
  upstream_filter_state: [],
};

/** The attributes of one top-level name, computed when asked for. */
class Group implements CelMap {
  private readonly fields: Readonly<Record<string, Attribute>>;
  private readonly context: FormatContext;

  constructor(fields: Readonly<Record<string, Attribute>>, context: FormatContext) {
    this.fields = fields;
    this.context = context;
  }

  get(key: string): CelValue | undefined {
    return (Object.hasOwn(this.fields, key) ? this.fields[key]?.(this.context) : undefined) ?? undefined;
  }

  get size(): number {
    return Object.keys(this.fields).length;
  }
}

export const STREAM_ATTRIBUTES: Names<FormatContext> = {
  knows(name, field) {
    if (name === "filter_state") return true;
    return Object.hasOwn(ATTRIBUTES, name) && (field === undefined || Object.hasOwn(ATTRIBUTES[name] ?? {}, field));
  },
  isLeftOut(name, field) {
    if (!Object.hasOwn(LEFT_OUT, name)) return false;
    return field === undefined ? !Object.hasOwn(ATTRIBUTES, name) : LEFT_OUT[name]?.includes(field) === true;
  },
  field(name, field) {
    const fields = Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name] : undefined;
    return fields !== undefined && Object.hasOwn(fields, field) ? fields[field] : undefined;
  },
  value(name, context) {
    if (name === "filter_state") return ofJson(context.stream.filterState, toWire);
    return new Group(ATTRIBUTES[name] ?? {}, context);
  },
};
