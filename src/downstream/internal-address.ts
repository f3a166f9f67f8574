/** Which addresses count as internal (`internal_address_config`; envoy-semantics 1.3: by default none does). */
import { Cidr, PRIVATE_NETWORKS } from "../base/cidr.ts";
import type { SocketAddress } from "../platform/address.ts";
import type { HttpConnectionManager_InternalAddressConfig } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";

/** Without a configuration nothing is internal; with an empty one the private networks are; with ranges exactly those. */
export function internalAddresses(config: HttpConnectionManager_InternalAddressConfig | undefined): (address: SocketAddress) => boolean {
  if (config === undefined) return () => false;
  const ranges = config.cidr_ranges ?? [];
  const networks = ranges.length === 0
    ? PRIVATE_NETWORKS
    : ranges.map((range) => Cidr.of(range.address_prefix ?? "", range.prefix_len ?? 0)).filter((cidr) => cidr !== null);
  const pipes = config.unix_sockets ?? false;
  return (address) => (address.kind === "pipe" ? pipes : networks.some((network) => network.contains(address.ip)));
}
