/** Finds out whether a connection speaks TLS, and what its ClientHello asks for. Nothing is taken from it. */
import type { Buffer } from "node:buffer";
import { ja3, ja4 } from "../../codec/client-fingerprint.ts";
import { type ClientHello, notTls, readClientHello } from "../../codec/client-hello.ts";
import { defineExtension } from "../../contract/extension.ts";
import { type AcceptedSocket, Done, type ListenerFilter, type ListenerVerdict, Refuse, Wait } from "../../contract/listener-filter.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import type { TlsInspector } from "../../schema/generated/envoy/extensions/filters/listener/tls_inspector/v3.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

const CONFIG = "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector";
const NAME = "envoy.filters.listener.tls_inspector";

const SHAPE = statLayout({
  counters: ["alpn_found", "alpn_not_found", "client_hello_too_large", "sni_found", "sni_not_found", "tls_found", "tls_not_found"], histograms: ["bytes_processed"],
});
const S = Object.fromEntries(SHAPE.specs.map(({ name }) => [name, placeIn(SHAPE, name)])) as Readonly<Record<string, number>>;
const count = (stats: StatBlock, name: string): void => stats.inc(S[name] as number);

const MOST_HELLO_BYTES = 16_384;
const UNEXPECTED = "100000e0:SSL routines:OPENSSL_internal:UNEXPECTED_MESSAGE";

export const tlsInspector = defineExtension<"envoy.filters.listener", TlsInspector>({
  category: "envoy.filters.listener",
  name: NAME,
  config: CONFIG,
  honours: { [CONFIG]: ["enable_ja3_fingerprinting", "enable_ja4_fingerprinting", "initial_read_buffer_size", "close_connection_on_client_hello_parsing_errors", "max_client_hello_size"] },
  compile: (config) => ({
    open(env) {
      const stats = env.stats.block("tls_inspector.", SHAPE);
      return () => new Inspection(config, stats);
    },
  }),
});

class Inspection implements ListenerFilter {
  private readonly config: TlsInspector;
  private readonly stats: StatBlock;

  constructor(config: TlsInspector, stats: StatBlock) {
    this.config = config;
    this.stats = stats;
  }

  onAccept(): ListenerVerdict {
    return Wait;
  }

  onData(received: Buffer, socket: AcceptedSocket): ListenerVerdict {
    const most = this.config.max_client_hello_size ?? MOST_HELLO_BYTES;
    // no more than that is looked at, though more may have come at once
    const hello = readClientHello(received.subarray(0, most));
    if (hello === "more") {
      if (received.length < most) return Wait;
      count(this.stats, "client_hello_too_large");
      socket.info.mergeMetadata(NAME, { failure_reason: "ClientHelloTooLarge" });
      return Refuse;
    }
    this.stats.record(S["bytes_processed"] as number, received.length);
    return hello === "no" ? this.notTls(received, socket) : this.found(hello, socket);
  }

  private found(hello: ClientHello, socket: AcceptedSocket): ListenerVerdict {
    count(this.stats, "tls_found");
    count(this.stats, hello.serverName === "" ? "sni_not_found" : "sni_found");
    count(this.stats, hello.protocols === undefined ? "alpn_not_found" : "alpn_found");
    socket.serverName = hello.serverName;
    if (hello.protocols !== undefined) socket.applicationProtocols = hello.protocols;
    if (this.config.enable_ja3_fingerprinting === true) socket.ja3 = ja3(hello);
    if (this.config.enable_ja4_fingerprinting === true) socket.ja4 = ja4(hello);
    socket.transportProtocol = "tls";
    return Done;
  }

  private notTls(received: Buffer, socket: AcceptedSocket): ListenerVerdict {
    count(this.stats, "tls_not_found");
    socket.info.mergeMetadata(NAME, { failure_reason: "ClientHelloNotDetected" });
    socket.failure = `TLS_error|error:${notTls(received) ?? UNEXPECTED}:TLS_error_end`;
    return this.config.close_connection_on_client_hello_parsing_errors === true ? Refuse : Done;
  }
}
