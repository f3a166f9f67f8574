import { CLUSTER_SHAPE, HOST_SHAPE, LIMIT_RETRIES } from "../../src/upstream/cluster-stats.ts";
import { CodeStats } from "../../src/upstream/code-stats.ts";
import { TimeStats } from "../../src/upstream/time-stats.ts";
import type { Cluster } from "../../src/contract/cluster.ts";
import type { Env } from "../../src/contract/env.ts";
import { Registry } from "../../src/contract/extension.ts";
import type { Host } from "../../src/contract/host.ts";
import type { DownstreamWatcher, HttpFilterFactory, LocalReply, StreamHandle } from "../../src/contract/http-filter.ts";
import type { LbContext } from "../../src/contract/load-balancer.ts";
import { NO_RUNTIME, type RequestView } from "../../src/contract/request-view.ts";
import { StreamInfo } from "../../src/contract/stream-info.ts";
import type { ConnectionPool, PoolCallbacks, PoolTicket, ResetReason, ResponseSink, UpstreamStream } from "../../src/contract/upstream-stream.ts";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";
import { compileRouter, openRouter } from "../../src/forward/router-filter.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { RESPONSE } from "../../src/http/names.ts";
import { ipAddress } from "../../src/platform/address.ts";
import { FakeClock } from "../../src/platform/fake-clock.ts";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import type { RouteChoice } from "../../src/router/route.ts";
import type { Router } from "../../src/schema/generated/envoy/extensions/filters/http/router/v3.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";
import { get, request, routeTable } from "./route-tables.ts";

/** An exchange as a test plays the upstream in it. */
export class PlayedStream implements UpstreamStream {
  readonly protocol = "HTTP/1.1";
  readonly connectionId = 0;
  readonly connection = { startedAt: 0, connectedAt: 0 };
  readonly local = ipAddress("10.0.0.1", 40_000);
  readonly host: Host;
  /** `head:METHOD path`, `data`, `trailers`; `end` behind the last. */
  readonly sent: string[] = [];
  headers: HeaderBlock | null = null;
  wasReset = false;
  paused = 0;
  readonly #sink: ResponseSink;

  constructor(host: Host, sink: ResponseSink) {
    this.host = host;
    this.#sink = sink;
  }

  encodeHeaders(headers: HeaderBlock, endStream: boolean): void {
    this.headers = new HeaderBlock();
    this.headers.copyFrom(headers);
    this.sent.push(`${headers.method} ${headers.authority}${headers.path}${endStream ? " end" : ""}`);
  }

  encodeData(data: Buffer, endStream: boolean): void {
    this.sent.push(`${data.toString()}${endStream ? " end" : ""}`);
  }

  encodeTrailers(): void {
    this.sent.push("trailers end");
  }

  reset(): void {
    this.wasReset = true;
  }

  pauseReading(): void {
    this.paused++;
  }

  resumeReading(): void {
    this.paused--;
  }

  informational(status: number): void {
    this.#sink.on1xx(headersOf(status));
  }

  /** Headers, and the body if there is one: the whole response. */
  respond(status: number, more: readonly (readonly [string, string])[] = [], body = ""): void {
    this.#sink.onHeaders(headersOf(status, more), body === "");
    if (body !== "") this.#sink.onData(Buffer.from(body), true);
  }

  /** Headers alone, with more to come. */
  begin(status: number, more: readonly (readonly [string, string])[] = []): void {
    this.#sink.onHeaders(headersOf(status, more), false);
  }

  data(text: string, endStream: boolean): void {
    this.#sink.onData(Buffer.from(text), endStream);
  }

  trailers(lines: readonly (readonly [string, string])[]): void {
    this.#sink.onTrailers(HeaderBlock.of(lines));
  }

  fail(reason: ResetReason, failure = ""): void {
    this.#sink.onReset(reason, failure);
  }

  block(blocked: boolean): void {
    this.#sink.onBlocked(blocked);
  }
}

function headersOf(status: number, more: readonly (readonly [string, string])[] = []): HeaderBlock {
  return HeaderBlock.of([[":status", String(status)], ...more], RESPONSE);
}

type Waiting = { readonly host: Host; readonly sink: ResponseSink; readonly callbacks: PoolCallbacks };

/** A cluster without a network: the test answers for its hosts. */
export class PlayedCluster implements Cluster {
  readonly name: string;
  readonly stats;
  maxStreamDurationMs = 0;
  mostRetries = 3;
  /** `ready`: connections are there; `wait`: the test calls {@link connect}; a reason: none is had. */
  connections: "ready" | "wait" | ResetReason = "ready";
  readonly hosts: Host[] = [];
  readonly streams: PlayedStream[] = [];
  readonly waiting: Waiting[] = [];
  cancelled = 0;
  readonly contexts: LbContext[] = [];
  #next = 0;
  readonly #codes: CodeStats;
  readonly #retryCodes: CodeStats;
  readonly #times: TimeStats;

  constructor(name: string, stats: LocalStats, hosts = 1) {
    this.name = name;
    this.stats = stats.block(`cluster.${name}.`, CLUSTER_SHAPE);
    this.#codes = new CodeStats(this.stats, "");
    this.#retryCodes = new CodeStats(this.stats, "retry.");
    this.#times = new TimeStats(this.stats, "");
    for (let i = 1; i <= hosts; i++) {
      this.hosts.push({
        address: ipAddress(`10.1.0.${i}`, 80), hostname: "", weight: 1, priority: 0, locality: { region: "", zone: "", sub_zone: "" }, localityWeight: 0, flags: 0, metadata: {}, healthySince: 0,
        stats: stats.block(`host.${name}.${i}.`, HOST_SHAPE),
      });
    }
  }

  /** The newest exchange. */
  get stream(): PlayedStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error("nothing was sent upstream");
    return stream;
  }

  chooseHost(context: LbContext): Host | null {
    this.contexts.push(context);
    let host = this.#turn();
    for (let left = context.avoid?.hostAttempts ?? 0; left > 0 && host !== null && context.avoid?.rejects(host) === true; left--) host = this.#turn();
    return host;
  }

  /** What is forwarded here is HTTP. */
  tcpPool(): never {
    throw new Error("no TCP connections are played");
  }

  canConnect(): boolean {
    return true;
  }

  pool(host: Host): ConnectionPool {
    return { newStream: (sink, callbacks) => this.#newStream({ host, sink, callbacks }) };
  }

  tunnelPool(host: Host): ConnectionPool {
    return this.pool(host);
  }

  /** Gives the request that waits longest its connection. */
  connect(): void {
    const next = this.waiting.shift();
    if (next !== undefined) this.#begin(next);
  }

  chargeResponse(status: number): void {
    this.#codes.charge(status);
  }

  chargeTime(milliseconds: number): void {
    this.#times.charge(milliseconds);
  }

  chargeRetried(status: number): void {
    this.#retryCodes.charge(status);
  }

  acquireRetry(): boolean {
    return this.stats.tryAcquire(LIMIT_RETRIES, this.mostRetries);
  }

  releaseRetry(): void {
    this.stats.release(LIMIT_RETRIES);
  }

  #turn(): Host | null {
    return this.hosts[this.#next++ % this.hosts.length] ?? null;
  }

  #newStream(place: Waiting): PoolTicket | null {
    if (this.connections === "ready") {
      this.#begin(place);
      return null;
    }
    if (this.connections !== "wait") {
      place.callbacks.onPoolFailure(this.connections, "", place.host);
      return null;
    }
    this.waiting.push(place);
    return {
      cancel: () => {
        this.waiting.splice(this.waiting.indexOf(place), 1);
        this.cancelled++;
      },
    };
  }

  #begin({ host, sink, callbacks }: Waiting): void {
    const stream = new PlayedStream(host, sink);
    this.streams.push(stream);
    callbacks.onPoolReady(stream, host);
  }
}

/** A stream downstream of the router filter, and what came out of it. */
export class PlayedHandle implements StreamHandle {
  readonly name = "router";
  readonly info: StreamInfo;
  readonly requestHeaders: HeaderBlock;
  readonly responseHeaders: HeaderBlock | null = null;
  bufferLimit = 1_048_576;
  /** `200`, `data`, `trailers`, `reset DETAILS`; `end` behind the last. A local reply is `504 body (details)`. */
  readonly heard: string[] = [];
  response: HeaderBlock | null = null;
  pauses = 0;
  blocked: (blocked: boolean) => void = () => undefined;
  readonly #stage: ForwardStage;

  constructor(stage: ForwardStage, view: RequestView) {
    this.#stage = stage;
    this.requestHeaders = view.headers;
    const address = ipAddress("10.2.0.1", 5000);
    this.info = new StreamInfo({ connectionId: 1, remote: address, local: address, direct: address });
    this.info.start = stage.clock.now();
    this.view = view;
  }

  readonly view: RequestView;

  pushBackResponse(): void {}

  localReply(reply: LocalReply): void {
    if (this.response !== null) return this.resetStream(reply.details);
    this.response = headersOf(reply.status);
    reply.modify?.(this.response);
    this.heard.push(`${reply.status} ${reply.body} (${reply.details})`);
  }

  encode1xx(headers: HeaderBlock): void {
    this.heard.push(String(headers.status));
  }

  encodeHeaders(headers: HeaderBlock, endStream: boolean): void {
    this.response = headers;
    this.heard.push(`${headers.status}${endStream ? " end" : ""}`);
  }

  encodeData(data: Buffer, endStream: boolean): void {
    this.heard.push(`${data.toString()}${endStream ? " end" : ""}`);
  }

  encodeTrailers(): void {
    this.heard.push("trailers end");
  }

  resetStream(details: string): void {
    this.heard.push(`reset ${details}`);
  }

  pauseDownstream(): void {
    this.pauses++;
  }

  resumeDownstream(): void {
    this.pauses--;
  }

  watchDownstream(watcher: DownstreamWatcher): void {
    this.blocked = (blocked) => watcher.onDownstreamBlocked(blocked);
  }

  #cached: RouteChoice | null | undefined;

  route(): RouteChoice | null {
    if (this.#cached === undefined) this.#cached = this.#stage.table.match(this.view);
    return this.#cached;
  }

  clearRouteCache(): void {
    this.#cached = undefined;
  }

  /** What `recreateStream` was given, or null. */
  again: { readonly response: HeaderBlock; readonly body: string; readonly trailers: HeaderBlock | null } | null = null;

  recreateStream(response: HeaderBlock, body: readonly Buffer[], trailers: HeaderBlock | null): boolean {
    this.again = { response, body: Buffer.concat(body).toString(), trailers };
    return true;
  }

  routeConfig(): unknown { return null; }
  routeConfigs(): readonly unknown[] { return []; }
  resumeDecoding(): void {}
  resumeEncoding(): void {}
  injectDecodedData(): void {}
  injectEncodedData(): void {}
  heldDecodedData(): readonly Buffer[] { return []; }
  heldEncodedData(): readonly Buffer[] { return []; }
  replaceDecodedData(): void {}
  replaceEncodedData(): void {}
  addDecodedTrailers(): HeaderBlock { return new HeaderBlock(); }
  addEncodedTrailers(): HeaderBlock { return new HeaderBlock(); }
}

export interface StageOptions {
  readonly router?: Router;
  /** Of the virtual host, as YAML in braces' content: `include_request_attempt_count: true`. */
  readonly host?: string;
  readonly hosts?: number;
  readonly runtime?: Readonly<Record<string, number>>;
}

/** The router filter over a played cluster `u`, with one route. */
export class ForwardStage {
  readonly clock = new FakeClock();
  readonly stats = new LocalStats();
  readonly cluster: PlayedCluster;
  readonly clusters = new Map<string, PlayedCluster>();
  readonly table;
  readonly create: HttpFilterFactory;

  /** `action`: fields of the route beside its match, as YAML: `route: { cluster: u }`. */
  constructor(action: string, options: StageOptions = {}) {
    this.cluster = new PlayedCluster("u", this.stats, options.hosts);
    this.clusters.set("u", this.cluster);
    const { table, findings } = routeTable(`
virtual_hosts:
- name: all
  domains: ["*"]
${options.host === undefined ? "" : options.host.replaceAll(/^/gm, "  ")}
  routes:
  - { name: there, match: { path: /there }, route: { cluster: u } }
  - { match: { path: /nowhere, headers: [{ name: x-never, present_match: true }] }, route: { cluster: u } }
  - match: { prefix: / }
${action.replaceAll(/^/gm, "    ")}
`);
    const errors = findings.filter((finding) => finding.includes(" error: "));
    if (errors.length > 0) throw new Error(errors.join("\n"));
    this.table = table;
    const env = {
      clock: this.clock, random: new SeededRandom(1), stats: this.stats, clusters: this.clusters, machineAddress: "192.0.2.1",
      runtime: options.runtime === undefined ? NO_RUNTIME : { get: (key: string) => options.runtime?.[key] },
      machine: { hostname: "here", environment: () => undefined },
    } as unknown as Env;
    const context = {
      diagnostics: { report: () => undefined }, registry: new Registry(ALL_EXTENSIONS), statPrefix: "http.test.",
      surroundings: { listenerPrefix: "", bufferLimit: 1_048_576, serviceCluster: "", nodeId: "" },
    };
    this.create = openRouter(compileRouter(options.router ?? {}, context), env);
  }

  /** Another cluster of the same kind. */
  add(name: string): PlayedCluster {
    const cluster = new PlayedCluster(name, this.stats);
    this.clusters.set(name, cluster);
    return cluster;
  }

  /** A GET with these headers. */
  get(...more: readonly (readonly [string, string])[]) {
    return this.send(get("a.test", "/", more), true);
  }

  /** The head of a POST: data follows. */
  post(...more: readonly (readonly [string, string])[]) {
    return this.send(request([[":authority", "a.test"], [":path", "/"], [":method", "POST"], [":scheme", "http"], ["x-forwarded-proto", "http"], ...more]), false);
  }

  send(view: RequestView, endStream: boolean) {
    const handle = new PlayedHandle(this, view);
    if (endStream) handle.info.requestEnd = this.clock.now();
    const filter = this.create(handle);
    filter.decodeHeaders?.(handle.requestHeaders, endStream);
    return { handle, filter, data: (text: string, end: boolean) => filter.decodeData?.(Buffer.from(text), end) };
  }

  count(name: string): number {
    return this.stats.value(`cluster.u.${name}`);
  }

  host(name: string, host = 1): number {
    return this.stats.value(`host.u.${host}.${name}`);
  }

  /** Retries the cluster counts as under way. */
  get held(): number {
    return this.cluster.stats.held(LIMIT_RETRIES);
  }
}
