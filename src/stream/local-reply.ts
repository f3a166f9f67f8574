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

/** A reply while its parts may still change. */
export interface DraftReply {
  status: number;
  /** In wire form. */
  body: string;
  /** Of the body, unless a header says otherwise. */
  contentType: string;
}

/**
 * Fills `headers`, which may already carry what route and caller added, lets `rewrite` change the rest, and returns the body to send (wire form: one char a byte). A gRPC request gets
 * its answer in headers alone: status 200, `grpc-status`, `grpc-message`. `grpc`: whether it came as one, where filters may have made one of it since.
 */
export function shapeLocalReply(
  reply: LocalReply, headers: HeaderBlock, request: HeaderBlock | null, rewrite?: (draft: DraftReply) => void, grpc = request !== null && isGrpcRequest(request),
): string {
  const draft: DraftReply = { status: reply.status, body: reply.body, contentType: "text/plain" };
  const typeBefore = rewrite === undefined ? null : headers.get(CONTENT_TYPE);
  rewrite?.(draft);
  if (request !== null && grpc) return shapeGrpcReply(draft, reply.grpcStatus, headers, request);
  if (draft.body.length === 0) {
    headers.remove(CONTENT_LENGTH);
    headers.remove(CONTENT_TYPE);
    return "";
  }
  headers.set(CONTENT_LENGTH, String(draft.body.length));
  const keepsType = draft.body === reply.body || headers.get(CONTENT_TYPE) !== typeBefore;
  if (keepsType) headers.setIfAbsent(CONTENT_TYPE, draft.contentType);
  else headers.set(CONTENT_TYPE, draft.contentType);
  return draft.body;
}

function shapeGrpcReply({ status, body, contentType }: DraftReply, grpcStatus: number | undefined, headers: HeaderBlock, request: HeaderBlock): string {
  headers.status = 200;
  headers.set(CONTENT_TYPE, "application/grpc");
  headers.setIfAbsent(GRPC_STATUS, String(grpcStatus ?? grpcStatusOf(status)));
  const message = contentType === "application/json" && body.endsWith("\n") ? body.slice(0, -1) : body;
  if (body.length > 0 && request.method !== "HEAD") headers.set(GRPC_MESSAGE, percentEncode(message));
  headers.remove(CONTENT_LENGTH);
  return "";
}

const GRPC_STATUS_OF: Readonly<Record<number, number>> = { 400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14 };

/** The gRPC status that stands for an HTTP status (grpc's http-grpc-status-mapping). */
export function grpcStatusOf(httpStatus: number): number {
  return GRPC_STATUS_OF[httpStatus] ?? 2;
}

/** As `grpc-message` wants it: bytes outside printable ASCII, `%`, and as Envoy has it `~`, as %XX. */
export function percentEncode(text: string): string {
  let out = "";
  for (const byte of Buffer.from(text, "latin1")) {
    out += byte >= 0x20 && byte < 0x7e && byte !== 0x25 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}
