/** What a stream is to the route table, and the route it found there: looked up once, until a filter asks anew. */
import type { LoggedStream, LogType } from "../contract/access-logger.ts";
import type { PeerCertificate, RequestView, RuntimeView } from "../contract/request-view.ts";
import { filterStateTexts, StreamInfo } from "../contract/stream-info.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import type { Timer } from "../platform/clock.ts";
import { allConfigs, lastConfig } from "../router/filter-configs.ts";
import { applyEdits } from "../router/header-edits.ts";
import { addProxyStatus } from "./proxy-status.ts";
import { mutateResponse } from "./response-mutation.ts";
import { filterLevels, type RouteChoice } from "../router/route.ts";
import { type RouteTable, tableOf } from "../router/route-table.ts";
import { streamDuration } from "../router/timeouts.ts";
import { FormatView } from "../stream/format-view.ts";
import type { Manager } from "./manager.ts";
import type { StreamCarrier } from "./stream-carrier.ts";

const NOTHING: Readonly<Record<string, never>> = {};

export abstract class RoutedStream implements RequestView, LoggedStream {
  readonly info: StreamInfo;
  readonly requestHeaders: HeaderBlock;
  responseTrailers: HeaderBlock | null = null;
  protected readonly connection: StreamCarrier;
  protected readonly manager: Manager;
  protected table: RouteTable | null;
  protected cachedRoute: RouteChoice | null = null;
  protected routed = false;
  private streamId: bigint | null = null;
  private logTimer: Timer | null = null;

  constructor(connection: StreamCarrier, headers: HeaderBlock) {
    const { manager } = connection;
    const { clock } = manager.env;
    this.connection = connection;
    this.manager = manager;
    this.requestHeaders = headers;
    this.table = tableOf(manager.routes);
    this.info = new StreamInfo(connection.facts);
    const { filterState } = connection.facts;
    if (filterState !== undefined && filterState !== null) this.info.filterState = new Map(filterState);
    this.info.start = clock.now();
    this.info.startWall = clock.wall();
  }

  abstract readonly responseHeaders: HeaderBlock | null;
  protected abstract readonly responseStarted: boolean;

  get view(): RequestView {
    return this;
  }

  get headers(): HeaderBlock {
    return this.requestHeaders;
  }

  get random(): bigint {
    return (this.streamId ??= this.manager.env.random.u64());
  }

  get runtime(): RuntimeView {
    return this.manager.env.runtime;
  }

  get peer(): PeerCertificate | undefined {
    const { secure, tls } = this.info.downstream;
    if (secure !== true) return undefined;
    return { presented: tls?.peerCertificate !== undefined, validated: tls?.peerVerified === true };
  }

  get remoteIp(): string | undefined {
    const { remote } = this.info;
    return remote.kind === "ip" ? remote.ip : undefined;
  }

  get metadata(): Readonly<Record<string, unknown>> {
    return this.info.metadata ?? NOTHING;
  }

  get filterState(): Readonly<Record<string, string>> {
    return filterStateTexts(this.info);
  }

  /** Scoped routes: the table of the scope that the headers name now. */
  protected selectScope(): void {
    const { scopes } = this.manager;
    if (scopes !== null) this.table = scopes.tableFor(this.requestHeaders);
  }

  route(): RouteChoice | null {
    if (!this.routed) {
      this.routed = true;
      this.selectScope();
      this.cachedRoute = this.table?.match(this) ?? null;
      this.adoptTimeouts(this.cachedRoute);
      const cluster = this.manager.env.clusters.get(this.cachedRoute?.cluster ?? "") ?? null;
      this.info.routeName = this.cachedRoute?.route?.name ?? "";
      this.info.routeMetadata = this.cachedRoute?.route?.message.metadata?.filter_metadata ?? null;
      this.info.virtualHostMetadata = this.cachedRoute?.host.message.metadata?.filter_metadata ?? null;
      this.info.cluster = cluster?.name ?? "";
      this.info.clusterFacts = cluster;
    }
    return this.cachedRoute;
  }

  /** A route's own idle and duration limits replace the connection manager's. */
  private adoptTimeouts(choice: RouteChoice | null): void {
    const timeouts = choice?.route?.forward?.timeouts;
    if (timeouts?.idleTimeout !== undefined) this.connection.setStreamIdle(timeouts.idleTimeout);
    if (timeouts?.usesStreamDuration !== true) return;
    const { env, plan } = this.manager;
    const limit = streamDuration(timeouts, this.requestHeaders, plan.maxStreamDurationMs);
    this.connection.setStreamDuration(limit === undefined ? 0 : Math.max(1, limit - (env.clock.now() - this.info.start)));
  }

  perFilterConfig(filter: string): object | null {
    const route = this.route();
    return route === null ? null : (lastConfig(filterLevels(route), filter) ?? null);
  }

  perFilterConfigs(filter: string): readonly object[] {
    const route = this.route();
    return route === null ? [] : allConfigs(filterLevels(route), filter);
  }

  clearRouteCache(): void {
    if (!this.responseStarted) this.routed = false;
  }

  protected log(type: LogType): void {
    for (const logger of this.manager.loggers) logger.log(this, type);
  }

  /** Logs every so often while the stream lasts. */
  protected logFrom(ms: number): void {
    this.logTimer = this.manager.env.clock.after(ms, () => {
      this.log("DownstreamPeriodic");
      this.logFrom(ms);
    });
  }

  protected stopLogging(): void {
    this.logTimer?.cancel();
  }

  /** What is done to every response head on its way out. */
  protected shapeResponse(headers: HeaderBlock): void {
    const { response, proxyStatus } = this.manager.plan;
    mutateResponse(headers, this.requestHeaders, response);
    if (proxyStatus !== null) addProxyStatus(headers, this.info, proxyStatus);
  }

  /** `early_header_mutation_extensions`. */
  protected mutateEarly(): void {
    const { earlyMutations } = this.manager.plan;
    if (earlyMutations.length === 0) return;
    const { info, requestHeaders } = this;
    const view = new FormatView({ info, requestHeaders, responseHeaders: null, responseTrailers: null }, this.manager.env.machine, this.manager.env.clock.now());
    for (const edits of earlyMutations) applyEdits(edits, requestHeaders, view);
  }

  protected formatView(responseHeaders: HeaderBlock): FormatView {
    const { info, requestHeaders, responseTrailers } = this;
    return new FormatView({ info, requestHeaders, responseHeaders, responseTrailers }, this.manager.env.machine, this.manager.env.clock.now());
  }
}
