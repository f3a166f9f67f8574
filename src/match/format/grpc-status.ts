/** `GRPC_STATUS(CAMEL_STRING|SNAKE_STRING|NUMBER)`: the status of a gRPC call, from trailers, headers or the HTTP status. */
import { GRPC_STATUS } from "../../http/names.ts";
import { isGrpc } from "../stream-matcher.ts";
import { FormatError } from "./command.ts";
import type { Command, Writer } from "./command.ts";
import type { FormatContext } from "./format-context.ts";

const CAMEL = [
  "OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists", "PermissionDenied", "ResourceExhausted",
  "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable", "DataLoss", "Unauthenticated",
] as const;
const SNAKE = [
  "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
] as const;

/** The gRPC status that stands for an HTTP status (gRPC's http-grpc-status-mapping). */
export function grpcStatusOfHttp(status: number): number {
  switch (status) {
    case 400: return 13;
    case 401: return 16;
    case 403: return 7;
    case 404: return 12;
    case 429: case 502: case 503: case 504: return 14;
    default: return 2;
  }
}

function statusOf({ requestHeaders, responseHeaders, responseTrailers, stream }: FormatContext): number | null {
  if (requestHeaders === null || !isGrpc(requestHeaders)) return null;
  const text = responseTrailers?.get(GRPC_STATUS) ?? responseHeaders?.get(GRPC_STATUS);
  if (text !== undefined && text !== null) return /^\d+$/.test(text) ? Number(text) : -1;
  return stream.responseCode === 0 ? null : grpcStatusOfHttp(stream.responseCode);
}

function named(names: readonly string[]): Writer {
  return (context) => {
    const status = statusOf(context);
    return status === null ? null : (names[status] ?? String(status));
  };
}

function compile(form: string): Writer {
  if (form === "" || form === "CAMEL_STRING") return named(CAMEL);
  if (form === "SNAKE_STRING") return named(SNAKE);
  if (form === "NUMBER") return statusOf;
  throw new FormatError(`GrpcStatusFormatter only supports CAMEL_STRING, SNAKE_STRING or NUMBER. Got: ${form}`);
}

export const grpcStatus: Command = { parameters: "optional", length: false, compile };
export const grpcStatusNumber: Command = { parameters: "none", length: false, compile: () => statusOf };
