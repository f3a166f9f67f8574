/** Dials the hosts of one cluster through its transport socket. Pools do not know of it. */
import type { Env } from "../contract/env.ts";
import type { Plan } from "../contract/extension.ts";
import type { UpstreamTransport } from "../contract/transport-socket.ts";
import type { SocketAddress } from "../platform/address.ts";
import type { Conn, ConnHandler, DialOptions, Dialer } from "../platform/conn.ts";
import { ScopedStats } from "../stats/scoped-stats.ts";

export class TransportDialer implements Dialer {
  private readonly inner: Dialer;
  private readonly transport: UpstreamTransport;
  private readonly scope: ScopedStats;

  /** Throws where the transport cannot be made of what it names: a file that is not there, a key that does not fit. */
  constructor(plan: Plan<UpstreamTransport>, env: Env) {
    this.scope = new ScopedStats(env.stats);
    this.inner = env.dialer;
    this.transport = plan.open({ ...env, stats: this.scope });
  }

  dial(target: SocketAddress, handler: ConnHandler, options: DialOptions): Conn {
    const start = this.transport.start({ address: target, hostname: options.hostname ?? "", serverName: options.serverName, acceptedNames: options.acceptedNames, alpn: options.alpn, client: options.client });
    if (typeof start === "string") return this.inner.dial(target, handler, { ...options, refusal: start });
    return this.inner.dial(start.address ?? target, handler, { ...options, prelude: start.prelude, tls: start.tls });
  }

  /** Each client needs connections of its own. */
  get perClient(): boolean {
    return this.transport.perClient === true;
  }

  close(): void {
    this.transport.close();
    this.scope.closeAll();
  }
}
