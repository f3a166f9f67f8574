/**
 * Requests that the proxy makes itself: mirrors, and what filters ask of other services. Each goes through a router filter of its own, with a
 * route that has nothing but a cluster and a timeout (Envoy's AsyncClientImpl).
 */
import type { Env } from "../contract/env.ts";
import type { HttpFilterFactory } from "../contract/http-filter.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { X_ENVOY_INTERNAL, X_FORWARDED_FOR } from "../http/names.ts";
import { compileHostLevel } from "../router/host-level.ts";
import { compileRoute, type Route, type RouteChoice } from "../router/route.ts";
import { ALREADY_CHECKED } from "../router/route-context.ts";
import { compileTableLevel } from "../router/table-level.ts";
import type { RetryPolicy } from "../schema/generated/envoy/config/route/v3.ts";
import { AsyncStream, type AsyncSink } from "./async-stream.ts";

export interface AsyncOptions {
  /** For the whole exchange, ms; 0 = none. */
  readonly timeoutMs: number;
  /** Bytes of body that may wait for a connection. */
  readonly bufferLimit: number;
  /** False: x-forwarded-for stays as it is. */
  readonly forwardedFor?: boolean;
}

export class AsyncClient {
  private readonly env: Env;
  private readonly create: HttpFilterFactory;
  private readonly base: Route;

  /** `create`: makes the router filter that a request goes through. */
  constructor(env: Env, create: HttpFilterFactory, retries?: RetryPolicy) {
    this.env = env;
    this.create = create;
    const table = compileTableLevel({}, ALREADY_CHECKED);
    const host = compileHostLevel({ name: "async client", domains: ["*"] }, 0, table, ALREADY_CHECKED);
    this.base = compileRoute({ match: { prefix: "/" }, route: { cluster: "", ...(retries && { retry_policy: retries }) } }, host, false, ALREADY_CHECKED);
  }

  /** Begins a request; its headers become the client's. `endStream`: they are all of it. The sink may be called before this returns. */
  start(cluster: string, headers: HeaderBlock, endStream: boolean, options: AsyncOptions, sink: AsyncSink): AsyncStream {
    headers.set(X_ENVOY_INTERNAL, "true");
    if (this.env.machineAddress !== null && options.forwardedFor !== false) headers.appendAny(X_FORWARDED_FOR, this.env.machineAddress);
    const stream = new AsyncStream(this.env, this.create, this.choice(cluster, options.timeoutMs), headers, options.bufferLimit, sink);
    stream.start(endStream);
    return stream;
  }

  private choice(cluster: string, timeout: number): RouteChoice {
    const { base } = this;
    const { host } = base;
    const forward = base.forward && { ...base.forward, timeouts: { ...base.forward.timeouts, timeout }, plainTimeouts: { ...base.forward.plainTimeouts, global: timeout } };
    return { kind: "forward", host, route: { ...base, forward }, cluster, entry: undefined };
  }
}
