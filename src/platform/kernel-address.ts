/** Addresses as the kernel's `struct sockaddr` has them. */
import { Buffer } from "node:buffer";
import { ipOfWords, ipv6Groups } from "../base/ip-text.ts";
import { ipAddress, pipeAddress, type SocketAddress } from "./address.ts";
import { abstractName } from "./unix-path.ts";

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
/** Room for any of them, bytes. */
export const MOST_ADDRESS_BYTES = 128;

const IPV4_BYTES = 16;
const IPV6_BYTES = 28;
const FAMILY_BYTES = 2;

export function familyOf(address: SocketAddress): number {
  if (address.kind === "pipe") return AF_UNIX;
  return address.ip.includes(":") ? AF_INET6 : AF_INET;
}

/** Null: a text that is no address. */
export function toKernel(address: SocketAddress): Buffer | null {
  if (address.kind === "pipe") {
    const path = Buffer.from(abstractName(address.path), "utf8");
    // a path ends with a zero byte, an abstract name with its length
    const bytes = Buffer.alloc(FAMILY_BYTES + path.length + (path[0] === 0 ? 0 : 1));
    bytes.writeUInt16LE(AF_UNIX, 0);
    path.copy(bytes, FAMILY_BYTES);
    return bytes;
  }
  return address.ip.includes(":") ? fromIpv6(address.ip, address.port) : fromIpv4(address.ip, address.port);
}

function fromIpv4(ip: string, port: number): Buffer | null {
  const parts = ip.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return null;
  const bytes = Buffer.alloc(IPV4_BYTES);
  bytes.writeUInt16LE(AF_INET, 0);
  bytes.writeUInt16BE(port, FAMILY_BYTES);
  for (const [i, part] of parts.entries()) bytes[4 + i] = part;
  return bytes;
}

function fromIpv6(ip: string, port: number): Buffer | null {
  const words = ipv6Groups(ip);
  if (words === null) return null;
  const bytes = Buffer.alloc(IPV6_BYTES);
  bytes.writeUInt16LE(AF_INET6, 0);
  bytes.writeUInt16BE(port, FAMILY_BYTES);
  for (const [i, word] of words.entries()) bytes.writeUInt16BE(word, 8 + 2 * i);
  return bytes;
}

/** What the kernel wrote. A Unix socket that has no name is the empty path. */
export function fromKernel(bytes: Buffer, length: number): SocketAddress {
  const family = bytes.readUInt16LE(0);
  if (family === AF_INET) return ipAddress(`${bytes[4]}.${bytes[5]}.${bytes[6]}.${bytes[7]}`, bytes.readUInt16BE(FAMILY_BYTES));
  if (family === AF_INET6) return ipAddress(ipOfWords(Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(8 + 2 * i))), bytes.readUInt16BE(FAMILY_BYTES));
  const path = bytes.toString("utf8", FAMILY_BYTES, Math.max(FAMILY_BYTES, length));
  return pipeAddress(path.startsWith("\0") ? `@${path.slice(1)}` : path.replace(/\0.*$/s, ""));
}

/** What a call that writes an address and its length gives, 0 being its success; null where it fails. */
export function addressFrom(call: (address: Buffer, length: Buffer) => number): SocketAddress | null {
  const [address, length] = [Buffer.alloc(MOST_ADDRESS_BYTES), Buffer.from([MOST_ADDRESS_BYTES, 0, 0, 0])];
  return call(address, length) === 0 ? fromKernel(address, length.readInt32LE(0)) : null;
}
