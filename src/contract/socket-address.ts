/** Addresses of listeners and of the admin server, from their messages. */
import { canonicalIp } from "../base/ip-text.ts";
import { ipAddress, pipeAddress, type SocketAddress } from "../platform/address.ts";
import type { Address } from "../schema/generated/envoy/config/core/v3.ts";

/** Null where it is given in a form that is no address: a host name, a named port, an internal address. */
export function socketAddressOf(address: Address | undefined): SocketAddress | null {
  if (address?.pipe !== undefined) return pipeAddress(address.pipe.path ?? "");
  const ip = canonicalIp(address?.socket_address?.address ?? "");
  return ip === null ? null : ipAddress(ip, address?.socket_address?.port_value ?? 0);
}
