/** Ranges of IP addresses. */
import { canonicalIp, ipOfWords, ipv6Groups } from "./ip-text.ts";

/** The bits of an address as 16-bit words: 2 for IPv4, 8 for IPv6. */
function words(ip: string): readonly number[] | null {
  const canonical = canonicalIp(ip);
  if (canonical === null) return null;
  if (canonical.includes(":")) return ipv6Groups(canonical);
  const [a, b, c, d] = canonical.split(".").map(Number) as [number, number, number, number];
  return [a * 256 + b, c * 256 + d];
}

export class Cidr {
  private readonly network: readonly number[];
  /** Bits; longer than the address means the whole of it. */
  readonly length: number;

  private constructor(network: readonly number[], length: number) {
    this.network = network;
    this.length = Math.min(length, network.length * 16);
  }

  /** Null when `prefix` is no address. */
  static of(prefix: string, length: number): Cidr | null {
    const network = words(prefix);
    return network === null ? null : new Cidr(network, length);
  }

  /** One text for ranges that hold the same addresses: `10.0.0.0/8`. */
  get text(): string {
    const masked = this.network.map((word, i) => word & (0xffff << Math.max(0, 16 - Math.max(0, this.length - i * 16))) & 0xffff);
    return `${ipOfWords(masked)}/${this.length}`;
  }

  /** An address of the other family is never contained. */
  contains(ip: string): boolean {
    const address = words(ip);
    if (address === null || address.length !== this.network.length) return false;
    for (let i = 0, bits = this.length; bits > 0; i++, bits -= 16) {
      const mask = bits >= 16 ? 0xffff : (0xffff << (16 - bits)) & 0xffff;
      if (((address[i] as number) & mask) !== ((this.network[i] as number) & mask)) return false;
    }
    return true;
  }
}

const ranges: readonly (readonly [string, number])[] = [
  ["10.0.0.0", 8], ["172.16.0.0", 12], ["192.168.0.0", 16], ["127.0.0.1", 32], ["::1", 128], ["fd00::", 8],
];

/** RFC 1918, 127.0.0.1 and unique local addresses, as Envoy's `isInternalAddress` has them. */
export const PRIVATE_NETWORKS: readonly Cidr[] = ranges.map(([prefix, length]) => Cidr.of(prefix, length) as Cidr);
