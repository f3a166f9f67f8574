/** Reads the header of the PROXY protocol, versions 1 and 2 (proxy-protocol.txt), as Envoy's listener filter does: its checks, in its order. */
import type { Buffer } from "node:buffer";
import { canonicalIp, ipOfWords } from "../base/ip-text.ts";
import { ipAddress, type SocketAddress } from "../platform/address.ts";

export interface Tlv {
  readonly type: number;
  readonly value: Buffer;
}

export interface ProxyHeader {
  readonly version: 1 | 2;
  /** Null: the peer speaks for itself (`LOCAL`, `UNKNOWN`), and the connection's own addresses stand. */
  readonly addresses: { readonly remote: SocketAddress; readonly local: SocketAddress } | null;
  readonly tlvs: readonly Tlv[];
  /** Bytes of the whole header. */
  readonly length: number;
}

/** `more`: not whole yet. `none`: no header, and that is allowed. `error`, `denied`: with the version, once it is known (0: not). */
export type ProxyReading =
  | { readonly kind: "header"; readonly header: ProxyHeader }
  | { readonly kind: "more" }
  | { readonly kind: "none" }
  | { readonly kind: "error" | "denied"; readonly version: 0 | 1 | 2 };

export interface ProxyReaderOptions {
  readonly allowNone: boolean;
  readonly allowV1: boolean;
  readonly allowV2: boolean;
}

const V1 = "PROXY";
const V2 = "\r\n\r\n\0\r\nQUIT\n";
const V2_HEAD = 16;
const MOST_V1 = 108;
const MORE: ProxyReading = { kind: "more" };
const error = (version: 0 | 1 | 2): ProxyReading => ({ kind: "error", version });

export function readProxyHeader(bytes: Buffer, options: ProxyReaderOptions): ProxyReading {
  if (options.allowNone && !(options.allowV2 && startsAs(bytes, V2)) && !(options.allowV1 && startsAs(bytes, V1))) return { kind: "none" };
  if (bytes.length >= V2_HEAD) {
    if (startsAs(bytes, V2)) return options.allowV2 ? readV2(bytes) : { kind: "denied", version: 2 };
    if (!startsAs(bytes, V1)) return error(0);
  }
  const lineEnd = endOfLine(bytes);
  if (lineEnd < 0) return bytes.length > MOST_V1 ? error(0) : MORE;
  if (lineEnd > MOST_V1) return error(0);
  if (!options.allowV1) return { kind: "denied", version: 1 };
  return readV1(bytes.toString("latin1", 0, lineEnd), lineEnd);
}

function startsAs(bytes: Buffer, signature: string): boolean {
  const length = Math.min(bytes.length, signature.length);
  return bytes.toString("latin1", 0, length) === signature.slice(0, length);
}

/** Behind the first CR LF; -1: there is none yet. CR LF alone may be the start of version 2. */
function endOfLine(bytes: Buffer): number {
  const at = bytes.indexOf("\r\n");
  return at <= 0 ? -1 : at + 2;
}

function readV1(line: string, length: number): ProxyReading {
  const parts = line.trimEnd().split(" ");
  if (parts.length < 2 || parts[0] !== V1) return error(1);
  if (parts[1] === "UNKNOWN") return { kind: "header", header: { version: 1, addresses: null, tlvs: [], length } };
  const [, family, source, target, sourcePort, targetPort] = parts;
  if (parts.length !== 6 || (family !== "TCP4" && family !== "TCP6")) return error(1);
  const remote = addressOf(source as string, sourcePort as string, family === "TCP6");
  const local = addressOf(target as string, targetPort as string, family === "TCP6");
  if (remote === null || local === null) return error(1);
  return { kind: "header", header: { version: 1, addresses: { remote, local }, tlvs: [], length } };
}

function addressOf(text: string, port: string, v6: boolean): SocketAddress | null {
  const ip = canonicalIp(text);
  if (ip === null || ip.includes(":") !== v6 || !/^\d{1,5}$/.test(port) || Number(port) > 65_535) return null;
  return isUnicast(ip) ? ipAddress(ip, Number(port)) : null;
}

function isUnicast(ip: string): boolean {
  if (ip.includes(":")) return ip !== "::" && !ip.startsWith("ff");
  const first = Number(ip.slice(0, ip.indexOf(".")));
  return ip !== "0.0.0.0" && ip !== "255.255.255.255" && !(first >= 224 && first < 240);
}

const LOCAL = 0;
const ON_BEHALF = 1;

function readV2(bytes: Buffer): ProxyReading {
  const [command, family] = [bytes[12] as number, bytes[13] as number];
  const length = bytes.readUInt16BE(14);
  if (command >> 4 !== 2) return error(2);
  const local = (command & 0xf) === LOCAL;
  const addressBytes = local ? 0 : ADDRESS_BYTES[family >> 4];
  if (addressBytes === undefined || length < addressBytes) return error(2);
  if (bytes.length < V2_HEAD + addressBytes) return MORE;
  const transport = family & 0xf;
  if (!local && ((command & 0xf) !== ON_BEHALF || (transport !== 1 && transport !== 2))) return error(2);
  if (bytes.length < V2_HEAD + length) return MORE;
  const whole = V2_HEAD + length;
  if (local) return { kind: "header", header: { version: 2, addresses: null, tlvs: [], length: whole } };
  const tlvs = tlvsOf(bytes.subarray(V2_HEAD + addressBytes, whole));
  const addresses = binaryAddresses(bytes, addressBytes === ADDRESS_BYTES[2]);
  if (tlvs === null || addresses === null) return error(2);
  return { kind: "header", header: { version: 2, addresses, tlvs, length: whole } };
}

/** By address family. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 1: 12, 2: 36 };

function binaryAddresses(bytes: Buffer, v6: boolean): ProxyHeader["addresses"] {
  const words = v6 ? 8 : 2;
  const ipAt = (at: number): string => ipOfWords(Array.from({ length: words }, (_, i) => bytes.readUInt16BE(at + 2 * i)));
  const ports = V2_HEAD + 4 * words;
  const [source, target] = [ipAt(V2_HEAD), ipAt(V2_HEAD + 2 * words)];
  if (!isUnicast(source) || !isUnicast(target)) return null;
  return { remote: ipAddress(source, bytes.readUInt16BE(ports)), local: ipAddress(target, bytes.readUInt16BE(ports + 2)) };
}

/** Null: one reaches beyond the end. */
function tlvsOf(bytes: Buffer): Tlv[] | null {
  const found: Tlv[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + 3 > bytes.length) return null;
    const end = at + 3 + bytes.readUInt16BE(at + 1);
    if (end > bytes.length) return null;
    found.push({ type: bytes[at] as number, value: bytes.subarray(at + 3, end) });
    at = end;
  }
  return found;
}
