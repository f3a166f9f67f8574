/** The address of an upstream host in a session cookie or header, as Envoy writes and reads it: a protobuf message `{ address = 1, expires = 2 }` in base64, or the bare address. */
import { Buffer } from "node:buffer";
import { decodeBase64 } from "../base/base64.ts";

export interface SessionCookie {
  readonly address: string;
  /** Seconds since the epoch; 0: never. */
  readonly expires: number;
}

interface Varint {
  readonly value: number;
  readonly end: number;
}

function varint(bytes: string, at: number): Varint | null {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    if (at + i >= bytes.length) return null;
    const byte = bytes.charCodeAt(at + i);
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  return null;
}

/** Where the field behind a tag ends; null if it is cut off or of no kind. */
function skipped(bytes: string, at: number, wire: number): number | null {
  const number = wire === 0 || wire === 2 ? varint(bytes, at) : null;
  if ((wire === 0 || wire === 2) && number === null) return null;
  const end = wire === 0 ? (number?.end ?? 0) : wire === 2 ? (number?.end ?? 0) + (number?.value ?? 0) : wire === 1 ? at + 8 : wire === 5 ? at + 4 : Infinity;
  return end <= bytes.length ? end : null;
}

function parse(bytes: string): SessionCookie | null {
  let [address, expires] = ["", 0];
  for (let at = 0; at < bytes.length; ) {
    const tag = varint(bytes, at);
    if (tag === null || tag.value < 8) return null;
    const end = skipped(bytes, tag.end, tag.value % 8);
    if (end === null) return null;
    if (tag.value === 10) address = bytes.slice((varint(bytes, tag.end) as Varint).end, end);
    if (tag.value === 16) expires = (varint(bytes, tag.end) as Varint).value;
    at = end;
  }
  return { address, expires };
}

/** The address a cookie names, null if none or no longer. `now`: seconds since the epoch. */
export function addressInCookie(cookie: string, now: number): string | null {
  const bytes = addressInHeader(cookie) ?? "";
  const parsed = parse(bytes);
  if (parsed === null) return bytes;
  return parsed.address === "" || (parsed.expires !== 0 && now > parsed.expires) ? null : parsed.address;
}

export function addressInHeader(value: string): string | null {
  return value.length % 4 === 0 ? decodeBase64(value) : null;
}

function written(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}

/** `expires`: seconds since the epoch; 0: never. */
export function cookieFor(address: string, expires: number): string {
  const text = Buffer.from(address, "latin1");
  return Buffer.concat([Buffer.from([10, ...written(text.length)]), text, Buffer.from(expires === 0 ? [] : [16, ...written(expires)])]).toString("base64");
}
