/** What is known of a connection when its filter chain is chosen. */
import { canonicalIp } from "../base/ip-text.ts";
import type { SocketAddress } from "../platform/address.ts";

export interface ConnectionFacts {
  /** Where it was sent: the local address, or what a listener filter restored (`original_dst`, `proxy_protocol`). */
  readonly destination: SocketAddress;
  /** Who sent it, as listener filters understand it (`proxy_protocol`). */
  readonly source: SocketAddress;
  /** The peer of the socket itself. */
  readonly directSource: SocketAddress;
  /** Name in TLS as `tls_inspector` read it, lower case; `""`: none, or nobody looked. */
  readonly serverName: string;
  /** `tls`, as `tls_inspector` says; `raw_buffer` where nobody said anything. */
  readonly transportProtocol: string;
  /** ALPN as `tls_inspector` read it, or what `http_inspector` found, in the client's order. */
  readonly applicationProtocols: readonly string[];
}

/** The IP address in canonical text; `undefined` for a pipe or an internal address. */
export function ipOf(address: SocketAddress): string | undefined {
  return address.kind === "ip" ? canonicalIp(address.ip) ?? undefined : undefined;
}

export function portOf(address: SocketAddress): number | undefined {
  return address.kind === "ip" ? address.port : undefined;
}

/** Envoy's "same IP or loopback": a pipe, `127.0.0.1` or `::1` (no other loopback), or both ends on one address. */
export function isLocal({ source, destination }: ConnectionFacts): boolean {
  if (source.kind !== "ip") return true;
  const ip = ipOf(source);
  return ip === "127.0.0.1" || ip === "::1" || (ip !== undefined && ip === ipOf(destination));
}
