/** The first message of a TLS client (RFC 8446 4.1.2, RFC 5246 7.4.1.2), read out of its records. Only looked at: the handshake is the runtime's. */
import { Buffer } from "node:buffer";

/** As the client sent it; lists in its order. */
export interface ClientHello {
  /** `legacy_version`. */
  readonly version: number;
  /** Lower case; "": none. */
  readonly serverName: string;
  readonly hasServerName: boolean;
  /** ALPN; undefined: no such extension, or a malformed one. */
  readonly protocols: readonly string[] | undefined;
  readonly ciphers: readonly number[];
  readonly extensions: readonly number[];
  readonly groups: readonly number[];
  readonly pointFormats: readonly number[];
  readonly signatureAlgorithms: readonly number[];
  readonly supportedVersions: readonly number[] | undefined;
  /** The client would take an OCSP response. */
  readonly wantsStaple: boolean;
}

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const RECORD_HEADER = 5;
const MESSAGE_HEADER = 4;
const MOST_RECORD_BYTES = 16_384;
const RANDOM_BYTES = 32;
/** BoringSSL's limit of a ClientHello. */
const MOST_HELLO_BYTES = 16_384;

const SERVER_NAME = 0;
const STATUS_REQUEST = 5;
const GROUPS = 10;
const POINT_FORMATS = 11;
const SIGNATURES = 13;
const ALPN = 16;
const VERSIONS = 43;

/** `"more"`: what is there may become one. `"no"`: it will not. */
export function readClientHello(bytes: Buffer): ClientHello | "more" | "no" {
  const message = messageOf(bytes);
  return typeof message === "string" ? message : (parse(new Fields(message)) ?? "no");
}

/** The handshake message, put together from its records. */
function messageOf(bytes: Buffer): Buffer | "more" | "no" {
  const parts: Buffer[] = [];
  let [have, at, wanted] = [0, 0, MESSAGE_HEADER];
  while (have < wanted) {
    if (bytes.length > at && bytes[at] !== HANDSHAKE) return "no";
    if (bytes.length > at + 1 && bytes[at + 1] !== 3) return "no";
    if (bytes.length < at + RECORD_HEADER) return "more";
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > MOST_RECORD_BYTES) return "no";
    const part = bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length);
    if (have === 0 && part.length > 0 && part[0] !== CLIENT_HELLO) return "no";
    parts.push(part);
    have += part.length;
    at += RECORD_HEADER + length;
    if (have >= MESSAGE_HEADER && wanted === MESSAGE_HEADER) wanted += Buffer.concat(parts).readUIntBE(1, 3);
    if (wanted > MOST_HELLO_BYTES + MESSAGE_HEADER) return "no";
    if (have < wanted && part.length < length) return "more";
  }
  return Buffer.concat(parts).subarray(MESSAGE_HEADER, wanted);
}

/** Reads vectors; `ok` turns false where something is missing. */
class Fields {
  readonly bytes: Buffer;
  ok = true;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get rest(): number {
    return this.bytes.length - this.at;
  }

  take(length: number): Buffer {
    if (length > this.rest) this.ok = false;
    const part = this.bytes.subarray(this.at, this.at + length);
    this.at += part.length;
    return part;
  }

  number(octets: 1 | 2): number {
    const part = this.take(octets);
    return part.length < octets ? 0 : part.readUIntBE(0, octets);
  }

  /** A vector whose length stands in `octets`. */
  vector(octets: 1 | 2): Buffer {
    return this.take(this.number(octets));
  }
}

function parse(hello: Fields): ClientHello | null {
  const version = hello.number(2);
  hello.take(RANDOM_BYTES);
  hello.vector(1);
  const ciphers = numbers(hello.vector(2), 2);
  const compressions = hello.vector(1);
  const extensions = hello.rest > 0 ? extensionsOf(hello.vector(2)) : new Map<number, Buffer>();
  if (!hello.ok || extensions === null || hello.rest > 0 || ciphers.length === 0 || compressions.length === 0) return null;
  const listIn = (type: number, octets: 1 | 2, of: 1 | 2): readonly number[] => {
    const body = extensions.get(type);
    return body === undefined ? [] : numbers(new Fields(body).vector(octets), of);
  };
  const name = serverNameOf(extensions.get(SERVER_NAME));
  if (name === null) return null;
  return {
    version, serverName: name.toLowerCase(), hasServerName: extensions.has(SERVER_NAME), protocols: protocolsOf(extensions.get(ALPN)), ciphers,
    extensions: [...extensions.keys()], groups: listIn(GROUPS, 2, 2), pointFormats: listIn(POINT_FORMATS, 1, 1), signatureAlgorithms: listIn(SIGNATURES, 2, 2),
    supportedVersions: extensions.has(VERSIONS) ? listIn(VERSIONS, 1, 2) : undefined, wantsStaple: extensions.has(STATUS_REQUEST),
  };
}

/** By type, in their order; null: malformed, or one comes twice. */
function extensionsOf(bytes: Buffer): Map<number, Buffer> | null {
  const found = new Map<number, Buffer>();
  const fields = new Fields(bytes);
  while (fields.rest > 0) {
    const type = fields.number(2);
    const body = fields.vector(2);
    if (!fields.ok || found.has(type)) return null;
    found.set(type, body);
  }
  return found;
}

function numbers(bytes: Buffer, octets: 1 | 2): number[] {
  const found: number[] = [];
  for (let at = 0; at + octets <= bytes.length; at += octets) found.push(bytes.readUIntBE(at, octets));
  return found;
}

/** "" without one; null: malformed. */
function serverNameOf(body: Buffer | undefined): string | null {
  if (body === undefined) return "";
  const outer = new Fields(body);
  const list = new Fields(outer.vector(2));
  const type = list.number(1);
  const name = list.vector(2);
  const whole = outer.ok && outer.rest === 0 && list.ok && list.rest === 0 && type === 0;
  return whole && name.length > 0 && name.length <= 255 && !name.includes(0) ? name.toString("latin1") : null;
}

function protocolsOf(body: Buffer | undefined): readonly string[] | undefined {
  if (body === undefined) return undefined;
  const outer = new Fields(body);
  const list = new Fields(outer.vector(2));
  if (!outer.ok || outer.rest > 0 || list.rest < 2) return undefined;
  const found: string[] = [];
  while (list.rest > 0) {
    const name = list.vector(1);
    if (!list.ok || name.length === 0) return undefined;
    found.push(name.toString("latin1"));
  }
  return found;
}

/**
 * What BoringSSL says of bytes that are no TLS records at all: code and reason (`1000009c:SSL routines:OPENSSL_internal:HTTP_REQUEST`). Null: they are records, or
 * too few.
 */
export function notTls(bytes: Buffer): string | null {
  const start = bytes.toString("latin1", 0, RECORD_HEADER);
  if (start.length < RECORD_HEADER) return null;
  if (/^(GET |POST |HEAD |PUT )/.test(start)) return "1000009c:SSL routines:OPENSSL_internal:HTTP_REQUEST";
  if (start === "CONNE") return "1000009b:SSL routines:OPENSSL_internal:HTTPS_PROXY_REQUEST";
  return bytes[1] === 3 ? null : "100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER";
}
