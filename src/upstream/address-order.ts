/** In which order the addresses of a host are tried: families take turns (RFC 8305, section 4; Envoy's HappyEyeballsConnectionProvider). Pure. */
import { isIpv6, type SocketAddress } from "../platform/address.ts";

export interface FamilyOrder {
  /** Undefined: that of the first address. */
  readonly first: "V4" | "V6" | undefined;
  /** So many of the first family before the other has a turn. */
  readonly count: number;
}

export function orderAddresses(addresses: readonly SocketAddress[], { first, count }: FamilyOrder): readonly SocketAddress[] {
  const [head] = addresses;
  if (head === undefined) return addresses;
  const six = first === undefined ? isIpv6(head) : first === "V6";
  const own = addresses.filter((address) => isIpv6(address) === six);
  const other = addresses.filter((address) => isIpv6(address) !== six);
  const ordered: SocketAddress[] = [];
  while (own.length > 0 || other.length > 0) {
    ordered.push(...own.splice(0, ordered.length === 0 ? count : 1));
    ordered.push(...other.splice(0, 1));
  }
  return ordered;
}
