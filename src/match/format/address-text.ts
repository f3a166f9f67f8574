/** Addresses in the form in which stream facts carry them: `1.2.3.4:80`, `[::1]:80`, or a socket's path. */

const IP_AND_PORT = /^(?:\d+\.\d+\.\d+\.\d+|\[[^\]]*\]):\d+$/;

export function isIpAndPort(address: string): boolean {
  return IP_AND_PORT.test(address);
}

export function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

/** `1.2.3.4:80` to `1.2.3.4`, `[::1]:80` to `::1`; anything else stays. */
export function withoutPort(address: string): string {
  if (!isIpAndPort(address)) return address;
  const ip = address.slice(0, address.lastIndexOf(":"));
  return ip.startsWith("[") ? ip.slice(1, -1) : ip;
}
