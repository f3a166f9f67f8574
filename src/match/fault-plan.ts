/** What a configuration of the fault filter asks for: shares of the requests, and amounts that are fixed or come in headers. */
import { optionalMs } from "../base/duration.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { nameId } from "../http/names.ts";
import type { HTTPFault } from "../schema/generated/envoy/extensions/filters/http/fault/v3.ts";
import type { FractionalPercent } from "../schema/generated/envoy/type/v3.ts";
import { toWire } from "../base/wire-text.ts";
import { type Fraction, fractionOf } from "./fraction.ts";
import { compileHeaderMatchers, type HeaderCondition } from "./header-matcher.ts";

const COMMON = "envoy.extensions.filters.common.fault.v3";
const TYPE = "envoy.extensions.filters.http.fault.v3.HTTPFault";

export const honours = {
  [TYPE]: [
    "delay", "abort", "upstream_cluster", "headers", "downstream_nodes", "max_active_faults", "response_rate_limit", "delay_percent_runtime", "abort_percent_runtime",
    "delay_duration_runtime", "abort_http_status_runtime", "max_active_faults_runtime", "response_rate_limit_percent_runtime", "abort_grpc_status_runtime",
    "disable_downstream_cluster_stats", "filter_metadata",
  ],
  "envoy.extensions.filters.http.fault.v3.FaultAbort": ["http_status", "grpc_status", "header_abort", "percentage", "response_body"],
  "envoy.extensions.filters.http.fault.v3.FaultAbort.HeaderAbort": [],
  [`${COMMON}.FaultDelay`]: ["fixed_delay", "header_delay", "percentage"],
  [`${COMMON}.FaultDelay.HeaderDelay`]: [],
  [`${COMMON}.FaultRateLimit`]: ["fixed_limit", "header_limit", "percentage"],
  [`${COMMON}.FaultRateLimit.FixedLimit`]: ["limit_kbps"],
  [`${COMMON}.FaultRateLimit.HeaderLimit`]: [],
} as const;

/** The number in a header, null if there is none (Envoy's `SimpleAtoi` on the first line). `at least`, below 2^64. */
function numberIn(headers: HeaderBlock, id: number): number | null {
  const text = headers.get(id);
  if (text === null || !/^[ \t\n\v\f\r]*\+?[0-9]+[ \t\n\v\f\r]*$/.test(text)) return null;
  const number = Number(text);
  return number < 2 ** 64 ? number : null;
}

/** A share of the requests; the header may make it smaller. */
export class FaultShare {
  readonly runtime: string;
  private readonly configured: Fraction;
  private readonly header: number;

  constructor(percentage: FractionalPercent | undefined, header: number, runtime: string) {
    this.configured = fractionOf(percentage);
    this.header = header;
    this.runtime = runtime;
  }

  fraction(headers: HeaderBlock): Fraction {
    const asked = this.header === 0 ? null : numberIn(headers, this.header);
    if (asked === null || asked >= this.configured.numerator || asked >= 2 ** 32) return this.configured;
    return { numerator: asked, denominator: this.configured.denominator };
  }
}

/** A delay in milliseconds or a rate in KiB/s. */
export class FaultAmount extends FaultShare {
  private readonly fixed: number | null;
  private readonly amountHeader: number;
  private readonly least: number;

  constructor(percentage: FractionalPercent | undefined, runtime: string, fixed: number | null, headers: { readonly amount: number; readonly share: number }, least: number) {
    super(percentage, fixed === null ? headers.share : 0, runtime);
    this.fixed = fixed;
    this.amountHeader = headers.amount;
    this.least = least;
  }

  value(headers: HeaderBlock): number | null {
    if (this.fixed !== null) return this.fixed;
    const asked = numberIn(headers, this.amountHeader);
    return asked === null || asked < this.least ? null : asked;
  }
}

const DELAY_HEADERS = { amount: nameId("x-envoy-fault-delay-request"), share: nameId("x-envoy-fault-delay-request-percentage") };
const RATE_HEADERS = { amount: nameId("x-envoy-fault-throughput-response"), share: nameId("x-envoy-fault-throughput-response-percentage") };
const ABORT_HEADER = nameId("x-envoy-fault-abort-request");
const ABORT_SHARE_HEADER = nameId("x-envoy-fault-abort-request-percentage");
const ABORT_GRPC_HEADER = nameId("x-envoy-fault-abort-grpc-request");

export class FaultAbort extends FaultShare {
  /** In wire form. */
  readonly body: string;
  private readonly http: number | null;
  private readonly grpc: number | null;
  private readonly byHeader: boolean;

  constructor(config: NonNullable<HTTPFault["abort"]>, runtime: string) {
    const byHeader = config.header_abort !== undefined;
    super(config.percentage, byHeader ? ABORT_SHARE_HEADER : 0, runtime);
    this.body = config.response_body === undefined || config.response_body === "" ? "fault filter abort" : toWire(config.response_body);
    this.http = config.http_status ?? null;
    this.grpc = config.grpc_status ?? null;
    this.byHeader = byHeader;
  }

  status(headers: HeaderBlock): number | null {
    if (!this.byHeader) return this.http;
    const asked = numberIn(headers, ABORT_HEADER);
    return asked !== null && asked >= 200 && asked < 600 ? asked : null;
  }

  grpcStatus(headers: HeaderBlock): number | null {
    return this.byHeader ? numberIn(headers, ABORT_GRPC_HEADER) : this.grpc;
  }
}

export interface FaultPlan {
  readonly upstreamCluster: string;
  readonly nodes: ReadonlySet<string>;
  readonly conditions: readonly HeaderCondition[];
  readonly delay: FaultAmount | null;
  readonly delayRuntime: string;
  readonly abort: FaultAbort | null;
  readonly statusRuntime: string;
  readonly grpcRuntime: string;
  readonly rateLimit: FaultAmount | null;
  /** Null: without limit. */
  readonly maxActive: number | null;
  readonly maxActiveRuntime: string;
  readonly withoutClusterStats: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export function compileFault(config: HTTPFault, diagnostics: Diagnostics): FaultPlan {
  const { delay, response_rate_limit: limit, abort } = config;
  const fixedRate = limit?.fixed_limit === undefined ? null : Number(limit.fixed_limit.limit_kbps ?? 0);
  return {
    upstreamCluster: config.upstream_cluster ?? "", nodes: new Set((config.downstream_nodes ?? []).map(toWire)),
    conditions: compileHeaderMatchers(config.headers, diagnostics),
    delay: delay === undefined ? null : new FaultAmount(delay.percentage, config.delay_percent_runtime || "fault.http.delay.fixed_delay_percent", optionalMs(delay.fixed_delay) ?? null, DELAY_HEADERS, 0),
    delayRuntime: config.delay_duration_runtime || "fault.http.delay.fixed_duration_ms",
    abort: abort === undefined ? null : new FaultAbort(abort, config.abort_percent_runtime || "fault.http.abort.abort_percent"),
    statusRuntime: config.abort_http_status_runtime || "fault.http.abort.http_status", grpcRuntime: config.abort_grpc_status_runtime || "fault.http.abort.grpc_status",
    rateLimit: limit === undefined ? null : new FaultAmount(limit.percentage, config.response_rate_limit_percent_runtime || "fault.http.rate_limit.response_percent", fixedRate, RATE_HEADERS, 1),
    maxActive: config.max_active_faults ?? null, maxActiveRuntime: config.max_active_faults_runtime || "fault.http.max_active_faults",
    withoutClusterStats: config.disable_downstream_cluster_stats === true, metadata: config.filter_metadata ?? {},
  };
}
