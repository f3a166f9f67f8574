/** The PROXY protocol header that tells a host who the client is (proxy-protocol.txt; Envoy's `generateProxyProtoHeader`). */
import { Buffer } from "node:buffer";
import { ipv6Groups } from "../base/ip-text.ts";
import type { SocketAddress } from "../platform/address.ts";

const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const LOCAL = 0x20;
const ON_BEHALF = 0x21;
const TCP4 = 0x11;
const TCP6 = 0x21;

/** The header of this version for a connection from `source` to `target`; of addresses that are no IPs nothing is told. */
export function proxyHeader(version: 1 | 2, source: SocketAddress, target: SocketAddress): Buffer {
  return version === 1 ? textHeader(source, target) : binaryHeader(source, target);
}

function textHeader(source: SocketAddress, target: SocketAddress): Buffer {
  if (source.kind !== "ip" || target.kind !== "ip") return Buffer.from("PROXY UNKNOWN\r\n", "latin1");
  const family = source.ip.includes(":") ? "TCP6" : "TCP4";
  return Buffer.from(`PROXY ${family} ${source.ip} ${target.ip} ${source.port} ${target.port}\r\n`, "latin1");
}

function binaryHeader(source: SocketAddress, target: SocketAddress): Buffer {
  if (source.kind !== "ip" || target.kind !== "ip") return Buffer.concat([SIGNATURE, Buffer.from([LOCAL, 0, 0, 0])]);
  const from = addressBytes(source.ip);
  const to = addressBytes(target.ip);
  const length = from.length + to.length + 4;
  const head = Buffer.from([ON_BEHALF, from.length === 4 ? TCP4 : TCP6, length >> 8, length & 255]);
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(source.port, 0);
  ports.writeUInt16BE(target.port, 2);
  return Buffer.concat([SIGNATURE, head, from, to, ports]);
}

function addressBytes(ip: string): Buffer {
  if (!ip.includes(":")) return Buffer.from(ip.split(".").map(Number));
  return Buffer.from((ipv6Groups(ip) ?? []).flatMap((group) => [group >> 8, group & 255]));
}
