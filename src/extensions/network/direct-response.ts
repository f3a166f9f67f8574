/** Answers a connection with fixed bytes and closes it. */
import { Buffer } from "node:buffer";
import { honours, readDataSource } from "../../contract/data-source.ts";
import { defineExtension } from "../../contract/extension.ts";
import type { DownstreamConnection, ServedConnection } from "../../contract/network-filter.ts";
import type { Config } from "../../schema/generated/envoy/extensions/filters/network/direct_response/v3.ts";

const NOTHING = Buffer.alloc(0);
const CONFIG = "envoy.extensions.filters.network.direct_response.v3.Config";

class AnsweredConnection implements ServedConnection {
  readonly busy = true;
  private readonly connection: DownstreamConnection;
  private readonly response: Buffer;
  private readonly done: () => void;

  constructor(connection: DownstreamConnection, response: Buffer, done: () => void) {
    this.connection = connection;
    this.response = response;
    this.done = done;
  }

  drain(): void {}

  begin(): void {
    if (this.connection.facts.secure !== true) this.answer();
  }

  onSecured(): void {
    this.answer();
  }

  private answer(): void {
    const { connection: { conn, info }, response } = this;
    info.details = "direct_response";
    info.bytesSent += response.length;
    conn.write(response, 0, response.length);
    conn.close();
  }

  onData(): void {}

  onDrain(): void {}

  onEnd(): void {}

  onClose(): void {
    this.done();
  }
}

export const directResponse = defineExtension<"envoy.filters.network", Config>({
  category: "envoy.filters.network",
  name: "envoy.filters.network.direct_response",
  config: CONFIG,
  honours: { [CONFIG]: ["response"], ...honours },
  terminal: true,
  compile: ({ response: source }) => ({
    open(env) {
      const response = readDataSource(source, env) ?? NOTHING;
      return { kind: "terminal", create: (connection, done) => new AnsweredConnection(connection, response, done) };
    },
  }),
});
