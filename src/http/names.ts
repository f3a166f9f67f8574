/**
 * The header names of a thread: every name that the configuration or the code mentions has a small number, so that a
 * lookup in a header block compares numbers. A name that nobody mentions has no number (0) and stays bytes.
 *
 * The table is filled at configuration time and never shrinks: `nameId` must not be called with names from the wire
 * (`knownId` is for those).
 */
import { Buffer } from "node:buffer";

/** Lower case of each byte that may stand in a header name (RFC 9110 5.6.2), 0 for every other byte. */
export const TOKEN: Uint8Array = new Uint8Array(256);
for (const c of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") TOKEN[c.charCodeAt(0)] = c.charCodeAt(0);
for (let c = 0x41; c <= 0x5a; c++) TOKEN[c] = c + 0x20;

const names: string[] = [""];
const bytes: Buffer[] = [Buffer.alloc(0)];
const ids = new Map<string, number>();
let slots = new Int32Array(1024);
let hashes = new Int32Array(1024);

/** The hash of a name whose bytes arrive one after another: `h = step(h, lower-case byte)`, from 0. Parsers inline it. */
function hashOf(name: Buffer): number {
  let h = 0;
  for (let i = 0; i < name.length; i++) h = (Math.imul(h, 31) + (name[i] ?? 0)) | 0;
  return h;
}

function place(id: number, hash: number): void {
  const mask = slots.length - 1;
  let at = (hash ^ (hash >>> 15)) & mask;
  while (slots[at] !== 0) at = (at + 1) & mask;
  slots[at] = id;
  hashes[at] = hash;
}

function grow(): void {
  slots = new Int32Array(slots.length * 2);
  hashes = new Int32Array(slots.length);
  for (let id = 1; id < names.length; id++) place(id, hashOf(bytes[id] as Buffer));
}

function intern(name: string): number {
  const found = ids.get(name);
  if (found !== undefined) return found;
  const id = names.length;
  const text = Buffer.from(name, "latin1");
  names.push(name);
  bytes.push(text);
  ids.set(name, id);
  if (id * 2 > slots.length) grow();
  else place(id, hashOf(text));
  return id;
}

/** The id of a name given at configuration time, in any case; `host` is `:authority`. The id is above 0 and lasts as long as the thread. */
export function nameId(name: string): number {
  const id = intern(name.toLowerCase());
  return id === HOST ? AUTHORITY : id;
}

/** The id of a name that came at run time (lower case), 0 if nobody has mentioned it; `host` is `:authority`. Never adds to the table. */
export function knownId(name: string): number {
  const id = ids.get(name) ?? 0;
  return id === HOST ? AUTHORITY : id;
}

/** The lower-case name of an id. */
export function nameOf(id: number): string {
  return names[id] ?? "";
}

/** The id of the newest name: a block parsed when this was smaller may hold later names as unknown ones. */
export function newestId(): number {
  return names.length - 1;
}

/**
 * The id of the lower-case name in `b[start, end)` whose rolling hash is `hash` (`h = imul(h, 31) + byte`), or 0.
 * The name `host` has its own id here (`HOST`): a request's codec makes it the authority, elsewhere it is an ordinary header.
 */
export function idOfBytes(hash: number, b: Uint8Array, start: number, end: number): number {
  const mask = slots.length - 1;
  let at = (hash ^ (hash >>> 15)) & mask;
  for (let id = slots[at] as number; id !== 0; id = slots[at] as number) {
    if (hashes[at] === hash && sameBytes(bytes[id] as Buffer, b, start, end)) return id;
    at = (at + 1) & mask;
  }
  return 0;
}

function sameBytes(name: Buffer, b: Uint8Array, start: number, end: number): boolean {
  const length = name.length;
  if (length !== end - start) return false;
  for (let i = 0; i < length; i++) if (name[i] !== b[start + i]) return false;
  return true;
}

// Pseudo headers come first: ids up to PROTOCOL are fields of a header block, not lines.
export const METHOD = intern(":method");
export const PATH = intern(":path");
export const AUTHORITY = intern(":authority");
export const SCHEME = intern(":scheme");
export const STATUS = intern(":status");
export const PROTOCOL = intern(":protocol");
export const HOST = intern("host");

export const ACCEPT = intern("accept");
export const ACCEPT_ENCODING = intern("accept-encoding");
export const ACCESS_CONTROL_ALLOW_CREDENTIALS = intern("access-control-allow-credentials");
export const ACCESS_CONTROL_ALLOW_HEADERS = intern("access-control-allow-headers");
export const ACCESS_CONTROL_ALLOW_METHODS = intern("access-control-allow-methods");
export const ACCESS_CONTROL_ALLOW_ORIGIN = intern("access-control-allow-origin");
export const ACCESS_CONTROL_ALLOW_PRIVATE_NETWORK = intern("access-control-allow-private-network");
export const ACCESS_CONTROL_EXPOSE_HEADERS = intern("access-control-expose-headers");
export const ACCESS_CONTROL_MAX_AGE = intern("access-control-max-age");
export const ACCESS_CONTROL_REQUEST_HEADERS = intern("access-control-request-headers");
export const ACCESS_CONTROL_REQUEST_METHOD = intern("access-control-request-method");
export const ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK = intern("access-control-request-private-network");
export const AGE = intern("age");
export const ALT_SVC = intern("alt-svc");
export const AUTHENTICATION = intern("authentication");
export const AUTHORIZATION = intern("authorization");
export const CACHE_CONTROL = intern("cache-control");
export const CDN_LOOP = intern("cdn-loop");
export const CONNECTION = intern("connection");
export const CONTENT_ENCODING = intern("content-encoding");
export const CONTENT_LENGTH = intern("content-length");
export const CONTENT_RANGE = intern("content-range");
export const CONTENT_TYPE = intern("content-type");
export const COOKIE = intern("cookie");
export const DATE = intern("date");
export const EARLY_DATA = intern("early-data");
export const ETAG = intern("etag");
export const EXPECT = intern("expect");
export const EXPIRES = intern("expires");
export const GRPC_ACCEPT_ENCODING = intern("grpc-accept-encoding");
export const GRPC_ENCODING = intern("grpc-encoding");
export const GRPC_MESSAGE = intern("grpc-message");
export const GRPC_STATUS = intern("grpc-status");
export const GRPC_STATUS_DETAILS_BIN = intern("grpc-status-details-bin");
export const GRPC_TIMEOUT = intern("grpc-timeout");
export const HTTP2_SETTINGS = intern("http2-settings");
export const IF_MATCH = intern("if-match");
export const IF_MODIFIED_SINCE = intern("if-modified-since");
export const IF_NONE_MATCH = intern("if-none-match");
export const IF_RANGE = intern("if-range");
export const IF_UNMODIFIED_SINCE = intern("if-unmodified-since");
export const KEEP_ALIVE = intern("keep-alive");
export const LAST_MODIFIED = intern("last-modified");
export const LOCATION = intern("location");
export const ORIGIN = intern("origin");
export const PRAGMA = intern("pragma");
export const PROXY_AUTHENTICATE = intern("proxy-authenticate");
export const PROXY_AUTHORIZATION = intern("proxy-authorization");
export const PROXY_CONNECTION = intern("proxy-connection");
export const PROXY_STATUS = intern("proxy-status");
export const RANGE = intern("range");
export const REFERER = intern("referer");
export const RETRY_AFTER = intern("retry-after");
export const SERVER = intern("server");
export const SET_COOKIE = intern("set-cookie");
export const TE = intern("te");
export const TRAILER = intern("trailer");
export const TRANSFER_ENCODING = intern("transfer-encoding");
export const UPGRADE = intern("upgrade");
export const USER_AGENT = intern("user-agent");
export const VARY = intern("vary");
export const VIA = intern("via");
export const WWW_AUTHENTICATE = intern("www-authenticate");
export const X_CLIENT_TRACE_ID = intern("x-client-trace-id");
export const X_ENVOY_ATTEMPT_COUNT = intern("x-envoy-attempt-count");
export const X_ENVOY_CLUSTER = intern("x-envoy-cluster");
export const X_ENVOY_DECORATOR_OPERATION = intern("x-envoy-decorator-operation");
export const X_ENVOY_DEGRADED = intern("x-envoy-degraded");
export const X_ENVOY_DOWNSTREAM_SERVICE_CLUSTER = intern("x-envoy-downstream-service-cluster");
export const X_ENVOY_DOWNSTREAM_SERVICE_NODE = intern("x-envoy-downstream-service-node");
export const X_ENVOY_DROP_OVERLOAD = intern("x-envoy-drop-overload");
export const X_ENVOY_EXPECTED_RQ_TIMEOUT_MS = intern("x-envoy-expected-rq-timeout-ms");
export const X_ENVOY_EXTERNAL_ADDRESS = intern("x-envoy-external-address");
export const X_ENVOY_FORCE_TRACE = intern("x-envoy-force-trace");
export const X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT = intern("x-envoy-hedge-on-per-try-timeout");
export const X_ENVOY_IMMEDIATE_HEALTH_CHECK_FAIL = intern("x-envoy-immediate-health-check-fail");
export const X_ENVOY_INTERNAL = intern("x-envoy-internal");
export const X_ENVOY_IP_TAGS = intern("x-envoy-ip-tags");
export const X_ENVOY_IS_TIMEOUT_RETRY = intern("x-envoy-is-timeout-retry");
export const X_ENVOY_LOCAL_OVERLOADED = intern("x-envoy-local-overloaded");
export const X_ENVOY_MAX_RETRIES = intern("x-envoy-max-retries");
export const X_ENVOY_NOT_FORWARDED = intern("x-envoy-not-forwarded");
export const X_ENVOY_ORIGINAL_DST_HOST = intern("x-envoy-original-dst-host");
export const X_ENVOY_ORIGINAL_HOST = intern("x-envoy-original-host");
export const X_ENVOY_ORIGINAL_METHOD = intern("x-envoy-original-method");
export const X_ENVOY_ORIGINAL_PATH = intern("x-envoy-original-path");
export const X_ENVOY_ORIGINAL_URL = intern("x-envoy-original-url");
export const X_ENVOY_OVERLOADED = intern("x-envoy-overloaded");
export const X_ENVOY_RATELIMITED = intern("x-envoy-ratelimited");
export const X_ENVOY_RETRIABLE_HEADER_NAMES = intern("x-envoy-retriable-header-names");
export const X_ENVOY_RETRIABLE_STATUS_CODES = intern("x-envoy-retriable-status-codes");
export const X_ENVOY_RETRY_GRPC_ON = intern("x-envoy-retry-grpc-on");
export const X_ENVOY_RETRY_ON = intern("x-envoy-retry-on");
export const X_ENVOY_UNCONDITIONAL_DROP_OVERLOAD = intern("x-envoy-unconditional-drop-overload");
export const X_ENVOY_UPSTREAM_ALT_STAT_NAME = intern("x-envoy-upstream-alt-stat-name");
export const X_ENVOY_UPSTREAM_CANARY = intern("x-envoy-upstream-canary");
export const X_ENVOY_UPSTREAM_HEALTHCHECKED_CLUSTER = intern("x-envoy-upstream-healthchecked-cluster");
export const X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS = intern("x-envoy-upstream-rq-per-try-timeout-ms");
export const X_ENVOY_UPSTREAM_RQ_TIMEOUT_ALT_RESPONSE = intern("x-envoy-upstream-rq-timeout-alt-response");
export const X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS = intern("x-envoy-upstream-rq-timeout-ms");
export const X_ENVOY_UPSTREAM_SERVICE_TIME = intern("x-envoy-upstream-service-time");
export const X_ENVOY_UPSTREAM_STREAM_DURATION_MS = intern("x-envoy-upstream-stream-duration-ms");
export const X_FORWARDED_CLIENT_CERT = intern("x-forwarded-client-cert");
export const X_FORWARDED_FOR = intern("x-forwarded-for");
export const X_FORWARDED_HOST = intern("x-forwarded-host");
export const X_FORWARDED_PORT = intern("x-forwarded-port");
export const X_FORWARDED_PROTO = intern("x-forwarded-proto");
export const X_REQUEST_ID = intern("x-request-id");

/** What a block of headers is part of: Envoy keeps another list of inline headers for each. */
export type BlockKind = 0 | 1 | 2 | 3;
export const REQUEST = 0;
export const RESPONSE = 1;
export const REQUEST_TRAILERS = 2;
export const RESPONSE_TRAILERS = 3;

const IN_REQUEST = 1 << REQUEST;
const IN_RESPONSE = 1 << RESPONSE;
const IN_RESPONSE_TRAILERS = 1 << RESPONSE_TRAILERS;
const inline = new Uint8Array(names.length);

function mark(bits: number, list: readonly number[]): void {
  for (const id of list) inline[id] = (inline[id] ?? 0) | bits;
}

// Envoy prints these lists when it starts ("HTTP header map info").
mark(IN_REQUEST | IN_RESPONSE, [
  CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, KEEP_ALIVE, PROXY_CONNECTION, PROXY_STATUS,
  TRANSFER_ENCODING, UPGRADE, VIA, X_ENVOY_ATTEMPT_COUNT, X_ENVOY_DECORATOR_OPERATION, X_REQUEST_ID,
]);
mark(IN_REQUEST, [
  METHOD, PATH, AUTHORITY, SCHEME, PROTOCOL, ACCEPT, ACCEPT_ENCODING, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD,
  ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK, AUTHENTICATION, AUTHORIZATION, CDN_LOOP, EXPECT, GRPC_ACCEPT_ENCODING, GRPC_TIMEOUT, IF_MATCH,
  IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, ORIGIN, PRAGMA, REFERER, TE, USER_AGENT, X_CLIENT_TRACE_ID,
  X_ENVOY_DOWNSTREAM_SERVICE_CLUSTER, X_ENVOY_DOWNSTREAM_SERVICE_NODE, X_ENVOY_EXPECTED_RQ_TIMEOUT_MS, X_ENVOY_EXTERNAL_ADDRESS,
  X_ENVOY_FORCE_TRACE, X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT, X_ENVOY_INTERNAL, X_ENVOY_IP_TAGS, X_ENVOY_IS_TIMEOUT_RETRY, X_ENVOY_MAX_RETRIES,
  X_ENVOY_ORIGINAL_HOST, X_ENVOY_ORIGINAL_PATH, X_ENVOY_ORIGINAL_URL, X_ENVOY_RETRIABLE_HEADER_NAMES, X_ENVOY_RETRIABLE_STATUS_CODES,
  X_ENVOY_RETRY_GRPC_ON, X_ENVOY_RETRY_ON, X_ENVOY_UPSTREAM_ALT_STAT_NAME, X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS,
  X_ENVOY_UPSTREAM_RQ_TIMEOUT_ALT_RESPONSE, X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS, X_ENVOY_UPSTREAM_STREAM_DURATION_MS, X_FORWARDED_CLIENT_CERT,
  X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PORT, X_FORWARDED_PROTO,
]);
mark(IN_RESPONSE, [
  STATUS, ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
  ACCESS_CONTROL_ALLOW_PRIVATE_NETWORK, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, AGE, DATE, ETAG, EXPIRES, GRPC_MESSAGE,
  GRPC_STATUS, LAST_MODIFIED, LOCATION, SERVER, VARY, X_ENVOY_DEGRADED, X_ENVOY_IMMEDIATE_HEALTH_CHECK_FAIL, X_ENVOY_RATELIMITED,
  X_ENVOY_UPSTREAM_CANARY, X_ENVOY_UPSTREAM_HEALTHCHECKED_CLUSTER, X_ENVOY_UPSTREAM_SERVICE_TIME,
]);
mark(IN_RESPONSE_TRAILERS, [GRPC_MESSAGE, GRPC_STATUS]);

/** Whether Envoy keeps at most one line of this header (its O(1) headers) in a block of that kind: further lines are joined onto the first. */
export function isInline(id: number, kind: BlockKind = REQUEST): boolean {
  return id < inline.length && ((inline[id] as number) >> kind & 1) === 1;
}

/** What stands between the joined lines of a header, as Envoy joins them. */
export function delimiterOf(id: number): string {
  return id === COOKIE ? "; " : ",";
}
