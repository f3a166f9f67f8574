/** Addresses of sockets, as values, and the text Envoy prints for them. */

export interface IpAddress {
  readonly kind: "ip";
  /** Canonical text: dotted quad, or IPv6 without brackets. */
  readonly ip: string;
  readonly port: number;
}

export interface PipeAddress {
  readonly kind: "pipe";
  /** Path of a Unix socket; a leading "@" names Linux's abstract namespace. */
  readonly path: string;
}

export type SocketAddress = IpAddress | PipeAddress;

export function ipAddress(ip: string, port: number): IpAddress {
  return { kind: "ip", ip, port };
}

export function pipeAddress(path: string): PipeAddress {
  return { kind: "pipe", path };
}

export function isIpv6(address: SocketAddress): boolean {
  return address.kind === "ip" && address.ip.includes(":");
}

/** `10.0.0.1:80`, `[::1]:80`, or the path. */
export function formatAddress(address: SocketAddress): string {
  if (address.kind === "pipe") return address.path;
  return address.ip.includes(":") ? `[${address.ip}]:${address.port}` : `${address.ip}:${address.port}`;
}

export function sameAddress(a: SocketAddress, b: SocketAddress): boolean {
  if (a.kind === "pipe") return b.kind === "pipe" && a.path === b.path;
  return b.kind === "ip" && a.port === b.port && a.ip === b.ip;
}
