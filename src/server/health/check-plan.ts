/**
 * `Cluster.health_checks` compiled for one run: what is sent, what counts as healthy. What Envoy knows and is not done here
 * compiles to an `undone` check that says so. Pure; behaviour after source/extensions/health_checkers.
 */
import { Buffer } from "node:buffer";
import { optionalMs } from "../../base/duration.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import { hasNoBody } from "../../http/methods.ts";
import { compileStringMatcher, type StringMatcher } from "../../match/string-matcher.ts";
import { compileRequestMutations, type HeaderMutations } from "../../router/header-mutations.ts";
import type { Cluster } from "../../schema/generated/envoy/config/cluster/v3.ts";
import type { HealthCheck, HealthCheck_HttpHealthCheck, HealthCheck_Payload, HealthCheck_TcpHealthCheck } from "../../schema/generated/envoy/config/core/v3.ts";
import type { Int64Range } from "../../schema/generated/envoy/type/v3.ts";
import { payloadBytes } from "./payload.ts";

export interface HttpCheck {
  readonly kind: "http";
  readonly label: string;
  readonly timeoutMs: number;
  readonly method: string;
  readonly path: string;
  /** Used where the endpoint names none: `host` of the check, else the cluster's name. */
  readonly host: string;
  readonly body: Buffer;
  readonly mutations: HeaderMutations;
  /** `[start, end)` of status codes. */
  readonly expected: readonly (readonly [number, number])[];
  readonly receive: readonly Buffer[];
  /** Bytes of the body that are searched. */
  readonly searchBytes: number;
  readonly serviceName: StringMatcher | undefined;
}

export interface TcpCheck {
  readonly kind: "tcp";
  readonly label: string;
  readonly timeoutMs: number;
  /** Nothing is sent unless something is to be received, as in Envoy. */
  readonly send: Buffer;
  readonly receive: readonly Buffer[];
  /** What a reader should know about a host that passes. */
  readonly note: string;
}

/** A check that is not done here yet. */
export interface UndoneCheck {
  readonly kind: "undone";
  readonly label: string;
  readonly reason: string;
}

export type CheckPlan = HttpCheck | TcpCheck | UndoneCheck;

/** The check of a cluster's hosts: the configured one, else a TCP connect. */
export function compileCheck(cluster: Cluster, diagnostics: Diagnostics): CheckPlan {
  const [check, second] = cluster.health_checks ?? [];
  const secured = transportOf(cluster);
  if (check === undefined) {
    const note = secured === undefined ? "" : `connected; ${secured} was not spoken`;
    return { kind: "tcp", label: "tcp connect", timeoutMs: optionalMs(cluster.connect_timeout) ?? 5000, send: NOTHING, receive: [], note };
  }
  if (second !== undefined) refuse(diagnostics, second, undefined, "a cluster has one health check at most: Envoy refuses more");
  const plan = compileConfigured(check, cluster.name ?? "", diagnostics);
  return plan.kind === "undone" || secured === undefined ? plan : { kind: "undone", label: plan.label, reason: `health checks over ${secured} are not done here yet` };
}

const NOTHING = Buffer.alloc(0);
const RAW = /\.transport_sockets\.raw_buffer\.v\d\.RawBuffer$/;

/** What the cluster speaks beneath its protocol, unless that is plain TCP. */
function transportOf(cluster: Cluster): string | undefined {
  const socket = cluster.transport_socket ?? cluster.transport_socket_matches?.[0]?.transport_socket;
  const type = socket?.typed_config?.["@type"];
  if (socket === undefined || (type !== undefined && RAW.test(type))) return undefined;
  return type?.includes(".transport_sockets.tls.") === true ? "TLS" : (socket.name ?? "another transport socket");
}

function compileConfigured(check: HealthCheck, cluster: string, diagnostics: Diagnostics): CheckPlan {
  const timeoutMs = optionalMs(check.timeout) ?? 5000;
  if (check.http_health_check !== undefined) return compileHttp(check.http_health_check, timeoutMs, cluster, diagnostics);
  if (check.tcp_health_check !== undefined) return compileTcp(check.tcp_health_check, timeoutMs, diagnostics);
  if (check.grpc_health_check !== undefined) return { kind: "undone", label: "grpc", reason: "gRPC health checks are not done here yet" };
  const custom = check.custom_health_check?.name ?? "custom";
  return { kind: "undone", label: custom.replace("envoy.health_checkers.", ""), reason: `health checks by ${custom} are not done here yet` };
}

function compileHttp(http: HealthCheck_HttpHealthCheck, timeoutMs: number, cluster: string, diagnostics: Diagnostics): CheckPlan {
  const method = http.method === undefined || http.method === "METHOD_UNSPECIFIED" ? "GET" : String(http.method);
  const label = `${method === "GET" ? "" : `${method} `}${http.path ?? ""}`;
  const codec = http.codec_client_type ?? "HTTP1";
  if (codec !== "HTTP1") return { kind: "undone", label: `${String(codec).toLowerCase()} ${label}`, reason: `health checks over ${codec === "HTTP2" ? "HTTP/2" : "HTTP/3"} are not done here yet` };
  if (http.send !== undefined && hasNoBody(method)) refuse(diagnostics, http, "send", `a health check with the method ${method} has no payload`);
  const receive = piecesOf(http.receive ?? [], diagnostics);
  const searchBytes = http.response_buffer_size === undefined ? DEFAULT_SEARCH : Number(http.response_buffer_size) || MOST_SEARCH;
  if (receive.reduce((sum, piece) => sum + piece.length, 0) > searchBytes) refuse(diagnostics, http, "receive", `what is expected is longer than response_buffer_size (${searchBytes} bytes)`);
  return {
    kind: "http", label: `http ${label}`, timeoutMs, method, path: http.path ?? "", host: http.host || cluster,
    body: http.send === undefined ? NOTHING : bytesOf(http.send, diagnostics),
    mutations: compileRequestMutations(http, diagnostics),
    expected: rangesOf(http, diagnostics), receive, searchBytes: Math.min(searchBytes, MOST_SEARCH),
    serviceName: http.service_name_matcher === undefined ? undefined : compileStringMatcher(http.service_name_matcher, diagnostics),
  };
}

/** Envoy's default of `response_buffer_size`, and the most that is kept where it is unlimited. */
const DEFAULT_SEARCH = 1024;
const MOST_SEARCH = 16 << 20;

function rangesOf(http: HealthCheck_HttpHealthCheck, diagnostics: Diagnostics): [number, number][] {
  for (const range of http.retriable_statuses ?? []) rangeOf(range, diagnostics);
  const ranges = (http.expected_statuses ?? []).map((range) => rangeOf(range, diagnostics));
  return ranges.length === 0 ? [[200, 201]] : ranges;
}

function rangeOf(range: Int64Range, diagnostics: Diagnostics): [number, number] {
  const [start, end] = [Number(range.start ?? 0), Number(range.end ?? 0)];
  if (start >= end || start < 100 || end > 600) refuse(diagnostics, range, undefined, `[${start}, ${end}) is no range of status codes from 100 to 599`);
  return [start, end];
}

function compileTcp(tcp: HealthCheck_TcpHealthCheck, timeoutMs: number, diagnostics: Diagnostics): CheckPlan {
  const receive = piecesOf(tcp.receive ?? [], diagnostics);
  const label = receive.length === 0 ? "tcp connect" : "tcp send/receive";
  if (tcp.proxy_protocol_config !== undefined) return { kind: "undone", label, reason: "health checks with a PROXY protocol header are not done here yet" };
  // Envoy 1.40 sends a payload only if it is given as text; a binary one is forgotten (measured).
  const send = tcp.send?.text === undefined ? NOTHING : bytesOf(tcp.send, diagnostics);
  return { kind: "tcp", label, timeoutMs, send, receive, note: tcp.send?.binary === undefined ? "" : "send.binary is not sent: Envoy sends only send.text" };
}

function piecesOf(payloads: readonly HealthCheck_Payload[], diagnostics: Diagnostics): Buffer[] {
  return payloads.map((payload) => bytesOf(payload, diagnostics)).filter((bytes) => bytes.length > 0);
}

function bytesOf(payload: HealthCheck_Payload, diagnostics: Diagnostics): Buffer {
  const bytes = payloadBytes(payload);
  if (bytes === null) refuse(diagnostics, payload, "text", `'${payload.text}' is not hexadecimal`);
  return bytes ?? NOTHING;
}

function refuse(diagnostics: Diagnostics, at: object, key: string | undefined, message: string): void {
  diagnostics.report({ code: "LGT0706", at, ...(key === undefined ? {} : { key }), message });
}
