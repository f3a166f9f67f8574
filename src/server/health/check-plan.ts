/**
 * `Cluster.health_checks` compiled for one run: what is sent, what counts as healthy. What Envoy knows and is not done here
 * compiles to an `undone` check that says so. Pure; behaviour after source/extensions/health_checkers. What Envoy refuses is
 * reported by the checks of upstream/health-check-checks.ts, not here.
 */
import { Buffer } from "node:buffer";
import { optionalMs } from "../../base/duration.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import { compileStringMatcher, type StringMatcher } from "../../match/string-matcher.ts";
import { compileRequestMutations, type HeaderMutations } from "../../router/header-mutations.ts";
import type { Cluster } from "../../schema/generated/envoy/config/cluster/v3.ts";
import type { HealthCheck, HealthCheck_GrpcHealthCheck, HealthCheck_HttpHealthCheck, HealthCheck_Payload, HealthCheck_TcpHealthCheck } from "../../schema/generated/envoy/config/core/v3.ts";
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
  /** The same, of statuses that count as a failure only when they come again and again. */
  readonly retriable: readonly (readonly [number, number])[];
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

export interface GrpcCheck {
  readonly kind: "grpc";
  readonly label: string;
  readonly timeoutMs: number;
  /** "": the server as a whole. */
  readonly service: string;
  /** Used where the endpoint names none: `authority` of the check, else the cluster's name. */
  readonly authority: string;
  readonly mutations: HeaderMutations;
}

/** A check that is not done here yet. */
export interface UndoneCheck {
  readonly kind: "undone";
  readonly label: string;
  readonly reason: string;
}

export type CheckPlan = HttpCheck | TcpCheck | GrpcCheck | UndoneCheck;

/** The check of a cluster's hosts: the configured one, else a TCP connect. `spoken`: whoever runs it speaks the cluster's transport socket. */
export function compileCheck(cluster: Cluster, diagnostics: Diagnostics, spoken = false): CheckPlan {
  const check = cluster.health_checks?.[0];
  const secured = spoken ? undefined : transportOf(cluster);
  if (check === undefined) {
    const note = secured === undefined ? "" : `connected; ${secured} was not spoken`;
    return { kind: "tcp", label: "tcp connect", timeoutMs: optionalMs(cluster.connect_timeout) ?? 5000, send: NOTHING, receive: [], note };
  }
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
  if (check.tcp_health_check !== undefined) return compileTcp(check.tcp_health_check, timeoutMs);
  if (check.grpc_health_check !== undefined) return compileGrpc(check.grpc_health_check, timeoutMs, cluster, diagnostics);
  const custom = check.custom_health_check?.name ?? "custom";
  return { kind: "undone", label: custom.replace("envoy.health_checkers.", ""), reason: `health checks by ${custom} are not done here yet` };
}

function compileHttp(http: HealthCheck_HttpHealthCheck, timeoutMs: number, cluster: string, diagnostics: Diagnostics): CheckPlan {
  const method = http.method === undefined || http.method === "METHOD_UNSPECIFIED" ? "GET" : String(http.method);
  const label = `${method === "GET" ? "" : `${method} `}${http.path ?? ""}`;
  const codec = http.codec_client_type ?? "HTTP1";
  if (codec !== "HTTP1") return { kind: "undone", label: `${String(codec).toLowerCase()} ${label}`, reason: `health checks over ${codec === "HTTP2" ? "HTTP/2" : "HTTP/3"} are not done here yet` };
  const receive = piecesOf(http.receive ?? []);
  const searchBytes = http.response_buffer_size === undefined ? DEFAULT_SEARCH : Number(http.response_buffer_size) || MOST_SEARCH;
  return {
    kind: "http", label: `http ${label}`, timeoutMs, method, path: http.path ?? "", host: http.host || cluster,
    body: http.send === undefined ? NOTHING : (payloadBytes(http.send) ?? NOTHING),
    mutations: compileRequestMutations(http, diagnostics),
    expected: rangesOf(http.expected_statuses ?? []), retriable: (http.retriable_statuses ?? []).map(rangeOf), receive, searchBytes: Math.min(searchBytes, MOST_SEARCH),
    serviceName: http.service_name_matcher === undefined ? undefined : compileStringMatcher(http.service_name_matcher, diagnostics),
  };
}

/** Envoy's default of `response_buffer_size`, and the most that is kept where it is unlimited. */
const DEFAULT_SEARCH = 1024;
const MOST_SEARCH = 16 << 20;

function rangesOf(expected: readonly Int64Range[]): readonly (readonly [number, number])[] {
  return expected.length === 0 ? [[200, 201]] : expected.map(rangeOf);
}

function rangeOf({ start, end }: Int64Range): readonly [number, number] {
  return [Number(start ?? 0), Number(end ?? 0)];
}

function compileGrpc(grpc: HealthCheck_GrpcHealthCheck, timeoutMs: number, cluster: string, diagnostics: Diagnostics): CheckPlan {
  const { service_name: service = "", authority = "", initial_metadata: metadata = [] } = grpc;
  const mutations = compileRequestMutations({ request_headers_to_add: metadata }, diagnostics);
  return { kind: "grpc", label: service === "" ? "grpc" : `grpc ${service}`, timeoutMs, service, authority: authority || cluster, mutations };
}

function compileTcp(tcp: HealthCheck_TcpHealthCheck, timeoutMs: number): CheckPlan {
  const receive = piecesOf(tcp.receive ?? []);
  const label = receive.length === 0 ? "tcp connect" : "tcp send/receive";
  if (tcp.proxy_protocol_config !== undefined) return { kind: "undone", label, reason: "health checks with a PROXY protocol header are not done here yet" };
  // Envoy 1.40 sends a payload only if it is given as text; a binary one is forgotten (measured).
  const send = tcp.send?.text === undefined ? NOTHING : (payloadBytes(tcp.send) ?? NOTHING);
  return { kind: "tcp", label, timeoutMs, send, receive, note: tcp.send?.binary === undefined ? "" : "send.binary is not sent: Envoy sends only send.text" };
}

function piecesOf(payloads: readonly HealthCheck_Payload[]): Buffer[] {
  return payloads.flatMap((payload) => payloadBytes(payload) ?? []).filter((bytes) => bytes.length > 0);
}
