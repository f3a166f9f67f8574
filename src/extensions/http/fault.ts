/** Delays a share of the requests, answers a share with an error, and slows a share of the responses down. */
import { defineExtension } from "../../contract/extension.ts";
import type { Env } from "../../contract/env.ts";
import { Continue, type HttpFilter, StopAll, StopIteration, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { X_ENVOY_DOWNSTREAM_SERVICE_CLUSTER, X_ENVOY_DOWNSTREAM_SERVICE_NODE } from "../../http/names.ts";
import { compileFault, type FaultPlan, type FaultShare, honours as settings } from "../../match/fault-plan.ts";
import { draws, runtimeInteger } from "../../match/runtime-value.ts";
import type { Timer } from "../../platform/clock.ts";
import { choiceOf } from "../../router/route.ts";
import type { HTTPFault } from "../../schema/generated/envoy/extensions/filters/http/fault/v3.ts";
import type { StatBlock } from "../../stats/stat-block.ts";
import { BodyPacer } from "../../stream/body-pacer.ts";

const TYPE = "envoy.extensions.filters.http.fault.v3.HTTPFault";
const SHAPE = statLayout({ counters: ["aborts_injected", "delays_injected", "faults_overflow", "response_rl_injected"], gauges: ["active_faults"], limits: ["active"] });
const ABORTS = placeIn(SHAPE, "aborts_injected");
const DELAYS = placeIn(SHAPE, "delays_injected");
const OVERFLOW = placeIn(SHAPE, "faults_overflow");
const RATE_LIMITS = placeIn(SHAPE, "response_rl_injected");
const ACTIVE = placeIn(SHAPE, "active_faults");
/** The gauge again, as a number that all threads know. */
const EXACT = placeIn(SHAPE, "active");
const BY_CLUSTER = statLayout({ counters: ["aborts_injected", "delays_injected"] });
const MOST = Number.MAX_SAFE_INTEGER;

/** What the filters of one configuration share in a worker. */
interface Shared {
  readonly plan: FaultPlan;
  readonly env: Env;
  readonly stats: StatBlock;
}

class FaultFilter implements HttpFilter {
  private readonly shared: Shared;
  private readonly handle: StreamHandle;
  private plan: FaultPlan;
  /** `x-envoy-downstream-service-cluster`; null without the header. */
  private cluster: string | null = null;
  private timer: Timer | null = null;
  private pacer: BodyPacer | null = null;
  private active = false;

  constructor(shared: Shared, handle: StreamHandle) {
    this.shared = shared;
    this.handle = handle;
    this.plan = shared.plan;
  }

  decodeHeaders(headers: HeaderBlock): Verdict {
    this.plan = (this.handle.routeConfig() as FaultPlan | null) ?? this.plan;
    if (!this.concerns(headers)) return Continue;
    this.cluster = headers.get(X_ENVOY_DOWNSTREAM_SERVICE_CLUSTER);
    this.paceResponse(headers);
    if (this.delayed(headers)) return StopAll;
    return this.aborted(headers, true) ? StopIteration : Continue;
  }

  encodeData(data: Buffer, endStream: boolean): Verdict {
    if (this.pacer === null) return Continue;
    this.pacer.write(data, endStream);
    return StopIteration;
  }

  encodeTrailers(): Verdict {
    return this.pacer?.trailers() === true ? StopIteration : Continue;
  }

  onDestroy(): void {
    this.timer?.cancel();
    this.pacer?.close();
    this.deactivate();
  }

  private concerns(headers: HeaderBlock): boolean {
    const { upstreamCluster, nodes, conditions } = this.plan;
    if (upstreamCluster !== "" && choiceOf(this.handle.route())?.cluster !== upstreamCluster) return false;
    if (nodes.size > 0 && !nodes.has(headers.get(X_ENVOY_DOWNSTREAM_SERVICE_NODE) ?? "")) return false;
    return conditions.every((condition) => condition.test(headers));
  }

  private paceResponse(headers: HeaderBlock): void {
    const { rateLimit } = this.plan;
    if (rateLimit === null || !this.draws(rateLimit, rateLimit.runtime, headers)) return;
    const kbps = rateLimit.value(headers);
    if (kbps === null || !this.activate()) return;
    this.shared.stats.inc(RATE_LIMITS);
    this.pacer = new BodyPacer(kbps * 1024, this.handle, this.shared.env.clock);
  }

  private delayed(headers: HeaderBlock): boolean {
    const { delay, delayRuntime } = this.plan;
    if (delay === null || !this.draws(delay, this.clusterKey("delay.fixed_delay_percent") ?? delay.runtime, headers)) return false;
    const configured = delay.value(headers);
    if (configured === null) return false;
    const ms = this.integer("delay.fixed_duration_ms", runtimeInteger(this.shared.env.runtime, delayRuntime, configured));
    if (ms <= 0 || !this.activate()) return false;
    this.timer = this.shared.env.clock.after(ms, () => this.afterDelay(headers));
    this.count(DELAYS, "delays_injected");
    this.handle.info.setFlag("DI");
    this.setMetadata();
    return true;
  }

  private afterDelay(headers: HeaderBlock): void {
    this.timer = null;
    if (this.aborted(headers, false)) return;
    if (this.plan.rateLimit === null) this.deactivate();
    this.handle.resumeDecoding();
  }

  private aborted(headers: HeaderBlock, limited: boolean): boolean {
    const { abort, statusRuntime, grpcRuntime } = this.plan;
    if (abort === null || !this.draws(abort, this.clusterKey("abort.abort_percent") ?? abort.runtime, headers)) return false;
    const status = abort.status(headers);
    const grpc = status === null ? abort.grpcStatus(headers) : null;
    if ((status === null && grpc === null) || (limited && !this.activate())) return false;
    const { runtime } = this.shared.env;
    if (status !== null) this.abort(this.integer("abort.http_status", runtimeInteger(runtime, statusRuntime, status), status), undefined);
    else if (grpc !== null) this.abort(200, this.integer("abort.grpc_status", runtimeInteger(runtime, grpcRuntime, grpc), grpc));
    return true;
  }

  private abort(status: number, grpcStatus: number | undefined): void {
    this.count(ABORTS, "aborts_injected");
    this.handle.info.setFlag("FI");
    this.setMetadata();
    this.handle.localReply({ status, body: this.plan.abort?.body ?? "", details: "fault_filter_abort", ...(grpcStatus === undefined ? {} : { grpcStatus }) });
  }

  private draws(share: FaultShare, key: string, headers: HeaderBlock): boolean {
    return draws(key, share.fraction(headers), this.shared.env.runtime, this.shared.env.random);
  }

  /** The runtime key for requests of one service. */
  private clusterKey(name: string): string | null {
    return this.cluster === null ? null : `fault.http.${this.cluster}.${name}`;
  }

  /** A number that runtime may have for requests of one service: over `common`, or over `own` where that is given. */
  private integer(name: string, common: number, own = common): number {
    const key = this.clusterKey(name);
    return key === null ? common : runtimeInteger(this.shared.env.runtime, key, own);
  }

  private setMetadata(): void {
    const { info } = this.handle;
    if (info.metadata !== null) delete info.metadata[this.handle.name];
    info.mergeMetadata(this.handle.name, this.plan.metadata);
  }

  private count(place: number, name: "aborts_injected" | "delays_injected"): void {
    const { stats } = this.shared;
    stats.inc(place);
    if (this.cluster === null || this.cluster === "" || this.plan.withoutClusterStats) return;
    stats.child(`${this.cluster}.`, BY_CLUSTER).inc(placeIn(BY_CLUSTER, name));
  }

  /** One stream is one active fault, however many befall it. */
  private activate(): boolean {
    if (this.active) return true;
    const { stats, env } = this.shared;
    if (!stats.tryAcquire(EXACT, runtimeInteger(env.runtime, this.plan.maxActiveRuntime, this.plan.maxActive ?? MOST))) {
      stats.inc(OVERFLOW);
      return false;
    }
    stats.inc(ACTIVE);
    this.active = true;
    return true;
  }

  private deactivate(): void {
    if (!this.active) return;
    this.active = false;
    this.shared.stats.dec(ACTIVE);
    this.shared.stats.release(EXACT);
  }
}

export const fault = defineExtension<"envoy.filters.http", HTTPFault, HTTPFault>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.fault",
  config: TYPE,
  offline: true,
  honours: settings,
  compile(config, { diagnostics, statPrefix }) {
    const plan = compileFault(config, diagnostics);
    return {
      open(env) {
        const shared: Shared = { plan, env, stats: env.stats.block(`${statPrefix}fault.`, SHAPE) };
        return (handle) => new FaultFilter(shared, handle);
      },
    };
  },
  routeType: TYPE,
  compileRoute: (config, { diagnostics }): FaultPlan => compileFault(config, diagnostics),
});
