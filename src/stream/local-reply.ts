/** The shape of an answer that the proxy makes itself (envoy-semantics 9.2; Envoy's `prepareLocalReply`). */
import { Buffer } from "node:buffer";
import type { LocalReply } from "../contract/http-filter.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { CONTENT_LENGTH, CONTENT_TYPE, GRPC_MESSAGE, GRPC_STATUS } from "../http/names.ts";

/** Does this request speak gRPC: `application/grpc`, or that with a `+suffix`. */
export function isGrpcRequest(headers: HeaderBlock): boolean {
  const type = headers.get(CONTENT_TYPE);
  return type !== null && (type === "application/grpc" || type.startsWith("application/grpc+"));
}

/**
 * Fills `headers`, which may already carry what route and caller added, and returns the body to send (wire form: one char a byte). A gRPC request gets
 * its answer in headers alone: status 200, `grpc-status`, `grpc-message`.
 */
export function shapeLocalReply(reply: LocalReply, headers: HeaderBlock, request: HeaderBlock | null): string {
  if (request !== null && isGrpcRequest(request)) return shapeGrpcReply(reply, headers, request);
  if (reply.body.length === 0) {
    headers.remove(CONTENT_LENGTH);
    headers.remove(CONTENT_TYPE);
    return "";
  }
  headers.set(CONTENT_LENGTH, String(reply.body.length));
  headers.setIfAbsent(CONTENT_TYPE, "text/plain");
  return reply.body;
}

function shapeGrpcReply(reply: LocalReply, headers: HeaderBlock, request: HeaderBlock): string {
  headers.status = 200;
  headers.set(CONTENT_TYPE, "application/grpc");
  headers.setIfAbsent(GRPC_STATUS, String(reply.grpcStatus ?? grpcStatusOf(reply.status)));
  if (reply.body.length > 0 && request.method !== "HEAD") headers.set(GRPC_MESSAGE, percentEncode(reply.body));
  headers.remove(CONTENT_LENGTH);
  return "";
}

const GRPC_STATUS_OF: Readonly<Record<number, number>> = { 400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14 };

/** The gRPC status that stands for an HTTP status (grpc's http-grpc-status-mapping). */
export function grpcStatusOf(httpStatus: number): number {
  return GRPC_STATUS_OF[httpStatus] ?? 2;
}

/** As `grpc-message` wants it: bytes outside printable ASCII, and `%`, as %XX. */
export function percentEncode(text: string): string {
  let out = "";
  for (const byte of Buffer.from(text, "latin1")) {
    out += byte >= 0x20 && byte <= 0x7e && byte !== 0x25 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}
