/** The messages of `grpc.health.v1.Health/Check`: https://github.com/grpc/grpc/blob/master/doc/health-checking.md */
import { Buffer } from "node:buffer";
import { FRAME_HEADER_BYTES, grpcFrame } from "../../codec/grpc-frames.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { GRPC_MESSAGE, GRPC_STATUS } from "../../http/names.ts";

/** `HealthCheckResponse.ServingStatus`, by number. */
export const SERVING_STATUSES = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];
export const SERVING = 1;
/** gRPC's INTERNAL, for what breaks its rules. */
export const INTERNAL = 13;

/** How a call ended. */
export interface GrpcVerdict {
  /** `grpc-status`; -1 where it is not a known one. */
  readonly status: number;
  readonly message: string;
  /** Of the response; null: none came. */
  readonly serving: number | null;
}

export function passes({ status, serving }: GrpcVerdict): boolean {
  return status === 0 && serving === SERVING;
}

/** `HealthCheckRequest { service }` in its frame. */
export function requestFrame(service: string): Buffer {
  const name = Buffer.from(service);
  return grpcFrame(0, name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]));
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left > 0x7f; left = Math.floor(left / 128)) bytes.push((left & 0x7f) | 0x80);
  return [...bytes, left];
}

/** `status` of the `HealthCheckResponse` in a frame; null: that is none. Fields of other numbers are skipped. */
export function servingStatus(frame: Buffer): number | null {
  if (frame[0] !== 0) return null;
  let status = 0;
  let at = FRAME_HEADER_BYTES;
  while (at < frame.length) {
    const tag = readVarint(frame, at);
    if (tag === null || tag.value < 8) return null;
    const kind = tag.value & 7;
    const value = kind === 0 || kind === 2 ? readVarint(frame, tag.next) : { value: 0, next: tag.next + (kind === 1 ? 8 : 4) };
    if (value === null || !WIRE_KINDS.has(kind)) return null;
    if (tag.value === STATUS_TAG) status = value.value;
    at = kind === 2 ? value.next + value.value : value.next;
  }
  return at === frame.length ? status : null;
}

const STATUS_TAG = 1 << 3;
/** Varint, 64 bits, with a length, 32 bits. */
const WIRE_KINDS: ReadonlySet<number> = new Set([0, 1, 2, 5]);

function readVarint(bytes: Buffer, from: number): { readonly value: number; readonly next: number } | null {
  let value = 0;
  for (let at = from, factor = 1; at < bytes.length && at < from + 10; at++, factor *= 128) {
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, next: at + 1 };
  }
  return null;
}

/** `grpc-status` of a head or of trailers; null: there is none. */
export function statusIn(headers: HeaderBlock): number | null {
  const text = headers.get(GRPC_STATUS) ?? "";
  if (text === "") return null;
  return /^\d+$/.test(text) && Number(text) <= MOST_STATUS ? Number(text) : -1;
}

export function messageIn(headers: HeaderBlock): string {
  return headers.get(GRPC_MESSAGE) ?? "";
}

const MOST_STATUS = 16;
