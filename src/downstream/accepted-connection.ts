/** An accepted connection and its stream info, which is made when somebody asks for it: plain HTTP never does. */
import type { Env } from "../contract/env.ts";
import type { DownstreamConnection } from "../contract/network-filter.ts";
import { StreamInfo } from "../contract/stream-info.ts";
import type { Conn } from "../platform/conn.ts";

export class AcceptedConnection implements DownstreamConnection {
  readonly conn: Conn;
  readonly logged: boolean;
  private readonly env: Env;
  private readonly start: number;
  private made: StreamInfo | null = null;

  constructor(conn: Conn, env: Env, logged: boolean) {
    this.conn = conn;
    this.env = env;
    this.logged = logged;
    this.start = env.clock.now();
  }

  get info(): StreamInfo {
    return (this.made ??= this.newInfo());
  }

  /** Milliseconds since it was accepted. */
  get age(): number {
    return this.env.clock.now() - this.start;
  }

  private newInfo(): StreamInfo {
    const { conn, env } = this;
    const info = new StreamInfo({ connectionId: conn.id, remote: conn.remote, local: conn.local, direct: conn.remote });
    info.protocol = "";
    info.start = this.start;
    info.startWall = env.clock.wall() - this.age;
    return info;
  }
}
