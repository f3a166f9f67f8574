/** An accepted connection and its stream info, which is made when somebody asks for it: plain HTTP never does. */
import type { Env } from "../contract/env.ts";
import type { AcceptedSocket } from "../contract/listener-filter.ts";
import type { DownstreamConnection } from "../contract/network-filter.ts";
import { type DownstreamFacts, StreamInfo } from "../contract/stream-info.ts";
import type { SocketAddress } from "../platform/address.ts";
import type { Conn } from "../platform/conn.ts";
import type { TlsFacts } from "../platform/tls.ts";
import type { ConnectionFacts } from "./connection-facts.ts";

const NO_PROTOCOLS: readonly string[] = [];

export class AcceptedConnection implements DownstreamConnection, AcceptedSocket, ConnectionFacts, DownstreamFacts {
  readonly conn: Conn;
  logged: boolean;
  remote: SocketAddress;
  local: SocketAddress;
  localRestored = false;
  /** Another listener than the one that accepted it serves it. */
  handedOver = false;
  serverName = "";
  transportProtocol = "";
  applicationProtocols = NO_PROTOCOLS;
  ja3 = "";
  ja4 = "";
  /** Why its transport was given up without a handshake. */
  transportReason = "";
  /** The chain's transport seals its bytes. */
  secure = false;
  filterChainName = "";
  listenerMetadata: Readonly<Record<string, unknown>> | null = null;
  chainMetadata: Readonly<Record<string, unknown>> | null = null;
  private readonly env: Env;
  private readonly start: number;
  private made: StreamInfo | null = null;

  constructor(conn: Conn, env: Env, logged: boolean) {
    this.conn = conn;
    this.env = env;
    this.logged = logged;
    this.start = env.clock.now();
    this.remote = conn.remote;
    this.local = conn.local;
  }

  get info(): StreamInfo {
    return (this.made ??= this.newInfo());
  }

  /** The filter state and metadata that listener filters left, for streams of the connection; null: none. */
  get state(): StreamInfo | null {
    return this.made;
  }

  /** What an inspector found; requests of the connection do not tell of it. */
  set failure(reason: string) {
    this.info.transportFailure = reason;
  }

  get failure(): string {
    return this.made?.transportFailure ?? "";
  }

  get facts(): DownstreamFacts {
    return this;
  }

  get filterState(): ReadonlyMap<string, unknown> | null {
    return this.made?.filterState ?? null;
  }

  get connectionId(): number {
    return this.conn.id;
  }

  get direct(): SocketAddress {
    return this.conn.remote;
  }

  get directLocal(): SocketAddress {
    return this.conn.local;
  }

  get tls(): TlsFacts | undefined {
    return this.conn.tls;
  }

  get requestedServerName(): string {
    return this.serverName;
  }

  get transportFailure(): string {
    return this.conn.failure === "" ? this.transportReason : this.conn.failure;
  }

  get destination(): SocketAddress {
    return this.local;
  }

  get source(): SocketAddress {
    return this.remote;
  }

  get directSource(): SocketAddress {
    return this.conn.remote;
  }

  /** Milliseconds since it was accepted. */
  get age(): number {
    return this.env.clock.now() - this.start;
  }

  private newInfo(): StreamInfo {
    const { env } = this;
    const info = new StreamInfo(this);
    info.protocol = "";
    info.start = this.start;
    info.startWall = env.clock.wall() - this.age;
    return info;
  }
}
