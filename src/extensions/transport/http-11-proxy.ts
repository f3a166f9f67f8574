/** Reaches TLS hosts through an HTTP proxy: CONNECT first, and what another transport socket says behind the proxy's 200 (`http_11_proxy`). */
import { Buffer } from "node:buffer";
import { defineExtension, type Plan } from "../../contract/extension.ts";
import { findExtension } from "../../contract/find-extension.ts";
import { socketAddressOf } from "../../contract/socket-address.ts";
import type { UpstreamPeer, UpstreamStart, UpstreamTransport } from "../../contract/transport-socket.ts";
import { formatAddress, type SocketAddress } from "../../platform/address.ts";
import type { Prelude } from "../../platform/conn.ts";
import type { Http11ProxyUpstreamTransport } from "../../schema/generated/envoy/extensions/transport_sockets/http_11_proxy/v3.ts";

const CONFIG = "envoy.extensions.transport_sockets.http_11_proxy.v3.Http11ProxyUpstreamTransport";

export const http11Proxy = defineExtension<"envoy.transport_sockets.upstream", Http11ProxyUpstreamTransport>({
  category: "envoy.transport_sockets.upstream",
  name: "envoy.transport_sockets.http_11_proxy",
  config: CONFIG,
  honours: { [CONFIG]: ["transport_socket", "default_proxy_address"] },
  compile(config, context) {
    const socket = config.transport_socket;
    const inner = socket === undefined ? undefined : findExtension("envoy.transport_sockets.upstream", socket, context)?.compile(socket.typed_config as never, context);
    const proxy = config.default_proxy_address === undefined ? null : socketAddressOf(config.default_proxy_address);
    return { open: (env) => new ThroughProxy(proxy, (inner ?? PLAIN).open(env)) };
  },
});

const PLAIN: Plan<UpstreamTransport> = { open: () => ({ secure: false, start: () => ({}), close: () => {} }) };

class ThroughProxy implements UpstreamTransport {
  private readonly proxy: SocketAddress | null;
  private readonly inner: UpstreamTransport;

  constructor(proxy: SocketAddress | null, inner: UpstreamTransport) {
    this.proxy = proxy;
    this.inner = inner;
  }

  get secure(): boolean {
    return this.inner.secure;
  }

  /** Plain text goes to the proxy as it is: only what is sealed needs a tunnel. */
  start(peer: UpstreamPeer): UpstreamStart | string {
    const start = this.inner.start(peer);
    if (typeof start === "string" || this.proxy === null) return start;
    if (!this.inner.secure) return { ...start, address: this.proxy };
    const port = peer.address.kind === "ip" ? `:${peer.address.port}` : "";
    return { ...start, address: this.proxy, prelude: connectTo(peer.hostname === "" ? formatAddress(peer.address) : `${peer.hostname}${port}`) };
  }

  close(): void {
    this.inner.close();
  }
}

const MOST_ANSWER_BYTES = 2000;

function connectTo(target: string): Prelude {
  return {
    bytes: Buffer.from(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`, "latin1"),
    answered(received): number {
      const end = received.indexOf("\r\n\r\n");
      if (end < 0) return received.length >= MOST_ANSWER_BYTES ? -1 : 0;
      const start = received.toString("latin1", 0, 20);
      // what is no HTTP is no whole answer either, and Envoy waits for one
      if (!start.startsWith("HTTP/1.")) return 0;
      return /^HTTP\/1\.[01] 200[ \r]/.test(start) ? end + 4 : -1;
    },
  };
}
