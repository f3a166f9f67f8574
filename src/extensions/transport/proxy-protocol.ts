/** Tells hosts who the client is, by a PROXY header in front of what another transport socket sends (`upstream_proxy_protocol`). */
import { proxyHeader } from "../../codec/proxy-header.ts";
import { defineExtension, type Plan } from "../../contract/extension.ts";
import { findExtension } from "../../contract/find-extension.ts";
import type { UpstreamPeer, UpstreamStart, UpstreamTransport } from "../../contract/transport-socket.ts";
import { pipeAddress } from "../../platform/address.ts";
import type { ProxyProtocolUpstreamTransport } from "../../schema/generated/envoy/extensions/transport_sockets/proxy_protocol/v3.ts";

const CONFIG = "envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport";

export const upstreamProxyProtocol = defineExtension<"envoy.transport_sockets.upstream", ProxyProtocolUpstreamTransport>({
  category: "envoy.transport_sockets.upstream",
  name: "envoy.transport_sockets.upstream_proxy_protocol",
  config: CONFIG,
  honours: { [CONFIG]: ["config", "transport_socket"], "envoy.config.core.v3.ProxyProtocolConfig": ["version"] },
  compile(config, context) {
    const socket = config.transport_socket;
    const inner = socket === undefined ? undefined : findExtension("envoy.transport_sockets.upstream", socket, context)?.compile(socket.typed_config as never, context);
    const version = config.config?.version === "V2" ? 2 : 1;
    return { open: (env) => new Announcing(version, (inner ?? PLAIN).open(env)) };
  },
});

const PLAIN: Plan<UpstreamTransport> = { open: () => ({ secure: false, start: () => ({}), close: () => {} }) };
const NOWHERE = pipeAddress("");

class Announcing implements UpstreamTransport {
  readonly perClient = true;
  private readonly version: 1 | 2;
  private readonly inner: UpstreamTransport;

  constructor(version: 1 | 2, inner: UpstreamTransport) {
    this.version = version;
    this.inner = inner;
  }

  get secure(): boolean {
    return this.inner.secure;
  }

  /** Of a connection without a client (a health check) version 2 says so; version 1 has no word for it but UNKNOWN. */
  start(peer: UpstreamPeer): UpstreamStart | string {
    const start = this.inner.start(peer);
    if (typeof start === "string") return start;
    const { client } = peer;
    return { ...start, prelude: { bytes: proxyHeader(this.version, client?.remote ?? NOWHERE, client?.local ?? NOWHERE) } };
  }

  close(): void {
    this.inner.close();
  }
}
