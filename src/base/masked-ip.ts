import { canonicalIp, formatIpv6, ipv6Groups } from "./ip-text.ts";

/** `address/length` with the bits behind the prefix cleared. The text must be an address. */
export function maskedIp(ip: string, v4Length: number, v6Length: number): string {
  const text = canonicalIp(ip) ?? ip;
  const keep = (value: number, bits: number, width: number): number => (bits >= width ? value : bits <= 0 ? 0 : value & ~((1 << (width - bits)) - 1));
  if (!text.includes(":")) return `${text.split(".").map((part, i) => keep(Number(part), v4Length - i * 8, 8)).join(".")}/${Math.min(32, v4Length)}`;
  const groups = (ipv6Groups(text) ?? []).map((group, i) => keep(group, v6Length - i * 16, 16));
  return `${formatIpv6(groups)}/${Math.min(128, v6Length)}`;
}
