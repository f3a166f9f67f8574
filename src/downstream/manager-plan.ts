/**
 * HttpConnectionManager compiled: every option as a plain value, the filters and loggers as plans. Pure. What Envoy rejects
 * about it is in manager-checks.ts.
 */
import { jitterOf } from "../base/jitter.ts";
import { optionalMs } from "../base/duration.ts";
import { compileKeyFormat } from "../codec/http1-key-format.ts";
import type { Http1ServerOptions } from "../codec/http1-options.ts";
import { HTTP2_SERVER_DEFAULTS, type Http2Options } from "../codec/http2-options.ts";
import { compileHttp2, compileKeepalive, type KeepalivePlan } from "../codec/http2-plan.ts";
import type { AccessLogger } from "../contract/access-logger.ts";
import type { CompileContext, Plan, Surroundings } from "../contract/extension.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { compileScopes, type ScopesPlan } from "../router/scoped-routes.ts";
import type { HttpConnectionManager } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import type { UuidRequestIdConfig } from "../schema/generated/envoy/extensions/request_id/uuid/v3.ts";
import { compileDetectors } from "./address-detection.ts";
import { compileAccessLogs } from "./access-logs.ts";
import { compileClientCert } from "./client-cert.ts";
import { compileEarlyMutations } from "./early-mutations.ts";
import { compileProxyStatus, type ProxyStatusPlan } from "./proxy-status.ts";
import type { HeaderEdits } from "../router/header-edits.ts";
import { compileHttpFilters, type FilterPlan } from "./http-filters.ts";
import { internalAddresses } from "./internal-address.ts";
import { compileLocalReplies, type LocalReplyPlan } from "./local-replies.ts";
import type { PreparationOptions } from "./request-preparation.ts";
import type { ResponseOptions } from "./response-mutation.ts";
import type { StreamTimeouts } from "./stream-timers.ts";
import { compileUpgrades, type UpgradePlan } from "./upgrades.ts";

export interface ManagerPlan extends StreamTimeouts {
  readonly statPrefix: string;
  /** Name of the route table resource: RDS's, or the one lifted out of `route_config`. */
  readonly routeTable: string;
  readonly codecType: "AUTO" | "HTTP1" | "HTTP2";
  /** Scoped routes: the table depends on the request. */
  readonly scopes: ScopesPlan | null;
  /** The on_demand filter is among the filters. */
  readonly asksForScopes: boolean;
  readonly codec: Http1ServerOptions;
  readonly http2: Http2Options;
  /** Null: no PINGs. */
  readonly keepalive: KeepalivePlan | null;
  readonly preparation: PreparationOptions;
  readonly response: ResponseOptions;
  readonly earlyMutations: readonly HeaderEdits[];
  /** Null: responses carry no Proxy-Status. */
  readonly proxyStatus: ProxyStatusPlan | null;
  readonly serverName: string;
  readonly serverHeader: "OVERWRITE" | "APPEND_IF_ABSENT" | "PASS_THROUGH";
  readonly proxy100Continue: boolean;
  /** `stream_error_on_invalid_http_message`: a bad message ends the stream, not the connection. */
  readonly streamErrors: boolean;
  readonly idleTimeoutMs: number;
  readonly maxConnectionDurationMs: number;
  /** Between the two GOAWAYs of a graceful end. */
  /** How much longer `maxConnectionDurationMs` and `drainTimeoutMs` may be, by chance. */
  readonly connectionJitterMs: number;
  readonly drainJitterMs: number;
  /** An HTTP/1 connection that lasted long enough ends with its next request, not before. */
  readonly softDuration: boolean;
  readonly drainTimeoutMs: number;
  readonly delayedCloseMs: number;
  /** 0 = no limit. */
  readonly maxRequestsPerConnection: number;
  /** Bytes that the chain may hold for its filters. */
  readonly bufferLimit: number;
  readonly filters: readonly FilterPlan[];
  /** By upgrade type in lower case. */
  readonly upgrades: ReadonlyMap<string, UpgradePlan>;
  readonly localReplies: LocalReplyPlan | null;
  readonly logOptions: LogOptions;
  readonly loggers: readonly Plan<AccessLogger>[];
}

/** When a stream is logged besides at its end. */
export interface LogOptions {
  readonly atStart: boolean;
  readonly atTunnel: boolean;
  /** ms; 0 = never. */
  readonly intervalMs: number;
}

const DAY_MS = 86_400_000;

export function compileManager(config: HttpConnectionManager, context: CompileContext): ManagerPlan {
  const { surroundings } = context;
  const common = config.common_http_protocol_options ?? {};
  const statPrefix = config.stat_prefix ?? "";
  const inManager = { ...context, statPrefix: `http.${statPrefix}.` };
  const filters = compileHttpFilters(config.http_filters ?? [], inManager);
  const upgrades = compileUpgrades(config, inManager);
  const loggers = compileAccessLogs(config.access_log ?? [], context);
  return {
    statPrefix,
    routeTable: config.rds?.route_config_name ?? "",
    codecType: codecTypeOf(config),
    scopes: config.scoped_routes === undefined ? null : compileScopes(config.scoped_routes),
    asksForScopes: asksForScopes(config),
    codec: codecOptions(config, context.diagnostics),
    http2: http2Options(config, surroundings.bufferLimit),
    keepalive: compileKeepalive(config.http2_protocol_options?.connection_keepalive),
    preparation: preparationOptions(config, surroundings, context.diagnostics),
    response: { via: config.via ?? "", alwaysSetRequestId: config.always_set_request_id_in_response ?? false },
    earlyMutations: compileEarlyMutations(config.early_header_mutation_extensions, context.diagnostics),
    proxyStatus: compileProxyStatus(config.proxy_status_config, serverNameOf(config), surroundings.nodeId),
    serverName: serverNameOf(config),
    serverHeader: config.server_header_transformation ?? "OVERWRITE",
    proxy100Continue: config.proxy_100_continue ?? false,
    streamErrors: config.http_protocol_options?.override_stream_error_on_invalid_http_message ?? config.stream_error_on_invalid_http_message ?? false,
    streamIdleTimeoutMs: (optionalMs(config.stream_idle_timeout) ?? 300_000),
    requestTimeoutMs: (optionalMs(config.request_timeout) ?? 0),
    requestHeadersTimeoutMs: (optionalMs(config.request_headers_timeout) ?? 0),
    maxStreamDurationMs: (optionalMs(common.max_stream_duration) ?? 0),
    idleTimeoutMs: Math.min((optionalMs(common.idle_timeout) ?? 3_600_000), 365 * DAY_MS),
    maxConnectionDurationMs: optionalMs(common.max_connection_duration) ?? 0,
    connectionJitterMs: jitterOf(optionalMs(common.max_connection_duration) ?? 0, common.max_connection_duration_jitter?.value),
    softDuration: config.http1_safe_max_connection_duration ?? false,
    drainTimeoutMs: optionalMs(config.drain_timeout) ?? 5_000,
    drainJitterMs: jitterOf(optionalMs(config.drain_timeout) ?? 5_000, config.drain_timeout_jitter?.value),
    delayedCloseMs: (optionalMs(config.delayed_close_timeout) ?? 1_000),
    maxRequestsPerConnection: common.max_requests_per_connection ?? 0,
    bufferLimit: surroundings.bufferLimit,
    filters,
    upgrades,
    localReplies: compileLocalReplies(config.local_reply_config, context.diagnostics),
    logOptions: logOptionsOf(config),
    loggers,
  };
}

function serverNameOf({ server_name: name }: HttpConnectionManager): string {
  return name === undefined || name === "" ? "envoy" : name;
}

function logOptionsOf(config: HttpConnectionManager): LogOptions {
  const options = config.access_log_options;
  return {
    atStart: options?.flush_access_log_on_new_request ?? config.flush_access_log_on_new_request ?? false,
    atTunnel: options?.flush_log_on_tunnel_successfully_established ?? false,
    intervalMs: optionalMs(options?.access_log_flush_interval ?? config.access_log_flush_interval) ?? 0,
  };
}

/** Of the codec of plain connections. */
export function codecOptions(config: HttpConnectionManager, diagnostics: Diagnostics): Http1ServerOptions {
  const http1 = config.http_protocol_options ?? {};
  const common = config.common_http_protocol_options ?? {};
  return {
    acceptHttp10: http1.accept_http_10 ?? false,
    defaultHostForHttp10: http1.default_host_for_http_10 ?? "",
    allowAbsoluteUrl: http1.allow_absolute_url ?? true,
    allowChunkedLength: http1.allow_chunked_length ?? false,
    enableTrailers: http1.enable_trailers ?? false,
    ...compileKeyFormat(http1.header_key_format, diagnostics),
    maxHeadersBytes: (config.max_request_headers_kb ?? 60) * 1024,
    maxHeadersCount: common.max_headers_count ?? 100,
    underscores: common.headers_with_underscores_action ?? "ALLOW",
    customMethods: http1.allow_custom_methods ?? false,
    refuseHttpsTarget: config.use_remote_address === true && (config.xff_num_trusted_hops ?? 0) === 0,
  };
}

function codecTypeOf({ codec_type: type }: HttpConnectionManager): ManagerPlan["codecType"] {
  return type === "HTTP1" || type === "HTTP2" ? type : "AUTO";
}

function http2Options(config: HttpConnectionManager, bufferLimit: number): Http2Options {
  const common = config.common_http_protocol_options ?? {};
  return compileHttp2(config.http2_protocol_options ?? {}, {
    ...HTTP2_SERVER_DEFAULTS,
    maxHeadersBytes: (config.max_request_headers_kb ?? 60) * 1024,
    maxHeadersCount: common.max_headers_count ?? 100,
    underscores: common.headers_with_underscores_action ?? "ALLOW",
    streamErrors: config.stream_error_on_invalid_http_message ?? false,
    sendLimit: bufferLimit,
  });
}

/** Whether requests pass the filter that asks for scopes on demand. */
export function asksForScopes({ http_filters: filters }: HttpConnectionManager): boolean {
  return (filters ?? []).some((filter) => filter.typed_config?.["@type"] === `type.googleapis.com/${ON_DEMAND}`);
}

const ON_DEMAND = "envoy.extensions.filters.http.on_demand.v3.OnDemand";
const UUID = "envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig";

function packsTraceReason({ request_id_extension: extension }: HttpConnectionManager, diagnostics: Diagnostics): boolean {
  const config = extension?.typed_config;
  if (extension === undefined || config === undefined) return true;
  if (config["@type"] === `type.googleapis.com/${UUID}`) return (config as UuidRequestIdConfig).pack_trace_reason ?? true;
  diagnostics.report({ code: "LGT0901", at: extension, key: "typed_config", message: "the only request ids that legate can make are uuids" });
  return true;
}

/** What preparing a request depends on. */
export function preparationOptions(config: HttpConnectionManager, surroundings: Surroundings, diagnostics: Diagnostics): PreparationOptions {
  const slashes = config.path_with_escaped_slashes_action ?? "KEEP_UNCHANGED";
  return {
    useRemoteAddress: config.use_remote_address ?? false,
    xffNumTrustedHops: config.xff_num_trusted_hops ?? 0,
    skipXffAppend: config.skip_xff_append ?? false,
    appendXForwardedPort: config.append_x_forwarded_port ?? false,
    normalizePath: config.normalize_path ?? false,
    mergeSlashes: config.merge_slashes ?? false,
    escapedSlashes: slashes === "IMPLEMENTATION_SPECIFIC_DEFAULT" ? "KEEP_UNCHANGED" : slashes,
    stripHostPort: config.strip_any_host_port === true ? "any" : config.strip_matching_host_port === true ? "matching" : "none",
    stripTrailingHostDot: config.strip_trailing_host_dot ?? false,
    schemeToOverwrite: (config.scheme_header_transformation?.scheme_to_overwrite ?? "") as "" | "http" | "https",
    via: config.via ?? "",
    userAgent: config.add_user_agent === true ? surroundings.serviceCluster : null,
    nodeId: surroundings.nodeId,
    generateRequestId: config.generate_request_id ?? true,
    packTraceReason: packsTraceReason(config, diagnostics),
    preserveExternalRequestId: config.preserve_external_request_id ?? false,
    clientCert: compileClientCert(config),
    detectors: compileDetectors(config.original_ip_detection_extensions, diagnostics),
    isInternal: internalAddresses(config.internal_address_config),
  };
}
