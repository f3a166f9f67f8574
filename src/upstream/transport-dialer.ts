/** Dials the hosts of one cluster through its transport sockets. Pools do not know of it. */
import type { Env } from "../contract/env.ts";
import type { UpstreamTransport } from "../contract/transport-socket.ts";
import type { SocketAddress } from "../platform/address.ts";
import type { Conn, ConnHandler, DialOptions, Dialer } from "../platform/conn.ts";
import { ScopedStats } from "../stats/scoped-stats.ts";
import { NO_MATCH, type TransportPlans } from "./transport-matches.ts";

export class TransportDialer implements Dialer {
  private readonly inner: Dialer;
  private readonly fallback: UpstreamTransport | null;
  private readonly matched: readonly (UpstreamTransport | null)[];
  private readonly scope: ScopedStats;

  /** Throws where a transport cannot be made of what it names: a file that is not there, a key that does not fit. */
  constructor({ fallback, matches }: TransportPlans, env: Env) {
    this.scope = new ScopedStats(env.stats);
    this.inner = env.dialer;
    const scoped = { ...env, stats: this.scope };
    this.fallback = fallback?.open(scoped) ?? null;
    this.matched = matches.map(({ plan }) => plan?.open(scoped) ?? null);
  }

  dial(target: SocketAddress, handler: ConnHandler, options: DialOptions): Conn {
    const { transport: index = NO_MATCH } = options;
    const transport = index === NO_MATCH ? this.fallback : (this.matched[index] ?? null);
    if (transport === null) return this.inner.dial(target, handler, options);
    const start = transport.start({ address: target, hostname: options.hostname ?? "", serverName: options.serverName, acceptedNames: options.acceptedNames, alpn: options.alpn, client: options.client });
    if (typeof start === "string") return this.inner.dial(target, handler, { ...options, refusal: start });
    return this.inner.dial(start.address ?? target, handler, { ...options, prelude: start.prelude, tls: start.tls });
  }

  /** Each client needs connections of its own. */
  get perClient(): boolean {
    return this.all().some((transport) => transport.perClient === true);
  }

  close(): void {
    for (const transport of this.all()) transport.close();
    this.scope.closeAll();
  }

  private all(): UpstreamTransport[] {
    return [this.fallback, ...this.matched].filter((transport) => transport !== null);
  }
}
