/** Counts gRPC calls and their messages for each cluster, method by method or together. Reads Connect's protocol too. */
import { CONNECT_END, type FrameListener, FrameScanner } from "../../codec/grpc-frames.ts";
import { defineExtension } from "../../contract/extension.ts";
import type { Env } from "../../contract/env.ts";
import { Continue, type HttpFilter, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { CONTENT_TYPE, GRPC_STATUS, nameId } from "../../http/names.ts";
import { isGrpc } from "../../match/stream-matcher.ts";
import { GrpcCallStats, type GrpcMethod, grpcMethodOf, routedCluster } from "../../router/grpc-stats.ts";
import type { FilterConfig } from "../../schema/generated/envoy/extensions/filters/http/grpc_stats/v3.ts";

const CONNECT_PROTOCOL_VERSION = nameId("connect-protocol-version");

interface StatsPlan {
  /** How the method stands in the names; null: it does not. */
  name(method: GrpcMethod): GrpcMethod | null;
  readonly times: boolean;
}

interface Shared {
  readonly plan: StatsPlan;
  readonly env: Env;
}

/** Counts the messages of a response; what Connect sends last is none. */
class ResponseMessages implements FrameListener {
  private readonly scanner = new FrameScanner(this);
  private state: "messages" | "ending" | "ended" = "messages";
  private readonly end: Buffer[] = [];
  /** Connect's last frame came and names no error. */
  success = false;

  scan(data: Buffer): number {
    const before = this.state;
    const found = this.scanner.scan(data);
    return found - (before === "messages" && this.state !== "messages" ? 1 : 0);
  }

  frameStarts(flags: number): boolean {
    if (this.state !== "messages") return false;
    if ((flags & CONNECT_END) !== 0) this.state = "ending";
    return true;
  }

  frameData(data: Buffer): void {
    if (this.state === "ending") this.end.push(Buffer.from(data));
  }

  frameEnds(): void {
    if (this.state !== "ending") return;
    this.state = "ended";
    this.success = endsWell(Buffer.concat(this.end).toString());
  }
}

function endsWell(text: string): boolean {
  try {
    const end: unknown = JSON.parse(text);
    return typeof end === "object" && end !== null && !Array.isArray(end) && !Object.hasOwn(end, "error");
  } catch {
    return false;
  }
}

function isConnectStreaming(headers: HeaderBlock): boolean {
  return headers.get(CONTENT_TYPE)?.startsWith("application/connect+") === true;
}

class GrpcStatsFilter implements HttpFilter {
  private readonly shared: Shared;
  private readonly handle: StreamHandle;
  private readonly requests = new FrameScanner();
  private readonly responses = new ResponseMessages();
  private stats: GrpcCallStats | null = null;
  private grpc = false;
  private unary = false;
  private streaming = false;
  private grpcResponse = false;

  constructor(shared: Shared, handle: StreamHandle) {
    this.shared = shared;
    this.handle = handle;
  }

  decodeHeaders(headers: HeaderBlock): Verdict {
    if (headers.path === null) return Continue;
    this.grpc = isGrpc(headers);
    this.unary = headers.has(CONNECT_PROTOCOL_VERSION);
    this.streaming = isConnectStreaming(headers);
    if (!this.grpc && !this.unary && !this.streaming) return Continue;
    const method = grpcMethodOf(headers.path);
    const cluster = method === null ? null : routedCluster(this.handle, this.shared.env);
    if (cluster !== null && method !== null) this.stats = new GrpcCallStats(cluster, "grpc", this.shared.plan.name(method));
    return Continue;
  }

  decodeData(data: Buffer, endStream: boolean): Verdict {
    if (this.stats === null) return Continue;
    if (this.grpc || this.streaming) this.count("request_message_count", this.requests.scan(data));
    else if (endStream) this.count("request_message_count", 1);
    return Continue;
  }

  encodeHeaders(headers: HeaderBlock, endStream: boolean): Verdict {
    const { stats } = this;
    if (stats === null) return Continue;
    this.grpcResponse = endStream ? headers.has(GRPC_STATUS) : headers.status === 200 && isGrpc(headers);
    if (this.unary) stats.chargeOutcome(headers.status === 200);
    else if (headers.status !== 200 || !isConnectStreaming(headers)) stats.chargeStatus(headers.get(GRPC_STATUS));
    if (endStream) this.chargeTime(stats);
    return Continue;
  }

  encodeData(data: Buffer, endStream: boolean): Verdict {
    const { stats } = this;
    if (stats === null) return Continue;
    if (this.grpcResponse) this.count("response_message_count", this.responses.scan(data));
    else if (this.streaming) {
      this.count("response_message_count", this.responses.scan(data));
      if (!endStream) return Continue;
      stats.chargeOutcome(this.responses.success);
      this.chargeTime(stats);
    } else if (this.unary && endStream) {
      this.count("response_message_count", 1);
      this.chargeTime(stats);
    }
    return Continue;
  }

  encodeTrailers(trailers: HeaderBlock): Verdict {
    if (!this.grpc || this.stats === null) return Continue;
    this.stats.chargeStatus(trailers.get(GRPC_STATUS));
    this.chargeTime(this.stats);
    return Continue;
  }

  private count(name: string, messages: number): void {
    if (messages > 0) this.stats?.add(name, messages);
  }

  private chargeTime(stats: GrpcCallStats): void {
    const { lastUpstreamTx, lastUpstreamRx } = this.handle.info;
    if (this.shared.plan.times && lastUpstreamTx >= 0 && lastUpstreamRx >= 0) stats.recordTime(lastUpstreamRx - lastUpstreamTx);
  }
}

function compileNames(config: FilterConfig): StatsPlan["name"] {
  if (config.stats_for_all_methods === true) {
    const dotless = config.replace_dots_in_grpc_service_name === true;
    return ({ service, method }) => ({ service: dotless ? service.replaceAll(".", "_") : service, method });
  }
  const listed = new Set((config.individual_method_stats_allowlist?.services ?? []).flatMap(({ name = "", method_names = [] }) => method_names.map((method) => `${name}/${method}`)));
  return (method) => (listed.has(`${method.service}/${method.method}`) ? method : null);
}

export const grpcStats = defineExtension<"envoy.filters.http", FilterConfig>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.grpc_stats",
  config: "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig",
  offline: true,
  honours: {
    "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig": ["individual_method_stats_allowlist", "stats_for_all_methods", "enable_upstream_stats", "replace_dots_in_grpc_service_name"],
    "envoy.config.core.v3.GrpcMethodList": ["services"],
    "envoy.config.core.v3.GrpcMethodList.Service": ["name", "method_names"],
  },
  compile(config) {
    const plan: StatsPlan = { name: compileNames(config), times: config.enable_upstream_stats === true };
    return { open: (env) => (handle) => new GrpcStatsFilter({ plan, env }, handle) };
  },
});
