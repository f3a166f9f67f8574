/** What is known of one forwarded request on its upstream side, as its attempts, the balancer, the numbers and format strings ask for it. */
import type { Cluster } from "../contract/cluster.ts";
import type { StreamHandle } from "../contract/http-filter.ts";
import type { HostRetry, LbContext, MetadataCriteria, OverrideHost } from "../contract/load-balancer.ts";
import type { DownstreamFacts } from "../contract/stream-info.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { nameId } from "../http/names.ts";
import { sameAddress, type SocketAddress } from "../platform/address.ts";
import type { Clock } from "../platform/clock.ts";
import type { ConnectPlan } from "../router/forward-plan.ts";
import { metadataMatchOf } from "../router/metadata-match.ts";
import type { RouteChoice } from "../router/route.ts";
import type { RequestTimeouts } from "../router/timeouts.ts";
import { FormatView } from "../stream/format-view.ts";
import type { Attempt } from "./attempt.ts";
import type { ForwardContext } from "./forward-context.ts";
import type { KeptBody } from "./kept-body.ts";
import type { Counted } from "./request-numbers.ts";
import type { Retries } from "./retries.ts";
import { NO_SCOPES, type ScopeStats } from "./scope-stats.ts";

const NO_TIMEOUTS: RequestTimeouts = { global: 0, perTry: 0, perTryIdle: 0, hedgeOnPerTryTimeout: false };
const NO_METADATA: Readonly<Record<string, unknown>> = {};

export abstract class ExchangeFacts implements LbContext, Counted {
  cluster!: Cluster;
  scopes: readonly ScopeStats[] = NO_SCOPES;
  altName = "";
  internal = false;
  responseStarted = false;
  streamDurationMs = 0;
  protected readonly context: ForwardContext;
  protected readonly handle: StreamHandle;
  protected choice!: RouteChoice;
  protected timeouts = NO_TIMEOUTS;
  protected retries: Retries | null = null;
  protected kept: KeptBody | null = null;
  protected trailers: HeaderBlock | null = null;
  /** When the request was complete; -1: it is not. */
  protected completeAt = -1;
  /** The newest of those under way. */
  protected first: Attempt | null = null;
  /** Nothing more is to be done for this request. */
  protected over = false;
  protected grpc = false;
  /** `set-cookie` lines for the response. */
  protected cookies: string[] | null = null;
  /** A timeout is answered with 204. */
  protected altResponse = false;

  constructor(context: ForwardContext, handle: StreamHandle) {
    this.context = context;
    this.handle = handle;
  }

  abstract readonly hash: bigint | null;
  abstract readonly bufferLimit: number;

  get clock(): Clock {
    return this.context.env.clock;
  }

  get requestHeaders(): HeaderBlock {
    return this.handle.requestHeaders;
  }

  get requestComplete(): boolean {
    return this.completeAt >= 0;
  }

  get healthCheck(): boolean {
    return this.handle.info.healthCheck;
  }

  get perTryMs(): number {
    return this.timeouts.perTry;
  }

  get downstream(): DownstreamFacts {
    return this.handle.info.downstream;
  }

  get highPriority(): boolean {
    return this.choice.route?.forward?.highPriority === true;
  }

  get connect(): ConnectPlan | undefined {
    return this.choice.route?.forward?.connect;
  }

  get perTryIdleMs(): number {
    return this.timeouts.perTryIdle;
  }

  get overrideHost(): OverrideHost | null {
    const { info } = this.handle;
    return info.attempts > 1 ? null : info.overrideHost;
  }

  get avoid(): HostRetry | null {
    return this.retries?.avoid ?? null;
  }

  get metadataMatch(): MetadataCriteria | null {
    return metadataMatchOf(this.choice, this.handle.info.metadata?.["envoy.lb"]);
  }

  get dynamicMetadata(): Readonly<Record<string, unknown>> {
    return this.handle.info.metadata ?? NO_METADATA;
  }

  get originalDestination(): SocketAddress | null {
    const { local, directLocal } = this.handle.info.downstream;
    return directLocal === undefined || sameAddress(local, directLocal) ? null : local;
  }

  header(name: string): string | null {
    return this.requestHeaders.get(nameId(name));
  }

  pauseDownstream(): void {
    this.handle.pauseDownstream();
  }

  resumeDownstream(): void {
    this.handle.resumeDownstream();
  }

  protected view(response: HeaderBlock | null): FormatView {
    const { info, requestHeaders } = this.handle;
    const { clock, machine } = this.context.env;
    return new FormatView({ info, requestHeaders, responseHeaders: response, responseTrailers: null }, machine, clock.now());
  }

  /** The log names the attempt that counts. */
  protected describe({ host }: Attempt): void {
    const { info } = this.handle;
    info.upstreamHost = host?.address ?? null;
    info.upstreamHostName = host?.hostname ?? "";
    info.upstreamMetadata = host?.metadata ?? null;
  }
}
