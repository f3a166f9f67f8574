/** A connection as matchers of network filters look at it. */
import type { Env } from "../contract/env.ts";
import type { DownstreamConnection } from "../contract/network-filter.ts";
import type { RuntimeView } from "../contract/request-view.ts";
import type { StreamInfo } from "../contract/stream-info.ts";
import { HeaderBlock } from "../http/header-block.ts";
import type { FormatContext } from "../match/format/format-context.ts";
import type { MatchSubject, TlsPeer } from "../match/inputs/subject.ts";
import { FormatView } from "../stream/format-view.ts";
import { tlsPeer } from "../stream/tls-peer.ts";

const NO_HEADERS = new HeaderBlock();

/** Facts for format strings of a connection. */
export function connectionView(info: StreamInfo, env: Env): FormatView {
  return new FormatView({ info, requestHeaders: null, responseHeaders: null, responseTrailers: null }, env.machine, env.clock.now(), "", "NotSet");
}

export class ConnectionSubject implements MatchSubject {
  readonly requestHeaders = NO_HEADERS;
  readonly responseHeaders = null;
  readonly responseTrailers = null;
  readonly routeMetadata = null;
  private readonly connection: DownstreamConnection;
  private readonly env: Env;

  constructor(connection: DownstreamConnection, env: Env) {
    this.connection = connection;
    this.env = env;
  }

  get info(): StreamInfo {
    return this.connection.info;
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
    return this.env.random.u64();
  }

  get facts(): FormatContext {
    return connectionView(this.info, this.env);
  }
}
