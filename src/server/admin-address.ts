/** Addresses as `envoy.config.core.v3.Address` in the JSON of the admin server. */
import type { SocketAddress } from "../platform/address.ts";

export function addressJson(address: SocketAddress): object {
  if (address.kind === "pipe") return { pipe: { path: address.path } };
  return { socket_address: { address: address.ip, port_value: address.port } };
}

/** Of the text that `formatAddress` makes. */
export function boundJson(text: string): object {
  const ip = /^(?:\[(.+)\]|([\d.]+)):(\d+)$/.exec(text);
  if (ip === null) return { pipe: { path: text } };
  return { socket_address: { address: ip[1] ?? ip[2] ?? "", port_value: Number(ip[3]) } };
}
