/** A connection manager opened in a worker: what its connections share. */
import { jittered } from "../base/jitter.ts";
import { HTTP2_SHAPE, Http2Stats } from "../codec/http2-stats.ts";
import type { Http1ServerOptions } from "../codec/http1-options.ts";
import type { AccessLogger } from "../contract/access-logger.ts";
import type { Env } from "../contract/env.ts";
import type { RouteTableHandle } from "../contract/route.ts";
import type { DownstreamFacts } from "../contract/stream-info.ts";
import { HttpDate } from "../http/date.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { DATE, SERVER } from "../http/names.ts";
import { Scopes } from "../router/scoped-routes.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import type { ManagerPlan } from "./manager-plan.ts";
import { L_RQ_COMPLETED, LISTENER_MANAGER_SHAPE, MANAGER_SHAPE, RQ_1XX, RQ_COMPLETED, RQ_TOO_LARGE, RS_TOO_LARGE } from "./manager-stats.ts";
import type { ConnectionFacts } from "./request-preparation.ts";
import { FilterSet } from "./filter-set.ts";

/** An upgrade that the configuration names, and the filters its requests pass. */
interface OpenUpgrade {
  readonly enabled: boolean;
  readonly filters: FilterSet;
}

export class Manager {
  readonly plan: ManagerPlan;
  readonly env: Env;
  readonly stats: StatBlock;
  readonly listenerStats: StatBlock;
  readonly routes: RouteTableHandle;
  readonly scopes: Scopes | null;
  readonly filters: FilterSet;
  /** By upgrade type in lower case. */
  readonly upgrades: ReadonlyMap<string, OpenUpgrade>;
  /** Options of the codec of TLS connections. */
  readonly secureCodec: Http1ServerOptions;
  readonly loggers: readonly AccessLogger[];
  /** A fresh x-request-id. */
  readonly newRequestId: () => string;
  private readonly date: HttpDate;
  private readonly draw: () => number;
  private http2: Http2Stats | null = null;

  constructor(plan: ManagerPlan, listenerPrefix: string, env: Env) {
    this.plan = plan;
    this.env = env;
    this.stats = env.stats.block(`http.${plan.statPrefix}.`, MANAGER_SHAPE);
    this.listenerStats = env.stats.block(`${listenerPrefix}http.${plan.statPrefix}.`, LISTENER_MANAGER_SHAPE);
    this.secureCodec = { ...plan.codec, refuseHttpsTarget: false };
    this.routes = env.routes.handle(plan.routeTable);
    this.scopes = plan.scopes === null ? null : new Scopes(plan.scopes, env.routes, plan.asksForScopes);
    this.filters = new FilterSet(plan.filters, env);
    this.upgrades = new Map([...plan.upgrades].map(([type, { enabled, filters }]) => [type, { enabled, filters: filters === null ? this.filters : new FilterSet(filters, env) }]));
    this.loggers = plan.loggers.map((logger) => logger.open(env));
    this.newRequestId = () => env.random.uuid();
    this.date = new HttpDate();
    this.draw = () => env.random.u32();
  }

  /** Of all HTTP/2 codecs of listeners; born with the first connection. */
  get http2Stats(): Http2Stats {
    return (this.http2 ??= new Http2Stats(this.env.stats.block("http2.", HTTP2_SHAPE)));
  }

  factsOf(facts: DownstreamFacts): ConnectionFacts {
    return { remote: facts.remote, local: facts.local, secure: facts.secure === true, tls: facts.tls, machineAddress: this.env.machineAddress };
  }

  /** How long this connection may last, by its own draw. */
  connectionDurationMs(): number {
    return jittered(this.plan.maxConnectionDurationMs, this.plan.connectionJitterMs, this.draw);
  }

  drainTimeoutMs(): number {
    return jittered(this.plan.drainTimeoutMs, this.plan.drainJitterMs, this.draw);
  }

  /** Counts a response head that is sent. */
  charge(status: number): void {
    const { stats, listenerStats } = this;
    const group = Math.floor(status / 100);
    stats.inc(RQ_COMPLETED);
    listenerStats.inc(L_RQ_COMPLETED);
    if (group < 1 || group > 5) return;
    stats.inc(RQ_1XX + group - 1);
    listenerStats.inc(group - 1);
  }

  /** Counts an answer made here that stands for a message which is too large for a filter. */
  chargeReply(details: string): void {
    if (details === "request_payload_too_large") this.stats.inc(RQ_TOO_LARGE);
    else if (details === "response_payload_too_large") this.stats.inc(RS_TOO_LARGE);
  }

  /** `date` where there is none, and `server` as configured. */
  stampResponse(headers: HeaderBlock): void {
    if (!headers.has(DATE)) headers.set(DATE, this.date.at(this.env.clock.wall()));
    const mode = this.plan.serverHeader;
    if (mode === "OVERWRITE" || (mode === "APPEND_IF_ABSENT" && !headers.has(SERVER))) headers.set(SERVER, this.plan.serverName);
  }
}
