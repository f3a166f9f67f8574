/** Sends back what it is sent. */
import { defineExtension } from "../../contract/extension.ts";
import type { DownstreamConnection, ServedConnection } from "../../contract/network-filter.ts";
import type { Conn } from "../../platform/conn.ts";
import type { Echo } from "../../schema/generated/envoy/extensions/filters/network/echo/v3.ts";

const CONFIG = "envoy.extensions.filters.network.echo.v3.Echo";

class EchoedConnection implements ServedConnection {
  readonly busy = true;
  readonly halfCloses = true;
  private readonly connection: DownstreamConnection;
  private readonly done: () => void;

  constructor(connection: DownstreamConnection, done: () => void) {
    this.connection = connection;
    this.done = done;
  }

  drain(): void {}

  onData(conn: Conn, chunk: Buffer): void {
    if (this.connection.logged) {
      this.connection.info.bytesReceived += chunk.length;
      this.connection.info.bytesSent += chunk.length;
    }
    if (!conn.write(chunk, 0, chunk.length)) conn.pause();
  }

  onDrain(conn: Conn): void {
    conn.resume();
  }

  onEnd(conn: Conn): void {
    conn.end();
  }

  onClose(): void {
    this.done();
  }
}

export const echo = defineExtension<"envoy.filters.network", Echo>({
  category: "envoy.filters.network",
  name: "envoy.filters.network.echo",
  aliases: ["envoy.echo"],
  config: CONFIG,
  honours: { [CONFIG]: [] },
  terminal: true,
  compile: () => ({ open: () => ({ kind: "terminal", create: (connection, done) => new EchoedConnection(connection, done) }) }),
});
