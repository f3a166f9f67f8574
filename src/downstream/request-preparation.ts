/**
 * What the connection manager does with a request before it is routed (envoy-semantics 1; Envoy's `decodeHeaders` and
 * `mutateRequestHeaders`): sanity, path and host normalisation, trusted client address, headers it owns. Pure: the proxy calls
 * it with values from the wire, the simulator with values from flags.
 */
import { isUpgrade } from "../codec/http1-connection.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { hasMarked, markHeaders } from "../http/marked-headers.ts";
import { authorityIsValid, normalizeHost } from "../http/authority.ts";
import { normalizePath, type PathOptions } from "../http/path.ts";
import {
  CONNECTION, CONTENT_TYPE, KEEP_ALIVE, PROXY_CONNECTION, REFERER, TE, TRANSFER_ENCODING, UPGRADE, USER_AGENT, VIA, X_ENVOY_DECORATOR_OPERATION,
  X_ENVOY_DOWNSTREAM_SERVICE_CLUSTER, X_ENVOY_DOWNSTREAM_SERVICE_NODE, X_ENVOY_EXPECTED_RQ_TIMEOUT_MS, X_ENVOY_EXTERNAL_ADDRESS,
  X_ENVOY_FORCE_TRACE, X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT, X_ENVOY_INTERNAL, X_ENVOY_IP_TAGS, X_ENVOY_MAX_RETRIES,
  X_ENVOY_ORIGINAL_HOST, X_ENVOY_ORIGINAL_PATH, X_ENVOY_ORIGINAL_URL, X_ENVOY_RETRIABLE_HEADER_NAMES, X_ENVOY_RETRIABLE_STATUS_CODES,
  X_ENVOY_RETRY_GRPC_ON, X_ENVOY_RETRY_ON, X_ENVOY_UPSTREAM_ALT_STAT_NAME, X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS,
  X_ENVOY_UPSTREAM_RQ_TIMEOUT_ALT_RESPONSE, X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS, X_FORWARDED_FOR, X_FORWARDED_PORT,
  X_FORWARDED_PROTO, X_REQUEST_ID,
} from "../http/names.ts";
import type { SocketAddress } from "../platform/address.ts";
import type { TlsFacts } from "../platform/tls.ts";
import type { AddressDetector, Detected } from "./address-detection.ts";
import { type ClientCertPlan, forwardClientCert } from "./client-cert.ts";
import { refererIsValid } from "./referer.ts";
import { appendTo, lastAddressOfXff } from "./forwarded-for.ts";

/** The options of the connection manager that preparation reads; compiled once. */
export interface PreparationOptions extends PathOptions {
  readonly useRemoteAddress: boolean;
  readonly xffNumTrustedHops: number;
  readonly skipXffAppend: boolean;
  readonly appendXForwardedPort: boolean;
  readonly stripHostPort: "none" | "any" | "matching";
  readonly stripTrailingHostDot: boolean;
  readonly schemeToOverwrite: "" | "http" | "https";
  readonly via: string;
  /** `--service-cluster`, when `add_user_agent` is set. */
  readonly userAgent: string | null;
  readonly nodeId: string;
  readonly generateRequestId: boolean;
  readonly preserveExternalRequestId: boolean;
  /** Request ids say whether their request is traced. */
  readonly packTraceReason: boolean;
  readonly clientCert: ClientCertPlan;
  /** `original_ip_detection_extensions`; none: by `xffNumTrustedHops`. */
  readonly detectors: readonly AddressDetector[];
  isInternal(address: SocketAddress): boolean;
}

/** The connection the request came by. */
export interface ConnectionFacts {
  readonly remote: SocketAddress;
  readonly local: SocketAddress;
  readonly secure: boolean;
  readonly tls?: TlsFacts | undefined;
  /** What stands for a loopback peer in x-forwarded-for: the machine's own address. */
  readonly machineAddress: string | null;
}

/** The request is answered here; `close`: the connection cannot go on. */
export interface Rejection {
  readonly status: number;
  readonly details: string;
  readonly location?: string;
  readonly counter?: "non_relative_path" | "failed_path_normalization" | "redirected_with_normalized_path";
  /** A message error: the connection closes unless `stream_error_on_invalid_http_message`. */
  readonly messageError?: boolean;
}

/** The headers are sane enough to be looked at, or the answer that says why not. Steps 3-10 of envoy-semantics 1. */
export function checkRequest(headers: HeaderBlock, options: PreparationOptions, localPort: number): Rejection | null {
  if (headers.authority === null) return MISSING_HOST;
  if (!authorityIsValid(headers.authority)) return { status: 400, details: "http.invalid_authority", messageError: true };
  if (headers.method === "QUERY" && !headers.has(CONTENT_TYPE)) return { status: 400, details: "query_missing_content_type", messageError: true };
  const connect = headers.method === "CONNECT";
  const path = headers.path ?? "";
  if (path === "" && (!connect || headers.path !== null)) return { status: 404, details: "missing_path_rejected" };
  if (path !== "" && path.charCodeAt(0) !== 0x2f) return { status: 404, details: "absolute_path_rejected", counter: "non_relative_path" };
  if (path !== "") {
    const rejection = checkPath(headers, path, options);
    if (rejection !== null) return rejection;
  }
  if (options.stripHostPort !== "none" || options.stripTrailingHostDot) {
    headers.authority = normalizeHost(headers.authority, options.stripHostPort, options.stripTrailingHostDot, localPort);
  }
  return null;
}

const MISSING_HOST: Rejection = { status: 400, details: "missing_host_header" };
const BAD_PATH: Rejection = { status: 400, details: "path_normalization_failed", counter: "failed_path_normalization" };

function checkPath(headers: HeaderBlock, path: string, options: PreparationOptions): Rejection | null {
  const result = normalizePath(path, options);
  headers.path = result.path;
  if (result.action === "reject") return BAD_PATH;
  if (result.action !== "redirect") return null;
  if (isGrpc(headers)) return BAD_PATH;
  return { status: 307, details: "path_normalization_failed", location: result.path, counter: "redirected_with_normalized_path" };
}

function isGrpc(headers: HeaderBlock): boolean {
  const type = headers.get(CONTENT_TYPE);
  return type !== null && (type === "application/grpc" || type.startsWith("application/grpc+"));
}

/** What mutation found out. */
export interface PreparedRequest {
  /** Who the client is, as far as it can be trusted. */
  readonly remote: SocketAddress;
  readonly internal: boolean;
  /** The request is refused with this status, because nobody knows who the client is; 0: it is not. */
  readonly refused: number;
}

/**
 * Brings the headers into the state in which routes and filters see them (envoy-semantics 1.3). `newRequestId` is called
 * when an id is wanted; `internalOnly` are the route table's `internal_only_headers`.
 */
export function mutateRequest(
  headers: HeaderBlock, facts: ConnectionFacts, options: PreparationOptions, internalOnly: readonly number[], newRequestId: () => string,
): PreparedRequest {
  removeHopByHop(headers);
  const scheme = facts.secure ? "https" : "http";
  let trusted: SocketAddress | null = null;
  let mayBeInternal = false;
  if (options.useRemoteAddress) {
    mayBeInternal = !headers.has(X_FORWARDED_FOR);
    if (options.xffNumTrustedHops > 0) trusted = lastAddressOfXff(headers.get(X_FORWARDED_FOR), options.xffNumTrustedHops - 1).address;
    trusted ??= facts.remote;
    if (!options.skipXffAppend) appendPeer(headers, facts);
    if (options.xffNumTrustedHops === 0 || !headers.has(X_FORWARDED_PROTO)) headers.set(X_FORWARDED_PROTO, scheme);
    if (options.appendXForwardedPort && options.xffNumTrustedHops === 0) setPort(headers, facts.local);
  } else if (options.detectors.length > 0) {
    const found = detect(headers, facts, options.detectors);
    if (found.refuse > 0) return { remote: facts.remote, internal: false, refused: found.refuse };
    trusted = found.address;
    mayBeInternal = found.trusted;
  } else {
    const found = lastAddressOfXff(headers.get(X_FORWARDED_FOR), options.xffNumTrustedHops);
    trusted = found.address;
    mayBeInternal = found.alone;
  }
  if (!headers.has(X_FORWARDED_PROTO)) headers.set(X_FORWARDED_PROTO, scheme);
  if (options.appendXForwardedPort && !headers.has(X_FORWARDED_PORT)) setPort(headers, facts.local);
  setScheme(headers, options.schemeToOverwrite, scheme);

  const internal = mayBeInternal && trusted !== null && options.isInternal(trusted);
  const edge = !internal && options.useRemoteAddress;
  if (internal) headers.set(X_ENVOY_INTERNAL, "true");
  else cleanInternalHeaders(headers, edge, internalOnly);
  const remote = trusted ?? facts.remote;
  identify(headers, options);
  if (edge && remote.kind === "ip") headers.set(X_ENVOY_EXTERNAL_ADDRESS, remote.ip);
  if (options.generateRequestId) setRequestId(headers, edge, options, newRequestId);
  forwardClientCert(headers, options.clientCert, facts.tls);
  return { remote, internal, refused: 0 };
}

const HOP_BY_HOP = [X_ENVOY_INTERNAL, KEEP_ALIVE, PROXY_CONNECTION, TRANSFER_ENCODING] as const;
const HOP_BY_HOP_MARKS = markHeaders(HOP_BY_HOP);

/** The uuid extension: at the edge an id is replaced, or what it says of tracing is taken out. */
function setRequestId(headers: HeaderBlock, edge: boolean, options: PreparationOptions, newRequestId: () => string): void {
  const id = headers.get(X_REQUEST_ID);
  if (id === null || id === "" || (edge && !options.preserveExternalRequestId)) headers.set(X_REQUEST_ID, newRequestId());
  else if (edge && options.packTraceReason && id.length === UUID_LENGTH) headers.set(X_REQUEST_ID, `${id.slice(0, TRACE_PLACE)}4${id.slice(TRACE_PLACE + 1)}`);
}

const UUID_LENGTH = 36;
/** Where an id tells why it is traced; 4: it is not. */
const TRACE_PLACE = 14;

const UNKNOWN: Detected = { address: null, trusted: false, appendXff: false, refuse: 0 };

/** The first detector that finds an address, or refuses. */
function detect(headers: HeaderBlock, facts: ConnectionFacts, detectors: readonly AddressDetector[]): Detected {
  for (const detector of detectors) {
    const found = detector(headers, facts.remote);
    if (found.refuse > 0) return found;
    if (found.appendXff) appendPeer(headers, facts);
    if (found.address !== null) return found;
  }
  return UNKNOWN;
}

function removeHopByHop(headers: HeaderBlock): void {
  if (!isUpgrade(headers)) {
    headers.remove(CONNECTION);
    headers.remove(UPGRADE);
    const te = headers.get(TE);
    if (te !== null) {
      if (te.split(",").some((token) => token.trim().toLowerCase() === "trailers")) headers.set(TE, "trailers");
      else headers.remove(TE);
    }
  }
  if (hasMarked(headers, HOP_BY_HOP_MARKS)) for (const id of HOP_BY_HOP) headers.remove(id);
  const referer = headers.get(REFERER);
  if (referer !== null && (headers.count(REFERER) > 1 || !refererIsValid(referer))) headers.remove(REFERER);
}

function appendPeer(headers: HeaderBlock, facts: ConnectionFacts): void {
  if (facts.remote.kind !== "ip") return;
  const loopback = facts.remote.ip === "::1" || facts.remote.ip.startsWith("127.");
  appendTo(headers, X_FORWARDED_FOR, loopback ? (facts.machineAddress ?? facts.remote.ip) : facts.remote.ip, ",");
}

function setPort(headers: HeaderBlock, local: SocketAddress): void {
  if (local.kind === "ip") headers.set(X_FORWARDED_PORT, String(local.port));
}

function setScheme(headers: HeaderBlock, overwrite: string, own: string): void {
  if (overwrite !== "") {
    headers.scheme = overwrite;
    headers.set(X_FORWARDED_PROTO, overwrite);
    return;
  }
  if (headers.scheme === null) {
    const forwarded = headers.get(X_FORWARDED_PROTO)?.toLowerCase();
    headers.scheme = forwarded === "http" || forwarded === "https" ? forwarded : own;
    return;
  }
  headers.scheme = headers.scheme.toLowerCase();
}

const EDGE_ONLY = [
  X_ENVOY_DECORATOR_OPERATION, X_ENVOY_DOWNSTREAM_SERVICE_CLUSTER, X_ENVOY_DOWNSTREAM_SERVICE_NODE, X_ENVOY_ORIGINAL_PATH,
  X_ENVOY_ORIGINAL_HOST,
];
const INTERNAL_ONLY = [
  X_ENVOY_RETRIABLE_STATUS_CODES, X_ENVOY_RETRIABLE_HEADER_NAMES, X_ENVOY_RETRY_ON, X_ENVOY_RETRY_GRPC_ON, X_ENVOY_MAX_RETRIES,
  X_ENVOY_UPSTREAM_ALT_STAT_NAME, X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS, X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS,
  X_ENVOY_UPSTREAM_RQ_TIMEOUT_ALT_RESPONSE, X_ENVOY_EXPECTED_RQ_TIMEOUT_MS, X_ENVOY_FORCE_TRACE, X_ENVOY_IP_TAGS, X_ENVOY_ORIGINAL_URL,
  X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT,
];

const INTERNAL_ONLY_MARKS = markHeaders(INTERNAL_ONLY);

function cleanInternalHeaders(headers: HeaderBlock, edge: boolean, internalOnly: readonly number[]): void {
  if (edge) for (const id of EDGE_ONLY) headers.remove(id);
  if (hasMarked(headers, INTERNAL_ONLY_MARKS)) for (const id of INTERNAL_ONLY) headers.remove(id);
  for (const id of internalOnly) headers.remove(id);
}

function identify(headers: HeaderBlock, options: PreparationOptions): void {
  if (options.userAgent !== null) {
    headers.set(X_ENVOY_DOWNSTREAM_SERVICE_CLUSTER, options.userAgent);
    if (!headers.get(USER_AGENT)) headers.set(USER_AGENT, options.userAgent);
    if (options.nodeId !== "") headers.set(X_ENVOY_DOWNSTREAM_SERVICE_NODE, options.nodeId);
  }
  if (options.via !== "") appendTo(headers, VIA, options.via, ", ");
}
