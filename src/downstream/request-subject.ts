/** One request of the filter chain as matchers of filters look at it. */
import type { Env } from "../contract/env.ts";
import type { StreamHandle } from "../contract/http-filter.ts";
import type { RuntimeView } from "../contract/request-view.ts";
import type { StreamInfo } from "../contract/stream-info.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import type { FormatContext } from "../match/format/format-context.ts";
import type { TlsPeer } from "../match/inputs/subject.ts";
import type { RateLimitSubject } from "../match/rate-limit/action.ts";
import { choiceOf } from "../router/route.ts";
import { FormatView } from "../stream/format-view.ts";
import { tlsPeer } from "../stream/tls-peer.ts";

export class RequestSubject implements RateLimitSubject {
  private readonly handle: StreamHandle;
  private readonly env: Env;
  readonly responseHeaders: HeaderBlock | null;
  readonly responseTrailers: HeaderBlock | null;

  constructor(handle: StreamHandle, env: Env, responseHeaders: HeaderBlock | null = null, responseTrailers: HeaderBlock | null = null) {
    this.handle = handle;
    this.env = env;
    this.responseHeaders = responseHeaders;
    this.responseTrailers = responseTrailers;
  }

  get requestHeaders(): HeaderBlock {
    return this.handle.requestHeaders;
  }

  get info(): StreamInfo {
    return this.handle.info;
  }

  get tls(): TlsPeer | null {
    return tlsPeer(this.info.downstream);
  }

  get serverName(): string {
    return this.info.downstream.requestedServerName ?? "";
  }

  get runtime(): RuntimeView {
    return this.env.runtime;
  }

  get random(): bigint {
    return this.handle.view.random;
  }

  get routeMetadata(): Readonly<Record<string, unknown>> | null {
    const choice = choiceOf(this.handle.route());
    return choice === null ? null : ((choice.route?.message.metadata as Readonly<Record<string, unknown>> | undefined) ?? {});
  }

  get destinationCluster(): string | null {
    const choice = choiceOf(this.handle.route());
    return choice?.kind === "forward" ? choice.cluster : null;
  }

  get facts(): FormatContext {
    const { info, requestHeaders } = this.handle;
    return new FormatView({ info, requestHeaders, responseHeaders: this.responseHeaders, responseTrailers: this.responseTrailers }, this.env.machine, this.env.clock.now());
  }
}
