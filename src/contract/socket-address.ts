/** Addresses of listeners and of the admin server, from their messages. */
import { canonicalIp } from "../base/ip-text.ts";
import { ipAddress, pipeAddress, type SocketAddress } from "../platform/address.ts";
import type { Address } from "../schema/generated/envoy/config/core/v3.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";

/** Where a listener listens. */
export interface ListenPlace {
  readonly address: SocketAddress;
  /** Of `::`: no IPv4. */
  readonly ipv6Only: boolean;
  /** Permissions of a Unix socket. */
  readonly mode: number | undefined;
}

/** Every address of a listener, the first one first; those that are no addresses are left out. */
export function listenPlaces({ address, additional_addresses: more = [] }: Listener): ListenPlace[] {
  return [address, ...more.map((one) => one.address)].flatMap((each) => {
    const found = socketAddressOf(each);
    return found === null ? [] : [{ address: found, ipv6Only: each?.socket_address?.ipv4_compat !== true, mode: each?.pipe?.mode }];
  });
}

/** Null where it is given in a form that is no address: a host name, a named port, an internal address. */
export function socketAddressOf(address: Address | undefined): SocketAddress | null {
  if (address?.pipe !== undefined) return pipeAddress(address.pipe.path ?? "");
  const ip = canonicalIp(address?.socket_address?.address ?? "");
  return ip === null ? null : ipAddress(ip, address?.socket_address?.port_value ?? 0);
}
