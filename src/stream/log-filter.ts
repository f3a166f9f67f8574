/** envoy.config.accesslog.v3.AccessLogFilter compiled: whether a stream is logged, or a local reply mapped. */
import { randomValue } from "./request-number.ts";
import type { LoggedStream, LogType } from "../contract/access-logger.ts";
import type { RuntimeView } from "../contract/request-view.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { GRPC_STATUS } from "../http/names.ts";
import { grpcStatusOfHttp } from "../match/format/grpc-status.ts";
import { fractionOf, wholeNumber } from "../match/fraction.ts";
import { compileHeaderMatcher } from "../match/header-matcher.ts";
import { compileValueMatcher, metadataAt } from "../match/metadata-matcher.ts";
import type { Random } from "../platform/random.ts";
import type {
  AccessLogFilter, ComparisonFilter, GrpcStatusFilter, HeaderFilter, LogTypeFilter, MetadataFilter, ResponseFlagFilter, RuntimeFilter,
} from "../schema/generated/envoy/config/accesslog/v3.ts";

export const honours = {
  "envoy.config.accesslog.v3.AccessLogFilter": [
    "status_code_filter", "duration_filter", "not_health_check_filter", "traceable_filter", "runtime_filter", "and_filter", "or_filter",
    "header_filter", "response_flag_filter", "grpc_status_filter", "metadata_filter", "log_type_filter",
  ],
  "envoy.config.accesslog.v3.ComparisonFilter": ["op", "value"],
  "envoy.config.core.v3.RuntimeUInt32": ["default_value", "runtime_key"],
  "envoy.config.accesslog.v3.StatusCodeFilter": ["comparison"],
  "envoy.config.accesslog.v3.DurationFilter": ["comparison"],
  "envoy.config.accesslog.v3.NotHealthCheckFilter": [],
  "envoy.config.accesslog.v3.TraceableFilter": [],
  "envoy.config.accesslog.v3.RuntimeFilter": ["runtime_key", "percent_sampled", "use_independent_randomness"],
  "envoy.config.accesslog.v3.AndFilter": ["filters"],
  "envoy.config.accesslog.v3.OrFilter": ["filters"],
  "envoy.config.accesslog.v3.HeaderFilter": ["header"],
  "envoy.config.accesslog.v3.ResponseFlagFilter": ["flags"],
  "envoy.config.accesslog.v3.GrpcStatusFilter": ["statuses", "exclude"],
  "envoy.config.accesslog.v3.MetadataFilter": ["matcher", "match_if_key_not_found"],
  "envoy.config.accesslog.v3.LogTypeFilter": ["types", "exclude"],
} as const;

/** What a filter is asked about. */
export interface LogMoment {
  readonly stream: LoggedStream;
  readonly type: LogType;
  /** Of the worker's clock, ms. */
  readonly now: number;
  readonly runtime: RuntimeView;
  readonly random: Random;
}

export type LogFilter = (moment: LogMoment) => boolean;

const EMPTY = new HeaderBlock();

/** Compiles a filter. One that legate does not know lets everything pass; coverage reports it. */
export function compileLogFilter(config: AccessLogFilter, diagnostics: Diagnostics): LogFilter {
  if (config.status_code_filter !== undefined) return compared(config.status_code_filter.comparison, ({ stream }) => stream.info.responseCode);
  if (config.duration_filter !== undefined) return compared(config.duration_filter.comparison, durationOf);
  if (config.not_health_check_filter !== undefined) return ({ stream }) => !stream.info.healthCheck;
  if (config.traceable_filter !== undefined) return ({ stream }) => stream.info.traceForced;
  if (config.runtime_filter !== undefined) return sampled(config.runtime_filter);
  if (config.and_filter !== undefined) return all((config.and_filter.filters ?? []).map((filter) => compileLogFilter(filter, diagnostics)));
  if (config.or_filter !== undefined) return any((config.or_filter.filters ?? []).map((filter) => compileLogFilter(filter, diagnostics)));
  if (config.header_filter !== undefined) return hasHeader(config.header_filter, diagnostics);
  if (config.response_flag_filter !== undefined) return flagged(config.response_flag_filter);
  if (config.grpc_status_filter !== undefined) return hasGrpcStatus(config.grpc_status_filter);
  if (config.metadata_filter !== undefined) return hasMetadata(config.metadata_filter, diagnostics);
  if (config.log_type_filter !== undefined) return ofType(config.log_type_filter);
  return () => true;
}

function durationOf({ stream: { info }, now }: LogMoment): number {
  return Math.floor((info.end < 0 ? now : info.end) - info.start);
}

function compared(config: ComparisonFilter | undefined, measure: (moment: LogMoment) => number): LogFilter {
  const { default_value: wanted = 0, runtime_key: key = "" } = config?.value ?? {};
  const op = config?.op ?? "EQ";
  return (moment) => {
    const value = integerOf(moment.runtime, key, wanted);
    const measured = measure(moment);
    if (op === "GE") return measured >= value;
    if (op === "LE") return measured <= value;
    return (measured === value) === (op === "EQ");
  };
}

function integerOf(runtime: RuntimeView, key: string, configured: number): number {
  return (key === "" ? undefined : wholeNumber(runtime.get(key))) ?? configured;
}

/** The share is drawn by the request id, so that all who sample one request agree. */
function sampled({ runtime_key: key = "", percent_sampled: percent, use_independent_randomness: independent }: RuntimeFilter): LogFilter {
  const { numerator, denominator } = fractionOf(percent);
  return ({ stream, runtime, random }) => {
    const number = (independent === true ? null : randomValue(stream.requestHeaders)) ?? Number(random.u64() % BigInt(denominator));
    return number % denominator < integerOf(runtime, key, numerator);
  };
}

function all(filters: readonly LogFilter[]): LogFilter {
  return (moment) => filters.every((filter) => filter(moment));
}

function any(filters: readonly LogFilter[]): LogFilter {
  return (moment) => filters.some((filter) => filter(moment));
}

function hasHeader({ header }: HeaderFilter, diagnostics: Diagnostics): LogFilter {
  const condition = compileHeaderMatcher(header ?? {}, diagnostics);
  return ({ stream }) => condition.test(stream.requestHeaders ?? EMPTY);
}

function flagged({ flags = [] }: ResponseFlagFilter): LogFilter {
  const wanted = new Set(flags);
  return ({ stream }) => (wanted.size === 0 ? stream.info.flags.length > 0 : stream.info.flags.some((flag) => wanted.has(flag)));
}

const GRPC_STATUSES = [
  "OK", "CANCELED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
] as const;
const UNKNOWN = 2;

function hasGrpcStatus({ statuses = [], exclude }: GrpcStatusFilter): LogFilter {
  const wanted = new Set(statuses.map((name) => GRPC_STATUSES.indexOf(name)));
  return ({ stream }) => wanted.has(grpcStatusOf(stream)) !== (exclude === true);
}

function grpcStatusOf({ responseTrailers, responseHeaders, info }: LoggedStream): number {
  const text = responseTrailers?.get(GRPC_STATUS) ?? responseHeaders?.get(GRPC_STATUS);
  if (text !== undefined && text !== null) return /^\d+$/.test(text) ? Number(text) : -1;
  return info.responseCode === 0 ? UNKNOWN : grpcStatusOfHttp(info.responseCode);
}

/** A key that is not there is decided by `match_if_key_not_found`. */
function hasMetadata({ matcher, match_if_key_not_found: otherwise = true }: MetadataFilter, diagnostics: Diagnostics): LogFilter {
  const path = [matcher?.filter ?? "", ...(matcher?.path ?? []).map((segment) => segment.key ?? "")];
  const test = compileValueMatcher(matcher?.value, diagnostics);
  return ({ stream }) => {
    const value = metadataAt(stream.info.metadata ?? {}, path);
    return value === undefined ? otherwise : test(value);
  };
}

function ofType({ types = [], exclude }: LogTypeFilter): LogFilter {
  const wanted = new Set<string>(types);
  return ({ type }) => wanted.has(type) !== (exclude === true);
}
