/** Answers a connection with fixed bytes and closes it. */
import { Buffer } from "node:buffer";
import { defineExtension } from "../../contract/extension.ts";
import type { Env } from "../../contract/env.ts";
import type { DownstreamConnection, ServedConnection } from "../../contract/network-filter.ts";
import type { DataSource } from "../../schema/generated/envoy/config/core/v3.ts";
import type { Config } from "../../schema/generated/envoy/extensions/filters/network/direct_response/v3.ts";

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

function bytesOf(source: DataSource | undefined, env: Env): Buffer {
  if (source?.inline_bytes !== undefined) return Buffer.from(source.inline_bytes, "base64");
  if (source?.environment_variable !== undefined) return Buffer.from(env.machine.environment(source.environment_variable) ?? "", "utf8");
  return Buffer.from(source?.inline_string ?? "", "utf8");
}

export const directResponse = defineExtension<"envoy.filters.network", Config>({
  category: "envoy.filters.network",
  name: "envoy.filters.network.direct_response",
  config: CONFIG,
  honours: { [CONFIG]: ["response"], "envoy.config.core.v3.DataSource": ["inline_string", "inline_bytes", "environment_variable"] },
  terminal: true,
  compile({ response: source }, { diagnostics }) {
    if (source?.filename !== undefined) diagnostics.report({ code: "LGT0901", at: source, key: "filename", message: "a response from a file is known to Envoy and not done here" });
    return {
      open(env) {
        const response = bytesOf(source, env);
        return { kind: "terminal", create: (connection, done) => new AnsweredConnection(connection, response, done) };
      },
    };
  },
});
